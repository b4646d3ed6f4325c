import { setTimeout as delay } from 'node:timers/promises';
import { tenTabs } from '../dashboard/page.ts';
import { Tab } from '../dashboard/tab.ts';
import { Traffic } from '../dashboard/traffic.ts';
import { LoadProcess } from '../load/process.ts';
import type { LoadResult, LoadSpec } from '../load/spec.ts';
import { freePort } from '../peers/ports.ts';
import type { RunningServer } from '../peers/running-server.ts';
import { Probe } from '../probe/process.ts';
import { type Bar, medianRow, type Row, worstRow } from '../result.ts';
import { median } from '../statistics.ts';
import { memqWithHttp } from './http-peer.ts';
import { loadRow } from './load-row.ts';
import type { Scenario, Settings } from './scenario.ts';
import { withConnection, withServer } from './with-server.ts';

const FEW = 1000;
const MANY = 100_000;
/** Besides one message in each queue, in those whose pages are looked at. */
const DEEP = 1000;
const LOOKED_AT = ['q0', 'q1'] as const;
const BATCH = 1000;
/** The processor is looked at for so long, after what was opened had so long to come to rest. */
const LOOK_MS = 10_000;
const REST_MS = 3000;
const LONGEST_TURN_MS = 5;
const MEGABYTE = 1e6;
const OPS = 100_000;

/** A short run, which shows that all goes well, looks for a shorter time. */
function scaled(ms: number, { ops = OPS }: Settings): number {
  return Math.max(500, Math.min(1, ops / OPS) * ms);
}

const load: Omit<LoadSpec, 'port' | 'ops' | 'warmUp'> = {
  protocol: 'memcached',
  connections: 50,
  inFlight: 1,
  queue: 'bench',
  keys: 'plain',
  body: 'x'.repeat(64),
  mode: 'mixed',
};

/** What ten people with the dashboard open cost the server, and those whose jobs it keeps. */
export const dashboard: Scenario = {
  name: 'dashboard',
  async run(settings) {
    const httpPort = await freePort();
    const url = `http://127.0.0.1:${httpPort}`;
    const peer = memqWithHttp(`127.0.0.1:${httpPort}`);
    const few = await withServer(settings, (server) => watched(server, url, FEW, settings), peer);
    const many = await withServer(settings, (server) => watched(server, url, MANY, settings), peer);
    const without = await withServer(
      settings,
      (server) => unwatched(server, FEW, settings),
      memqWithHttp('none'),
    );
    const beside = await withServer(settings, (server) => loaded(server, url, settings), peer);
    const memory = medianRow('memory of HTTP, in use', 'MB', [(few.memory - without) / MEGABYTE]);
    const [alone, open] = [
      loadRow('load, no tabs', 'ops/s', beside.alone),
      loadRow('load, 10 tabs', 'ops/s', beside.open),
    ];
    const p999 = (rounds: LoadResult[]) => median(rounds.map(({ latency }) => latency.p999));
    return {
      name: 'dashboard',
      load: `10 tabs, each a browser of its own, beside 200 jobs a second over all queues; ${peer.name}`,
      rows: [
        ...rowsOf(few),
        ...rowsOf(many),
        memory,
        alone,
        { ...open, ratio: alone.figure / open.figure, wrong: open.wrong + beside.wrong },
      ],
      bars: [
        ...barsOf(few, 1),
        ...barsOf(many, 2),
        { of: memory.subject, most: 45, unit: 'MB', reached: memory.figure },
        { against: alone.subject, least: 0.98, reached: open.figure / alone.figure },
        { against: `p99.9 of ${alone.subject}`, most: 1.1, reached: p999(beside.open) / p999(beside.alone) },
      ],
      absent: [],
    };
  },
};

interface Watched {
  readonly queues: number;
  /** Of one processor, per cent, that the tabs took, and what was taken without them; a figure a round. */
  readonly more: number[];
  readonly before: number[];
  /** Milliseconds, of the longest wait for an answer. */
  readonly worst: number[];
  readonly lag: number;
  /** Polls that were refused because there were too many at a time; a figure a round. */
  readonly refused: number[];
  readonly memory: number;
  readonly wrong: number;
}

