import { setTimeout as delay } from 'node:timers/promises';
import { LoadProcess } from '../load/process.ts';
import type { LoadResult, LoadSpec } from '../load/spec.ts';
import { memqDurable } from '../peers/memq.ts';
import type { RunningServer } from '../peers/running-server.ts';
import { medianRow, type Row, type ScenarioResult } from '../result.ts';
import { loadRow } from './load-row.ts';
import type { Scenario, Settings } from './scenario.ts';
import { difference, withConnection, withServer } from './with-server.ts';

const MESSAGES = 10_000_000;
const BODY = 'x'.repeat(100);
const CONNECTIONS = 10;
const IN_FLIGHT = 32;
const QUEUE = 'backlog';

/** Most messages that a short queue holds, and how often it is filled and emptied. */
const WAVE = 10_000;
const WAVES = 30;
/** Of a load, what comes before the clock starts. */
const WARM_UP_SHARE = 0.05;

const LEAST_SHARE = 0.8;
const MOST_MEGABYTES = 600;
const LONGEST_START_SECONDS = 10;
/** How long a server is left alone before its memory is looked at. */
const QUIET_MS = 3000;
/** How long what was open may take to come back once its connection is closed. */
const RETURN_MS = 1000;

/** How messages are taken: for good, or each when the one before it is done. */
const ways = { get: '', 'close/open': '/close/open' } as const;
type Way = keyof typeof ways;

interface Taking {
  long: LoadResult;
  /** From the short queue, wave by wave. */
  short: LoadResult[];
}

interface Findings {
  fill: LoadResult;
  taking: Record<Way, Taking>;
  /** Bytes: when all messages wait and nothing happens, and at most. */
  memory: { quiet: number; most: number };
  /** Seconds from a start until it listens, after an end in order and after one that was not. */
  restart: { stopped: number; killed: number };
  /** Messages that were too many or too few, where all or none were to be there. */
  wrong: number;
}

/** Whether a queue that is much larger than memory is as good as a short one. */
export const backlog: Scenario = {
  name: 'backlog',
  async run(settings) {
    const messages = settings.ops ?? MESSAGES;
    const generator = new LoadProcess();
    try {
      const findings = await withServer(settings, (server) => measure(server, generator, messages, settings));
      return report(messages, findings);
    } finally {
      await generator.stop();
    }
  },
};

async function measure(
  server: RunningServer,
  generator: LoadProcess,
  messages: number,
  settings: Settings,
): Promise<Findings> {
  const say = (line: string) => settings.onProgress(`backlog: ${line}`);
  const run = (load: Load) => generator.run({ ...common, port: server.port, ...load });
  const waveSize = Math.min(WAVE, Math.ceil(messages / 2));
  const waves = Math.min(WAVES, Math.ceil(messages / WAVE) + 1);
  const short: Record<Way, LoadResult[]> = { get: [], 'close/open': [] };
  for (const [way, results] of entries(short)) {
    for (let wave = 0; wave < waves; wave++) {
      await run(fillWith(waveSize));
      results.push(await run(takeSome(way, waveSize)));
      await empty(server);
    }
    say(`${rate(mean(results))} taken from a short queue by ${way}`);
  }

  const fill = await run(fillWith(messages));
  if (fill.wrong > 0) throw new Error(`${fill.wrong} messages could not be stored`);
  say(`stored, tenth by tenth: ${fill.tenths.map(rate).join(', ')}`);
  await delay(QUIET_MS);
  const quiet = server.memory().now;
  // Reading takes memory, too, so some are taken before the end of this process, and as many stored again.
  const some = Math.ceil(messages / 10);
  const early = await run(takeSome('get', some));
  await run({ ...fillWith(some), numberedFrom: CONNECTIONS });
  let { most } = server.memory();
  say(`${megabytes(quiet)} of memory when quiet, at most ${megabytes(most)}`);

  let wrong = early.misses + early.wrong + (await difference(server, messages));
  const restart = { stopped: 0, killed: 0 };
  restart.stopped = await server.restart();
  wrong += await difference(server, messages);
  most = Math.max(most, server.memory().most);
  restart.killed = await server.restart('SIGKILL');
  wrong += await difference(server, messages);
  say(`ready after ${restart.stopped.toFixed(2)} s, and ${restart.killed.toFixed(2)} s when it was killed`);

  const half = Math.floor(messages / 2);
  const get = await run(takeSome('get', half));
  const closeOpen = await run(takeSome('close/open', messages - half));
  for (const [way, long] of [
    ['get', get],
    ['close/open', closeOpen],
  ] as const)
    say(`${rate(long.opsPerSecond)} taken by ${way}, tenth by tenth: ${long.tenths.map(rate).join(', ')}`);
  most = Math.max(most, server.memory().most);
  say(`${megabytes(most)} of memory at most`);
  wrong += await takeReturned(server);
  const taking = {
    get: { long: get, short: short.get },
    'close/open': { long: closeOpen, short: short['close/open'] },
  };
  return { fill, taking, memory: { quiet, most }, restart, wrong };
}

