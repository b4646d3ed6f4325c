import { setTimeout as delay } from 'node:timers/promises';
import { runLoad } from '../load/process.ts';
import type { LoadResult, LoadSpec } from '../load/spec.ts';
import { memqDurable } from '../peers/memq.ts';
import type { RunningServer } from '../peers/running-server.ts';
import { medianRow, worstRow } from '../result.ts';
import { parseStats, type TextConnection } from '../text-connection.ts';
import { loadRow } from './load-row.ts';
import { inRounds } from './rounds.ts';
import type { Scenario, Settings } from './scenario.ts';
import { withConnection, withServer } from './with-server.ts';

const QUEUES = 100_000;
const BODY = 'x'.repeat(100);
const NAME = 'queue';
const MOST_BYTES = 1024;
const LEAST_SHARE = 0.5;
/** How long a server is left alone before its memory is looked at: for each message, and at most. */
const QUIET_MS_PER_MESSAGE = 0.04;
const LONGEST_QUIET_MS = 4000;

/** What one server is told to hold, and how everything is taken from it again. */
interface Filling {
  fill: Pick<LoadSpec, 'queue' | 'keys'>;
  take: Pick<LoadSpec, 'queue' | 'greeting'>;
}

const manyQueues: Filling = {
  fill: { queue: NAME, keys: 'numbered' },
  take: { queue: '$watch', greeting: 'set $watch 0 0 1\r\n*\r\n' },
};
const oneQueue: Filling = { fill: { queue: NAME, keys: 'plain' }, take: { queue: NAME } };

interface Round {
  bytesPerQueue: number;
  takesOfMany: LoadResult;
  takesOfOne: LoadResult;
  pages: Pages;
  restartSeconds: number;
  /** Queues and messages that were too many or too few, where all were to be there. */
  wrong: number;
}

interface Pages {
  /** Milliseconds. */
  worst: number;
  all: number;
  queues: number;
}

/** What very many queues cost: memory, time to find what waits, to tell of them all, and to start with them. */
export const queues: Scenario = {
  name: 'queues',
  async run(settings) {
    const count = settings.ops ?? QUEUES;
    const rounds: Round[] = [];
    await inRounds(settings, async (number) => {
      const round = await measure(count, settings);
      rounds.push(round);
      settings.onProgress(
        `queues ${number}: ${Math.round(round.bytesPerQueue)} bytes a queue, ${share(round)} x the takes from one, ready after ${round.restartSeconds.toFixed(2)} s`,
      );
      return [
        round.bytesPerQueue,
        round.takesOfMany.opsPerSecond,
        round.takesOfOne.opsPerSecond,
        round.pages.all,
        round.restartSeconds,
      ];
    });
    const all = <T>(of: (round: Round) => T) => rounds.map(of);
    const memory = medianRow(
      'a queue in memory',
      'bytes',
      all((round) => round.bytesPerQueue),
    );
    const many = loadRow(
      'takes from all by $watch *',
      'takes/s',
      all((round) => round.takesOfMany),
    );
    const one = loadRow(
      'takes from one queue',
      'takes/s',
      all((round) => round.takesOfOne),
    );
    return {
      name: 'queues',
      load: `${count.toLocaleString('en-US')} queues with a message of ${BODY.length} bytes each, ${memqDurable.name}`,
      rows: [
        { ...memory, wrong: all((round) => round.wrong).reduce((sum, wrong) => sum + wrong) },
        many,
        one,
        worstRow(
          'a page of stats queues, at worst',
          'ms',
          all(({ pages }) => pages.worst),
        ),
        medianRow(
          'all pages',
          'ms',
          all(({ pages }) => pages.all),
        ),
        medianRow(
          'ready after a restart',
          's',
          all((round) => round.restartSeconds),
        ),
      ],
      bars: [
        { most: MOST_BYTES, unit: 'bytes a queue', reached: memory.figure },
        { against: one.subject, least: LEAST_SHARE, reached: many.figure / one.figure },
      ],
      absent: [],
    };
  },
};