/** With the tabs and without them in turn, so that a slow moment of the machine meets both. */
async function watched(
  server: RunningServer,
  url: string,
  queues: number,
  settings: Settings,
): Promise<Watched> {
  await fill(server, queues);
  const traffic = await Traffic.start(server, queues);
  const found = {
    more: [] as number[],
    before: [] as number[],
    worst: [] as number[],
    refused: [] as number[],
    lag: 0,
    wrong: 0,
  };
  let memory = 0;
  // Whatever has been measured once runs faster.
  const first = await openTabs(url);
  await processorShare(server, settings);
  found.wrong += await closeTabs(first);
  for (let round = 0; round < settings.rounds; round++) {
    const before = await processorShare(server, settings);
    const tabs = await openTabs(url);
    const now = await processorShare(server, settings);
    const probe = await Probe.start(server.port);
    await delay(scaled(LOOK_MS, settings));
    const { worst, lag, wrong } = await probe.stop();
    memory = server.memory().now;
    found.wrong += wrong + (await closeTabs(tabs));
    found.lag = Math.max(found.lag, lag);
    found.worst.push(worst);
    found.refused.push(tabs.reduce((sum, { refused }) => sum + refused, 0));
    found.before.push(before);
    found.more.push(now - before);
    settings.onProgress(
      `dashboard ${round + 1}/${settings.rounds}, ${queues} queues: ${(now - before).toFixed(2)} % more than ${before.toFixed(2)} %, worst answer ${worst.toFixed(1)} ms`,
    );
  }
  await traffic.stop();
  return { ...found, queues, memory, wrong: found.wrong + traffic.wrong };
}

/** The memory of a server without HTTP that has as much to do. */
async function unwatched(server: RunningServer, queues: number, settings: Settings): Promise<number> {
  await fill(server, queues);
  const traffic = await Traffic.start(server, queues);
  for (let round = 0; round < settings.rounds; round++) await processorShare(server, settings);
  await traffic.stop();
  return server.memory().now;
}

/** Others' load with the tabs and without them. */
async function loaded(server: RunningServer, url: string, { rounds, ops = OPS, onProgress }: Settings) {
  await fill(server, FEW);
  const generator = new LoadProcess();
  const run = (ops: number) => generator.run({ ...load, port: server.port, ops, warmUp: Math.ceil(ops / 5) });
  const results = { alone: [] as LoadResult[], open: [] as LoadResult[], wrong: 0 };
  try {
    // Whatever has been measured once runs faster.
    await run(ops);
    for (let round = 0; round < rounds; round++) {
      const alone = await run(ops);
      const tabs = await openTabs(url);
      const open = await run(ops);
      results.wrong += await closeTabs(tabs);
      results.alone.push(alone);
      results.open.push(open);
      const [few, many] = [open, alone].map(({ opsPerSecond }) => Math.round(opsPerSecond));
      onProgress(`dashboard ${round + 1}/${rounds}: ${few} ops/s with 10 tabs, ${many} without`);
    }
  } finally {
    await generator.stop();
  }
  return results;
}

/** One message waits in each queue; in those that somebody looks at there are many. */
async function fill(server: RunningServer, queues: number): Promise<void> {
  await withConnection(server, async (connection) => {
    for (let from = 0; from < queues; from += BATCH) {
      const size = Math.min(BATCH, queues - from);
      await connection.exchange(
        Array.from({ length: size }, (_, i) => `set q${from + i} 0 0 4\r\nx(1)\r\n`).join(''),
      );
    }
    for (const queue of LOOKED_AT) await connection.exchange(`set ${queue} 0 0 4\r\nx(1)\r\n`.repeat(DEEP));
  });
}

function openTabs(url: string): Promise<Tab[]> {
  return Promise.all(tenTabs(LOOKED_AT).map((page) => Tab.open(url, page)));
}

/** How many of the answers were wrong. */
async function closeTabs(tabs: readonly Tab[]): Promise<number> {
  await Promise.all(tabs.map((tab) => tab.close()));
  return tabs.reduce((sum, { wrong }) => sum + wrong, 0);
}

/** Of one processor, per cent. */
async function processorShare(server: RunningServer, settings: Settings): Promise<number> {
  await delay(scaled(REST_MS, settings));
  const [time, began] = [server.processorTime(), performance.now()];
  await delay(scaled(LOOK_MS, settings));
  return ((server.processorTime() - time) / (performance.now() - began)) * 1000 * 100;
}

function rowsOf({ queues, more, before, worst, refused, lag, wrong }: Watched): [Row, Row, Row, Row] {
  const many = queues.toLocaleString('en-US');
  return [
    { ...medianRow(`processor, 10 tabs, ${many} queues`, '%', more), wrong },
    medianRow(`processor, the same without tabs, ${many} queues`, '%', before),
    { ...worstRow(`worst answer, 10 tabs, ${many} queues`, 'ms', worst), lag },
    worstRow(`polls refused as too many, ${many} queues`, '', refused),
  ];
}

function barsOf(watched: Watched, most: number): Bar[] {
  const [processor, , turn] = rowsOf(watched);
  return [
    { of: processor.subject, most, unit: '%', reached: processor.figure },
    { of: turn.subject, most: LONGEST_TURN_MS, unit: 'ms', reached: turn.figure },
  ];
}
