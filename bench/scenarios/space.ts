import { runLoad } from '../load/process.ts';
import type { LoadResult, LoadSpec } from '../load/spec.ts';
import { memqDurable } from '../peers/memq.ts';
import type { RunningServer } from '../peers/running-server.ts';
import { type Bar, medianRow, type Row } from '../result.ts';
import { type SpaceSample, SpaceWatch } from '../space-watch.ts';
import { loadRow } from './load-row.ts';
import type { Scenario } from './scenario.ts';
import { withConnection, withServer } from './with-server.ts';

const MESSAGES = 5_000_000;
/** memq's own, unless it is told otherwise. */
export const SEGMENT_SIZE = 16 * 1024 * 1024;
/** Two segments more than twice what lives, and the spare one. */
export const MOST_BEYOND = 3 * SEGMENT_SIZE;
const MOST_MOVED = 50;
const OLD_QUEUE = 'old';
const QUEUE = 'short-lived';

/** What lives in a server, while messages come and go. */
interface Phase {
  subject: string;
  bodyLength: number;
  /** Messages that stay all the time, messages that wait among those that come and go, and how many of these there are. */
  old: number;
  waiting: number;
  passing: number;
}

function phasesOf(messages: number): Phase[] {
  return [
    {
      subject: 'one old message',
      bodyLength: 100,
      old: 1,
      waiting: Math.ceil(messages / 1000),
      passing: messages,
    },
    {
      subject: 'half of it old',
      bodyLength: 1000,
      old: messages / 10,
      waiting: messages / 10,
      passing: (messages / 10) * 4,
    },
  ].map((phase) => ({ ...phase, old: Math.ceil(phase.old), waiting: Math.ceil(phase.waiting) }));
}

interface Findings {
  load: LoadResult;
  samples: SpaceSample[];
  /** Messages that are too many or too few in the end. */
  wrong: number;
  /** The old ones, taken in the end. */
  old: LoadResult;
}

/** Whether the disk takes no more than twice what lives, whatever it is that lives, while load goes on. */
export const space: Scenario = {
  name: 'space',
  async run(settings) {
    const messages = settings.ops ?? MESSAGES;
    const rows: Row[] = [];
    const bars: Bar[] = [];
    for (const phase of phasesOf(messages)) {
      const findings = await withServer(settings, (server) => measure(server, phase));
      const told = rowsOf(phase, findings);
      settings.onProgress(
        `space, ${phase.subject}: ${told.rows.map(({ figure, unit }) => `${figure.toFixed(1)} ${unit}`).join(', ')}`,
      );
      rows.push(...told.rows);
      bars.push(...told.bars);
    }
    return {
      name: 'space',
      load: `${messages.toLocaleString('en-US')} messages come and go, then a live set half of which is old, 50 connections, 16 in flight on each, ${memqDurable.name}, one pass`,
      rows,
      bars,
      absent: [],
    };
  },
};

async function measure(server: RunningServer, phase: Phase): Promise<Findings> {
  const body = 'x'.repeat(phase.bodyLength);
  const run = (load: Pick<LoadSpec, 'queue' | 'mode' | 'ops' | 'numberedFrom'>) =>
    runLoad({ ...common, ...load, port: server.port, body, warmUp: 1, ops: load.ops - 1 });
  const oldLoad = { queue: OLD_QUEUE, numberedFrom: 0, ops: phase.old };
  for (const load of [oldLoad, { queue: QUEUE, ops: phase.waiting }]) {
    const { wrong } = await run({ ...load, mode: 'set' });
    if (wrong > 0) throw new Error(`${wrong} messages could not be stored`);
  }
  const watch = await SpaceWatch.start(server.port);
  const load = await run({ queue: QUEUE, mode: 'mixed', ops: 2 * phase.passing });
  const samples = await watch.stop();
  const wrong = await surplus(server, phase.old + phase.waiting);
  const old = await run({ ...oldLoad, mode: 'get' });
  return { load, samples, wrong, old };
}

function rowsOf({ subject }: Phase, { load, samples, wrong, old }: Findings): { rows: Row[]; bars: Bar[] } {
  const one = (what: string, unit: string, figure: number) =>
    medianRow(`${subject}: ${what}`, unit, [figure]);
  const most = (of: (sample: SpaceSample) => number) =>
    samples.reduce((top, sample) => Math.max(top, of(sample)), 0);
  const last = samples[samples.length - 1];
  const beyond = one(
    'files beyond twice what lives, at most',
    'MB',
    most(({ files, live }) => files - 2 * live) / 1e6,
  );
  const moved = one('moved, of all that was written', '%', (100 * last.moved) / last.written);
  return {
    rows: [
      { ...loadRow(`${subject}: set and get`, 'ops/s', [load]) },
      one('lives, at most', 'MB', most(({ live }) => live) / 1e6),
      one('files, at most', 'MB', most(({ files }) => files) / 1e6),
      beyond,
      moved,
      { ...one('written', 'MB', last.written / 1e6), misses: old.misses, wrong: wrong + old.wrong },
    ],
    bars: [
      { most: MOST_BEYOND / 1e6, unit: beyond.unit, of: beyond.subject, reached: beyond.figure },
      { most: MOST_MOVED, unit: moved.unit, of: moved.subject, reached: moved.figure },
    ],
  };
}

/** How many messages there are too many or too few; the last that a connection did may have been a set. */
async function surplus(server: RunningServer, messages: number): Promise<number> {
  const stats = await withConnection(server, (connection) => connection.stats());
  const more = Number(stats.get('curr_items')) - messages;
  return Math.max(-more, more - common.connections, 0);
}

const common = { protocol: memqDurable.protocol, connections: 50, inFlight: 16, keys: 'plain' } as const;
