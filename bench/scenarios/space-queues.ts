import { memqDurable } from '../peers/memq.ts';
import type { RunningServer } from '../peers/running-server.ts';
import { type Bar, medianRow, type Row } from '../result.ts';
import { type SpaceSample, SpaceWatch } from '../space-watch.ts';
import type { TextConnection } from '../text-connection.ts';
import type { Scenario } from './scenario.ts';
import { MOST_BEYOND, SEGMENT_SIZE } from './space.ts';
import { withConnection, withServer } from './with-server.ts';

const QUEUES = [10, 10_000, 200_000];
/** Sets of each part of the load, besides a message for each queue before it. */
const SETS = 200_000;
const BODY_LENGTH = 900;
/** Sets of one exchange. */
const SETS_AT_ONCE = 200;

interface Findings {
  samples: SpaceSample[];
  wrong: number;
}

/**
 * Whether the disk takes no more than twice what lives and a few segments, however many queues there are. Each has a
 * message; then there are two sets for a get, of random queues and with random priorities, so that what is old and
 * what is new go in no order; then as many gets as sets.
 */
export const spaceQueues: Scenario = {
  name: 'space-queues',
  async run(settings) {
    const sets = settings.ops ?? SETS;
    const rows: Row[] = [];
    const bars: Bar[] = [];
    for (const queues of QUEUES) {
      const findings = await withServer(settings, (server) => measure(server, queues, sets));
      const told = rowsOf(queues, findings);
      settings.onProgress(
        `space-queues, ${told.rows.map(({ subject, figure, unit }) => `${subject} ${figure.toFixed(2)} ${unit}`).join(', ')}`,
      );
      rows.push(...told.rows);
      bars.push(...told.bars);
    }
    return {
      name: 'space-queues',
      load: `a message of ${BODY_LENGTH} bytes in each queue, then ${sets.toLocaleString('en-US')} more with random priorities, and a get for two of them, then as many with a get for each, ${memqDurable.name}, one pass`,
      rows,
      bars,
      absent: [],
    };
  },
};

async function measure(server: RunningServer, queues: number, sets: number): Promise<Findings> {
  const watch = await SpaceWatch.start(server.port);
  const wrong = await withConnection(server, (connection) => churn(connection, queues, sets));
  return { samples: await watch.stop(), wrong };
}

/** How many sets were not stored. */
async function churn(connection: TextConnection, queues: number, sets: number): Promise<number> {
  const random = numbers();
  let stored = 0;
  for (let first = 0; first < queues; first += SETS_AT_ONCE) {
    const count = Math.min(SETS_AT_ONCE, queues - first);
    stored += await exchange(
      connection,
      Array.from({ length: count }, (_, i) => set(first + i, random)),
    );
  }
  let sent = queues;
  for (const setsForAGet of [2, 1]) {
    for (let done = 0; done < sets; done += SETS_AT_ONCE) {
      const requests = Array.from({ length: SETS_AT_ONCE }, (_, i) => {
        const get = i % setsForAGet === 0 ? `get ${nameOf(random() % queues)}\r\n` : '';
        return set(random() % queues, random) + get;
      });
      stored += await exchange(connection, requests);
      sent += SETS_AT_ONCE;
    }
  }
  return sent - stored;
}

/** How many of the requests were answered with STORED. */
async function exchange(connection: TextConnection, requests: string[]): Promise<number> {
  return (await connection.exchange(requests.join(''))).split('STORED\r\n').length - 1;
}

function set(queue: number, random: () => number): string {
  return `set ${nameOf(queue)}/pri=${random()} 0 0 ${BODY_LENGTH}\r\n${BODY}\r\n`;
}

function nameOf(queue: number): string {
  return `queue-${queue}`;
}

const BODY = 'x'.repeat(BODY_LENGTH);

/** Numbers that look random, 32 bits, the same ones each time. */
function numbers(): () => number {
  let state = 1;
  return () => {
    // Xorshift.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function rowsOf(queues: number, { samples, wrong }: Findings): { rows: Row[]; bars: Bar[] } {
  const one = (what: string, unit: string, figure: number): Row =>
    medianRow(`${queues.toLocaleString('en-US')} queues: ${what}`, unit, [figure]);
  const most = (of: (sample: SpaceSample) => number): number => Math.max(...samples.map(of));
  const last = samples[samples.length - 1];
  const beyond = one(
    'files beyond twice what lives, at most',
    'MB',
    most(({ files, live }) => files - 2 * live) / 1e6,
  );
  const share = most(({ files, live }) => files / (2 * (live + SEGMENT_SIZE)));
  return {
    rows: [
      one('lives in the end', 'MB', last.live / 1e6),
      one('files in the end', 'MB', last.files / 1e6),
      { ...beyond, wrong },
      one('files, of twice what lives and two segments, at most', 'x', share),
      one('moved, of all that was written', '%', (100 * last.moved) / last.written),
    ],
    bars: [{ most: MOST_BEYOND / 1e6, unit: beyond.unit, of: beyond.subject, reached: beyond.figure }],
  };
}
