import { setTimeout as delay } from 'node:timers/promises';
import { parseNumber } from '../load/numbered-bodies.ts';
import { runLoad } from '../load/process.ts';
import { memqDurable } from '../peers/memq.ts';
import { RunningServer } from '../peers/running-server.ts';
import type { ProbeResult } from '../probe/prober.ts';
import { Probe } from '../probe/process.ts';
import { medianRow, worstRow } from '../result.ts';
import { median } from '../statistics.ts';
import { TextConnection } from '../text-connection.ts';
import type { Scenario } from './scenario.ts';

const MESSAGES = 1_000_000;
const BODY_LENGTH = 64;
const QUEUE = 'due';
const LONGEST_PAUSE_MS = 50;

/** How long storing is expected to take: what it takes to begin, and the messages a second after that. */
const BEGIN_MS = 1000;
const STORED_PER_SECOND = 100_000;
/** How long before the due time the server is watched. */
const LEAD_MS = 500;
/** Between two looks at how many messages are ready. */
const POLL_MS = 5;
/** Messages that are taken at a time in the end. */
const BATCH = 1000;

interface Round {
  probe: ProbeResult;
  /** Milliseconds from the due time until the last message was ready. */
  readyAfter: number;
  misses: number;
  wrong: number;
}

/** Whether a server goes on answering while very many messages become ready at once. */
export const due: Scenario = {
  name: 'due',
  async run(settings) {
    const messages = settings.ops ?? MESSAGES;
    const rounds: Round[] = [];
    const server = await RunningServer.start(memqDurable, settings.directory);
    try {
      for (let i = 0; i < settings.rounds; i++) {
        const round = await measure(server.port, messages);
        rounds.push(round);
        const { worst, lag } = round.probe;
        settings.onProgress(
          `due ${i + 1}/${settings.rounds}: worst answer ${worst.toFixed(1)} ms (own lag ${lag.toFixed(1)} ms), all ready after ${Math.round(round.readyAfter)} ms`,
        );
      }
    } catch (error) {
      throw server.explain(error);
    } finally {
      await server.stop();
    }
    const all = (of: (round: Round) => number) => rounds.map(of);
    const sum = (of: (round: Round) => number) => all(of).reduce((total, value) => total + value, 0);
    const answers = worstRow(
      'worst answer meanwhile',
      'ms',
      all(({ probe }) => probe.worst),
    );
    return {
      name: 'due',
      load: `${messages.toLocaleString('en-US')} messages of ${BODY_LENGTH} bytes become ready at once, a noop is sent every millisecond, ${memqDurable.name}`,
      rows: [
        {
          ...answers,
          latency: {
            p50: median(all(({ probe }) => probe.latency.p50)),
            p99: median(all(({ probe }) => probe.latency.p99)),
            p999: median(all(({ probe }) => probe.latency.p999)),
          },
          lag: Math.max(...all(({ probe }) => probe.lag)),
          wrong: sum(({ probe }) => probe.wrong),
        },
        {
          ...medianRow(
            'until all are ready',
            'ms',
            all(({ readyAfter }) => readyAfter),
          ),
          misses: sum(({ misses }) => misses),
          wrong: sum(({ wrong }) => wrong),
        },
      ],
      bars: [{ most: LONGEST_PAUSE_MS, unit: answers.unit, reached: answers.figure }],
      absent: [],
    };
  },
};

async function measure(port: number, messages: number): Promise<Round> {
  const connection = await TextConnection.open(port);
  try {
    const dueAt = await storeInTime(port, connection, messages);
    const { waiting, delayed } = await counts(connection);
    const early = waiting + Math.abs(messages - delayed);
    await until(dueAt - LEAD_MS);
    const probe = await Probe.start(port);
    await until(dueAt);
    while ((await counts(connection)).delayed > 0) await delay(POLL_MS);
    const readyAfter = Date.now() - dueAt;
    const result = await probe.stop();
    const { misses, wrong } = await drain(connection, messages);
    return { probe: result, readyAfter, misses, wrong: wrong + early };
  } finally {
    connection.close();
  }
}

/** Stores the messages, and again with more time when they were due before all were in; when they are due. */
async function storeInTime(port: number, connection: TextConnection, messages: number): Promise<number> {
  for (let expected = BEGIN_MS + (messages / STORED_PER_SECOND) * 1000; ; expected *= 2) {
    const dueAt = nextSecond(Date.now() + expected + LEAD_MS);
    await store(port, messages, dueAt);
    if (Date.now() < dueAt - LEAD_MS) return dueAt;
    await connection.exchange(`delete ${QUEUE}\r\n`);
  }
}

async function store(port: number, messages: number, dueAt: number): Promise<void> {
  const { wrong } = await runLoad({
    protocol: memqDurable.protocol,
    port,
    connections: 10,
    inFlight: 16,
    queue: QUEUE,
    keys: { dueAt },
    body: 'x'.repeat(BODY_LENGTH),
    numberedFrom: 0,
    mode: 'set',
    warmUp: 1,
    ops: messages - 1,
  });
  if (wrong > 0) throw new Error(`${wrong} messages could not be stored`);
}

async function counts(connection: TextConnection): Promise<{ waiting: number; delayed: number }> {
  const stats = await connection.stats('queues');
  return { waiting: Number(stats.get(`${QUEUE}:waiting`)), delayed: Number(stats.get(`${QUEUE}:delayed`)) };
}

/**
 * Takes all that was stored. Wrong is what comes out of order: not behind the one before by its id, or not as the
 * next one of the connection that stored it; and what comes beside.
 */
async function drain(
  connection: TextConnection,
  messages: number,
): Promise<{ misses: number; wrong: number }> {
  const next = new Map<number, number>();
  let lastId = 0;
  let taken = 0;
  let wrong = 0;
  for (;;) {
    const answer = await connection.exchange(`gets ${QUEUE}\r\n`.repeat(BATCH));
    for (const [, id, body] of answer.matchAll(/^VALUE \S+ \d+ \d+ (\d+)\r\n(.*)\r\n/gm)) {
      const { connection: number, message } = parseNumber(body);
      if (Number(id) <= lastId || message !== (next.get(number) ?? 0)) wrong++;
      lastId = Number(id);
      next.set(number, message + 1);
      taken++;
    }
    if (!answer.includes('VALUE')) break;
  }
  return { misses: Math.max(messages - taken, 0), wrong: wrong + Math.max(taken - messages, 0) };
}

/** The first full second from `time` on, both milliseconds since the epoch. */
function nextSecond(time: number): number {
  return Math.ceil(time / 1000) * 1000;
}

/** Resolves at that time, milliseconds since the epoch. */
async function until(time: number): Promise<void> {
  await delay(Math.max(time - Date.now(), 0));
}
