import { runLoad } from '../load/process.ts';
import type { LoadResult } from '../load/spec.ts';
import { memqConfigured, memqDurable } from '../peers/memq.ts';
import { TextConnection } from '../text-connection.ts';
import { loadRow } from './load-row.ts';
import { inRounds } from './rounds.ts';
import type { Scenario, Settings } from './scenario.ts';
import { withServer } from './with-server.ts';

const JOBS = 100_000;
const HELD_QUEUES = 100_000;
const GROUPS = 1000;
const WORKERS = 50;
const BODY = 'x'.repeat(64);
/** Requests that are sent at a time. */
const BATCH = 1000;

const SECTIONS = `[queue:limited]
max_running = ${WORKERS}
[queue:grouped]
group_turns = fair
[queue:held.*]
rate = 1/h
`;

/** A queue on which all workers are, and how its jobs are stored: the key of each. */
interface Served {
  readonly queue: string;
  readonly subject: string;
  /** Of the queue without limits. */
  readonly least?: number;
  readonly keyOf: (job: number) => string;
}

const PLAIN: Served = { queue: 'plain', subject: 'jobs of a queue without limits', keyOf: () => 'plain' };
const SERVED: readonly Served[] = [
  PLAIN,
  { queue: 'limited', subject: `with max_running = ${WORKERS}`, least: 0.9, keyOf: () => 'limited' },
  {
    queue: 'grouped',
    subject: `of ${GROUPS.toLocaleString('en-US')} groups in turn`,
    least: 0.7,
    keyOf: (job) => `grouped/group=${job % GROUPS}`,
  },
];

/** Held queues may slow down whoever takes from all that much. */
const LEAST_BESIDE_HELD = 0.9;

/** What limits cost that bound how much of a queue runs. */
export const flow: Scenario = {
  name: 'flow',
  async run(settings) {
    const count = settings.ops ?? JOBS;
    const held = Math.min(HELD_QUEUES, count);
    const rounds: { served: LoadResult[]; alone: LoadResult; besideHeld: LoadResult }[] = [];
    await inRounds(settings, async (round) => {
      const served: LoadResult[] = [];
      for (const each of SERVED) served.push(await serve(settings, each, count));
      const alone = await takeFromAll(settings, count, 0);
      const besideHeld = await takeFromAll(settings, count, held);
      rounds.push({ served, alone, besideHeld });
      const figures = [...served, alone, besideHeld].map(({ opsPerSecond }) => Math.round(opsPerSecond));
      settings.onProgress(`flow ${round}: ${figures.join(', ')} a second`);
      return figures;
    });
    const rows = SERVED.map(({ subject }, index) =>
      loadRow(
        subject,
        'jobs/s',
        rounds.map(({ served }) => served[index] as LoadResult),
      ),
    );
    const all = <T>(of: (round: (typeof rounds)[number]) => T) => rounds.map(of);
    const alone = loadRow(
      'takes by $watch *',
      'takes/s',
      all((round) => round.alone),
    );
    const subject = `beside ${held.toLocaleString('en-US')} held queues`;
    const besideHeld = loadRow(
      subject,
      'takes/s',
      all((round) => round.besideHeld),
    );
    const [plain] = rows;
    const bars = rows.slice(1).map(({ subject: of, figure }, index) => ({
      against: PLAIN.subject,
      of,
      least: SERVED[index + 1]?.least ?? 0,
      reached: figure / (plain?.figure ?? 0),
    }));
    const last = {
      against: alone.subject,
      of: subject,
      least: LEAST_BESIDE_HELD,
      reached: besideHeld.figure / alone.figure,
    };
    return {
      name: 'flow',
      load: `${count.toLocaleString('en-US')} jobs of ${BODY.length} bytes, ${WORKERS} workers that close one and open the next, ${memqDurable.name}`,
      rows: [...rows, alone, besideHeld],
      bars: [...bars, last],
      absent: [],
    };
  },
};

/** All workers close a job and open the next one, up to the last but those that they still have. */
function serve(settings: Settings, { queue, keyOf }: Served, count: number): Promise<LoadResult> {
  return withServer(
    settings,
    async ({ port }) => {
      await send(port, count + WORKERS, (job) => setOf(keyOf(job)));
      return take(port, `${queue}/close/open`, count);
    },
    memqConfigured(SECTIONS),
  );
}

/** Takes from all queues, of which some have something that may not be had for an hour. */
function takeFromAll(settings: Settings, count: number, held: number): Promise<LoadResult> {
  return withServer(
    settings,
    async ({ port }) => {
      await send(port, held, (job) => `${setOf(`held.${job}`).repeat(2)}get held.${job}\r\n`);
      await send(port, count, () => setOf('plain'));
      return take(port, '$watch', count, 'set $watch 0 0 1\r\n*\r\n');
    },
    memqConfigured(SECTIONS),
  );
}

async function take(port: number, queue: string, count: number, greeting?: string): Promise<LoadResult> {
  const warmUp = Math.ceil(count / 10);
  return runLoad({
    ...{ protocol: memqDurable.protocol, port, connections: WORKERS, inFlight: 1, queue, keys: 'plain' },
    ...{ body: BODY, mode: 'get', ops: count - warmUp },
    ...(greeting === undefined ? {} : { greeting }),
    warmUp: warmUp + (greeting === undefined ? 0 : WORKERS),
  });
}

async function send(port: number, count: number, requestOf: (index: number) => string): Promise<void> {
  const connection = await TextConnection.open(port);
  try {
    for (let from = 0; from < count; from += BATCH) {
      const indexes = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => from + i);
      await connection.exchange(indexes.map(requestOf).join(''));
    }
  } finally {
    connection.close();
  }
}

function setOf(key: string): string {
  return `set ${key} 0 0 ${BODY.length}\r\n${BODY}\r\n`;
}
