import { runLoad } from '../load/process.ts';
import type { LoadResult } from '../load/spec.ts';
import { memqMemory } from '../peers/memq.ts';
import { memqOnDatabase } from '../peers/memq-cluster.ts';
import { freePort } from '../peers/ports.ts';
import { RunningServer } from '../peers/running-server.ts';
import { bareInsert } from '../replicated/bare-insert.ts';
import { Database } from '../replicated/database.ts';
import { type DatabaseQueue, databaseQueues } from '../replicated/database-queue.ts';
import { type Bar, medianRow, type Row } from '../result.ts';
import { loadRow } from './load-row.ts';
import type { Scenario, Settings } from './scenario.ts';
import { until } from './with-server.ts';

const OPS = 100_000;
const CONNECTIONS = [50, 200];
const BODY = 'x'.repeat(64);
/** Of an operation in the log: half of them store a message with that body, of 136 bytes, and half take one, of 24. */
const RECORD_BYTES = 80;
const WARM_UP_SHARE = 0.2;
/** Queues that keep rows are slower by so much that fewer jobs are enough for them. */
const SHARE_OF_ROWS = 0.1;

const LEAST_OF_BARE = 0.8;
const LEAST_OF_ROWS = 5;

/** What one number of connections has come to, round by round. */
interface Series {
  readonly connections: number;
  readonly mixed: LoadResult[];
  /** The same without a log: what server and generator can do on this machine. */
  readonly withoutLog: LoadResult[];
  /** Records a second. */
  readonly bare: number[];
  /** Jobs a second, stored and complete; by their queue, memq's without a name. */
  readonly jobs: Map<DatabaseQueue | undefined, number[]>;
  readonly wrong: Map<DatabaseQueue | undefined, number>;
}

/** What a log in a database with a synchronous standby costs, beside the least that it can, and beside queues that keep rows. */
export const replicated: Scenario = {
  name: 'replicated',
  async run(settings) {
    if (Database.programs === undefined)
      return { name: 'replicated', load: '', rows: [], bars: [], absent: ['PostgreSQL (postgresql)'] };
    const queues = databaseQueues.filter((queue) => queue.isInstalled());
    const ops = settings.ops ?? OPS;
    const all = CONNECTIONS.map(
      (connections): Series => ({
        ...{ connections, mixed: [], withoutLog: [], bare: [] },
        ...{ jobs: new Map(), wrong: new Map() },
      }),
    );
    const database = await Database.start(settings.directory);
    try {
      await withServers(database, settings, async (servers) => {
        for (let round = 0; round < settings.rounds; round++)
          for (const series of all) await measure(series, database, servers, queues, ops, settings);
      });
    } finally {
      await database.stop();
    }
    return {
      name: 'replicated',
      load: `one request in flight on each connection, ${BODY.length} bytes; PostgreSQL with one synchronous standby on this machine`,
      rows: all.flatMap(rowsOf),
      bars: all.flatMap(barsOf),
      absent: databaseQueues
        .filter((queue) => !queues.includes(queue))
        .map(({ name }) => `${name} (npm install --no-save ${name})`),
    };
  },
};

interface Servers {
  readonly leader: RunningServer;
  readonly withoutLog: RunningServer;
}

/** Runs `act` with a memq-server that leads a new cluster, and one without a log. */
async function withServers(
  database: Database,
  { directory }: Settings,
  act: (servers: Servers) => Promise<void>,
): Promise<void> {
  const http = await freePort();
  const leader = await RunningServer.start(memqOnDatabase(database.url, http), directory);
  try {
    await untilReady(http);
    const withoutLog = await RunningServer.start(memqMemory, directory);
    try {
      await act({ leader, withoutLog });
    } finally {
      await withoutLog.stop();
    }
  } catch (error) {
    throw leader.explain(error);
  } finally {
    await leader.stop();
  }
}