async function measure(count: number, settings: Settings): Promise<Round> {
  const many = await withBoth(settings, async (server, connection) => {
    const grown = await growth(server, connection, manyQueues, count);
    const pages = await readPages(connection);
    const takes = await load(server.port, takeAll(manyQueues, count));
    await load(server.port, fill(manyQueues, count));
    const restartSeconds = await server.restart();
    return { grown, pages, takes, restartSeconds, wrong: await missing(server, count) };
  });
  const one = await withBoth(settings, async (server, connection) => ({
    grown: await growth(server, connection, oneQueue, count),
    takes: await load(server.port, takeAll(oneQueue, count)),
  }));
  return {
    bytesPerQueue: (many.grown - one.grown) / count,
    takesOfMany: many.takes,
    takesOfOne: one.takes,
    pages: many.pages,
    restartSeconds: many.restartSeconds,
    wrong: many.wrong + Math.abs(count - many.pages.queues),
  };
}

async function withBoth<T>(
  settings: Settings,
  act: (server: RunningServer, connection: TextConnection) => Promise<T>,
): Promise<T> {
  return withServer(settings, (server) => withConnection(server, (connection) => act(server, connection)));
}

/** Bytes of memory that a server takes more when it has been filled. */
async function growth(
  server: RunningServer,
  connection: TextConnection,
  filling: Filling,
  count: number,
): Promise<number> {
  const before = await memory(connection, count);
  await load(server.port, fill(filling, count));
  return (await memory(connection, count)) - before;
}

async function memory(connection: TextConnection, count: number): Promise<number> {
  await delay(Math.min(count * QUIET_MS_PER_MESSAGE, LONGEST_QUIET_MS));
  return Number((await connection.stats()).get('rss'));
}

/** Queues and messages that are too few or too many. */
async function missing(server: RunningServer, count: number): Promise<number> {
  const stats = await withConnection(server, (connection) => connection.stats());
  const off = (name: string) => Math.abs(count - Number(stats.get(name)));
  return off('queues') + off('curr_items');
}

async function readPages(connection: TextConnection): Promise<Pages> {
  const pages: Pages = { worst: 0, all: 0, queues: 0 };
  for (let topic: string | undefined = 'queues'; topic !== undefined; ) {
    const start = performance.now();
    const answer = await connection.exchange(`stats ${topic}\r\n`);
    const time = performance.now() - start;
    const page = parseStats(answer);
    pages.worst = Math.max(pages.worst, time);
    pages.all += time;
    for (const name of page.keys()) if (name.endsWith(':waiting')) pages.queues++;
    const next = page.get('$next');
    topic = next === undefined ? undefined : `queues ${next}`;
  }
  return pages;
}

type Load = Omit<LoadSpec, 'protocol' | 'port' | 'body'>;

function fill({ fill: { queue, keys } }: Filling, count: number): Load {
  return { connections: 1, inFlight: 160, queue, keys, mode: 'set', warmUp: 1, ops: count - 1 };
}

/** As many takes as there are messages, so that one that is not found is a miss. */
function takeAll({ take }: Filling, count: number): Load {
  const connections = 10;
  const greetings = take.greeting === undefined ? 0 : connections;
  const warmUp = Math.ceil(count / 10);
  return {
    ...{ connections, inFlight: 16, ...take, keys: 'plain', mode: 'get' },
    ...{ warmUp: warmUp + greetings, ops: count - warmUp },
  };
}

async function load(port: number, spec: Load): Promise<LoadResult> {
  const result = await runLoad({ protocol: memqDurable.protocol, port, body: BODY, ...spec });
  if (spec.mode === 'set' && result.wrong > 0)
    throw new Error(`${result.wrong} messages could not be stored`);
  return result;
}

function share({ takesOfMany, takesOfOne }: Round): string {
  return (takesOfMany.opsPerSecond / takesOfOne.opsPerSecond).toFixed(2);
}
