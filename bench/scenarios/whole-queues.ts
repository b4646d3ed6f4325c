import { setTimeout as delay } from 'node:timers/promises';
import { memqDurable } from '../peers/memq.ts';
import type { RunningServer } from '../peers/running-server.ts';
import type { ProbeResult } from '../probe/prober.ts';
import { Probe } from '../probe/process.ts';
import { type Bar, type Row, worstRow } from '../result.ts';
import { TextConnection } from '../text-connection.ts';
import type { Scenario, Settings } from './scenario.ts';
import { withServer } from './with-server.ts';

const SIZES = [1_000_000, 10_000_000];
const BODY = 'x'.repeat(64);
/** How much longer another client may have to wait than when nothing is going on. */
const MOST_MORE_MS = 20;
/** How long the server is watched while nothing is going on. */
const QUIET_MS = 3000;
/** Between two looks at how many messages are left. */
const POLL_MS = 50;
/** Requests that are sent at a time. */
const BATCH = 2000;
/** Expected when it is said when messages are to expire. */
const STORED_PER_SECOND = 50_000;

/** An operation, after which `left` messages are there. */
interface Operation {
  readonly what: string;
  /** Makes ready for it: the queue `q` has `messages`. */
  prepare(connection: TextConnection, messages: number): Promise<void>;
  request: string;
  answer: RegExp;
  left(messages: number): number;
}

const OPERATIONS: readonly Operation[] = [
  {
    what: 'retry of all',
    prepare: async (connection, messages) => {
      await fill(connection, messages);
      await each(connection, messages, 'get q/open\r\nset q/fail/final 0 0 3\r\nbad\r\n');
    },
    request: 'touch q/failed 0\r\n',
    answer: /^TOUCHED/,
    left: (messages) => messages,
  },
  // What was retried is there.
  {
    what: 'move',
    prepare: async () => {},
    request: 'set q/move 0 0 1\r\nr\r\n',
    answer: /^STORED/,
    left: (messages) => messages,
  },
  {
    what: 'flush_all',
    prepare: async () => {},
    request: 'flush_all\r\n',
    answer: /^OK/,
    left: () => 0,
  },
  { what: 'purge', prepare: fill, request: 'flush q\r\n', answer: /^OK/, left: () => 0 },
  { what: 'drop', prepare: fill, request: 'delete q\r\n', answer: /^DELETED/, left: () => 0 },
];

interface Finding {
  readonly what: string;
  readonly messages: number;
  readonly quiet: ProbeResult;
  readonly probe: ProbeResult;
  /** Milliseconds until the answer. */
  readonly answeredAfter: number;
  readonly wrong: number;
}

/** How long others wait while something happens to very many messages at once. */
export const wholeQueues: Scenario = {
  name: 'whole-queues',
  async run(settings) {
    const findings: Finding[] = [];
    for (const messages of settings.ops === undefined ? SIZES : [settings.ops]) {
      await withServer(settings, async (server) => {
        const connection = await TextConnection.open(server.port);
        try {
          for (const operation of OPERATIONS)
            findings.push(await measure(server, connection, operation, messages));
          findings.push(await measureExpiry(server, connection, messages));
        } finally {
          connection.close();
        }
      });
      for (const finding of findings.filter((each) => each.messages === messages)) tell(settings, finding);
    }
    return {
      name: 'whole-queues',
      load: `one operation on all messages of ${BODY.length} bytes in a queue, a noop is sent every millisecond, ${memqDurable.name}, one pass`,
      rows: findings.flatMap(rowsOf),
      bars: findings.map(barOf),
      absent: [],
    };
  },
};

async function measure(
  server: RunningServer,
  connection: TextConnection,
  { what, prepare, request, answer, left }: Operation,
  messages: number,
): Promise<Finding> {
  await prepare(connection, messages);
  let wrong = await difference(connection, messages);
  const quiet = await watchQuiet(server);
  const probe = await Probe.start(server.port);
  const start = performance.now();
  const answered = await connection.exchange(request);
  const answeredAfter = performance.now() - start;
  // What goes on behind the answer counts as well.
  await delay(QUIET_MS);
  const result = await probe.stop();
  if (!answer.test(answered)) wrong++;
  wrong += await difference(connection, left(messages));
  return { what, messages, quiet, probe: result, answeredAfter, wrong };
}

async function measureExpiry(
  server: RunningServer,
  connection: TextConnection,
  messages: number,
): Promise<Finding> {
  const quiet = await watchQuiet(server);
  const at = Math.ceil(Date.now() / 1000 + 10 + messages / STORED_PER_SECOND);
  await each(connection, messages, `set q 0 ${at} ${BODY.length}\r\n${BODY}\r\n`);
  let wrong = await difference(connection, messages);
  await delay(Math.max(0, at * 1000 - 500 - Date.now()));
  const probe = await Probe.start(server.port);
  const start = performance.now();
  while ((await items(connection)) > 0) await delay(POLL_MS);
  const answeredAfter = performance.now() - start;
  const expired = Number((await connection.stats()).get('reclaimed'));
  if (expired !== messages) wrong++;
  return { what: 'expiry', messages, quiet, probe: await probe.stop(), answeredAfter, wrong };
}

async function watchQuiet(server: RunningServer): Promise<ProbeResult> {
  const probe = await Probe.start(server.port);
  await delay(QUIET_MS);
  return probe.stop();
}

function fill(connection: TextConnection, messages: number): Promise<void> {
  return each(connection, messages, `set q 0 0 ${BODY.length}\r\n${BODY}\r\n`);
}

async function each(connection: TextConnection, times: number, request: string): Promise<void> {
  for (let done = 0; done < times; done += BATCH)
    await connection.exchange(request.repeat(Math.min(BATCH, times - done)));
}

async function items(connection: TextConnection): Promise<number> {
  return Number((await connection.stats()).get('curr_items'));
}

async function difference(connection: TextConnection, messages: number): Promise<number> {
  return Math.abs((await items(connection)) - messages);
}

function rowsOf({ what, messages, quiet, probe, wrong }: Finding): Row[] {
  const subject = `${what} of ${messages.toLocaleString('en-US')}`;
  return [
    {
      ...worstRow(`${subject}: worst answer`, 'ms', [probe.worst]),
      latency: probe.latency,
      lag: probe.lag,
      wrong: wrong + probe.wrong,
    },
    { ...worstRow(`${subject}: worst answer before`, 'ms', [quiet.worst]), lag: quiet.lag },
  ];
}

function barOf({ what, messages, quiet, probe }: Finding): Bar {
  const of = `${what} of ${messages.toLocaleString('en-US')}, more than before`;
  return { most: MOST_MORE_MS, unit: 'ms', of, reached: probe.worst - quiet.worst };
}

function tell(
  { onProgress }: Settings,
  { what, messages, quiet, probe, answeredAfter, wrong }: Finding,
): void {
  onProgress(
    `${what} of ${messages.toLocaleString('en-US')}: answered after ${answeredAfter.toFixed(0)} ms, worst answer ${probe.worst.toFixed(1)} ms (own lag ${probe.lag.toFixed(1)} ms), before ${quiet.worst.toFixed(1)} ms${wrong === 0 ? '' : `, ${wrong} WRONG`}`,
  );
}