/** Resolves when a server follows or leads. */
export async function untilReady(httpPort: number): Promise<void> {
  await until('the server to be ready', () =>
    fetch(`http://127.0.0.1:${httpPort}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
}

async function measure(
  series: Series,
  database: Database,
  { leader: { port }, withoutLog }: Servers,
  queues: readonly DatabaseQueue[],
  ops: number,
  settings: Settings,
): Promise<void> {
  const { connections, mixed, bare, jobs, wrong } = series;
  const load = { protocol: 'memcached', port, connections, inFlight: 1, keys: 'plain', body: BODY } as const;
  const warmUp = Math.ceil(ops * WARM_UP_SHARE);
  const inTurn = { ...load, queue: 'mixed', mode: 'mixed', warmUp, ops } as const;
  const { url } = database;
  const result = await runLoad(inTurn);
  mixed.push(result);
  series.withoutLog.push(await runLoad({ ...inTurn, port: withoutLog.port }));
  const batches = Math.ceil(ops / connections);
  const { recordsPerSecond } = await bareInsert({ url, records: connections, bytes: RECORD_BYTES, batches });
  bare.push(recordsPerSecond);
  const stored = await runLoad({ ...load, queue: 'jobs', mode: 'set', warmUp: connections, ops });
  const taking = { ...load, queue: 'jobs/close/open', mode: 'get', warmUp: connections } as const;
  // Each worker has one open in the end.
  const taken = await runLoad({ ...taking, ops: ops - connections });
  note(jobs, undefined, 1 / (1 / stored.opsPerSecond + 1 / taken.opsPerSecond));
  add(wrong, undefined, stored.wrong + taken.wrong + taken.misses);
  for (const queue of queues) {
    const count = Math.max(connections, Math.ceil(ops * SHARE_OF_ROWS));
    const found = await queue.run({ url, jobs: count, concurrency: connections });
    note(jobs, queue, count / (found.enqueueSeconds + found.drainSeconds));
    add(wrong, queue, Math.abs(found.calls - count));
  }
  const rates = [result.opsPerSecond, recordsPerSecond, ...[...jobs.values()].map((all) => all.at(-1) ?? 0)];
  const figures = rates.map((rate) => Math.round(rate).toLocaleString('en-US')).join(', ');
  settings.onProgress(`replicated, ${connections} connections: ${figures} a second`);
}

function note<K>(map: Map<K, number[]>, key: K, figure: number): void {
  map.set(key, [...(map.get(key) ?? []), figure]);
}

function add<K>(map: Map<K, number>, key: K, count: number): void {
  map.set(key, (map.get(key) ?? 0) + count);
}

function rowsOf({ connections, mixed, withoutLog, bare, jobs, wrong }: Series): Row[] {
  const by = `${connections} connections`;
  const ours = loadRow(`set and get, ${by}`, 'a second', mixed);
  const least = medianRow(`bare inserts of ${connections} records`, 'a second', bare);
  const rows = [...jobs].map(([queue, figures]) => ({
    ...medianRow(`jobs stored and complete, ${queue?.name ?? 'memq'}, ${by}`, 'a second', figures),
    wrong: wrong.get(queue) ?? 0,
  }));
  const [ourJobs, ...others] = rows;
  const ratio = (row: Row, of: Row | undefined): Row => ({ ...row, ratio: (of?.figure ?? 0) / row.figure });
  return [
    ours,
    loadRow(`the same without a log, ${by}`, 'a second', withoutLog),
    ratio(least, ours),
    ...(ourJobs ? [ourJobs] : []),
    ...others.map((row) => ratio(row, ourJobs)),
  ];
}

function barsOf(series: Series): Bar[] {
  const rows = rowsOf(series);
  const by = `${series.connections} connections,`;
  return rows.flatMap(({ subject, ratio }) => {
    if (ratio === undefined) return [];
    const isBare = subject.startsWith('bare');
    return [{ of: by, against: subject, least: isBare ? LEAST_OF_BARE : LEAST_OF_ROWS, reached: ratio }];
  });
}