function report(messages: number, { fill, taking, memory, restart, wrong }: Findings): ScenarioResult {
  const one = (subject: string, unit: string, figure: number) => medianRow(subject, unit, [figure]);
  const [first, last] = [fill.tenths[0], fill.tenths[fill.tenths.length - 1]];
  const takes = entries(taking).map(([way, { long, short }]) => ({
    long: loadRow(`taken by ${way}`, 'messages/s', [long]),
    short: shortRow(`taken by ${way} from a short queue`, short),
  }));
  const most = one('memory, at most', 'MB', memory.most / 1e6);
  return {
    name: 'backlog',
    load: `${messages.toLocaleString('en-US')} messages of ${BODY.length} bytes, all stored, then all taken, ${CONNECTIONS} connections, ${IN_FLIGHT} in flight on each, ${memqDurable.name}, one pass`,
    rows: [
      { ...one('stored, the first tenth', 'messages/s', first), misses: 0, wrong },
      one('stored, the last tenth', 'messages/s', last),
      ...takes.flatMap(({ long, short }) => [long, short]),
      one('memory, all stored and quiet', 'MB', memory.quiet / 1e6),
      most,
      one('ready after a stop', 's', restart.stopped),
      one('ready after a kill', 's', restart.killed),
    ],
    bars: [
      { against: 'stored, the first tenth', least: LEAST_SHARE, reached: last / first },
      ...takes.map(({ long, short }) => ({
        against: short.subject,
        least: LEAST_SHARE,
        reached: long.figure / short.figure,
      })),
      { most: MOST_MEGABYTES, unit: most.unit, reached: most.figure },
      { most: LONGEST_START_SECONDS, unit: 's', reached: Math.max(restart.stopped, restart.killed) },
    ],
    absent: [],
  };
}

type Load = Pick<LoadSpec, 'queue' | 'mode' | 'warmUp' | 'ops' | 'numberedFrom'>;

const common = {
  protocol: memqDurable.protocol,
  connections: CONNECTIONS,
  inFlight: IN_FLIGHT,
  keys: 'plain',
  body: BODY,
  numberedFrom: 0,
} as const;

function fillWith(messages: number): Load {
  return { queue: QUEUE, mode: 'set', warmUp: 1, ops: messages - 1 };
}

function takeSome(way: Way, messages: number): Load {
  const warmUp = Math.ceil(messages * WARM_UP_SHARE);
  return { queue: QUEUE + ways[way], mode: 'get', warmUp, ops: messages - warmUp };
}

/** Drops the queue; what the last load has left open goes with it. */
async function empty(server: RunningServer): Promise<void> {
  await withConnection(server, (connection) => connection.exchange(`delete ${QUEUE}\r\n`));
}

/** Takes what the last connections had open; how many messages are wrong, one that is left included. */
async function takeReturned(server: RunningServer): Promise<number> {
  await withConnection(server, async (connection) => {
    for (let i = 0; i < CONNECTIONS; i++) await connection.exchange(`get ${QUEUE}/t=${RETURN_MS}\r\n`);
  });
  return difference(server, 0);
}

/** All waves as one load: short as they are, each alone tells little. */
function shortRow(subject: string, waves: LoadResult[]): Row {
  const { misses, wrong, busy } = loadRow(subject, 'messages/s', waves);
  return { ...medianRow(subject, 'messages/s', [mean(waves)]), busy, misses, wrong };
}

/** Operations per second over loads of the same size. */
function mean(loads: LoadResult[]): number {
  return loads.length / loads.reduce((sum, { opsPerSecond }) => sum + 1 / opsPerSecond, 0);
}

function entries<K extends string, V>(record: Record<K, V>): [K, V][] {
  return Object.entries(record) as [K, V][];
}

function rate(perSecond: number): string {
  return `${Math.round(perSecond / 1000)}k/s`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
