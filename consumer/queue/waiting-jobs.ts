import type { Connection } from '../../shared/memcache.ts';
import { WatchList } from '../../shared/watch-list.ts';

interface Waiting {
  readonly jobs: number;
  /** How many queues there are. */
  readonly queues: number;
  /** Those of which nothing can be taken. */
  readonly paused: ReadonlySet<string>;
}

/** How many jobs wait on the queues of a list. */
export async function countWaiting(connection: Connection, queues: string): Promise<Waiting> {
  const list = parsed(queues);
  const paused = new Set<string>();
  let jobs = 0;
  let count = 0;
  let page: string | undefined = 'queues';
  while (page !== undefined) {
    const figures: Map<string, string> = await connection.stats(page);
    for (const [name, value] of figures) {
      const [, queue, figure] = /^(.+):(waiting|paused)$/s.exec(name) ?? [];
      if (queue === undefined || !list.has(queue)) continue;
      if (figure === 'paused') {
        if (value === 'yes') paused.add(queue);
        continue;
      }
      jobs += Number(value);
      count++;
    }
    const next = figures.get('$next');
    page = next === undefined ? undefined : `queues ${next}`;
  }
  return { jobs, queues: count, paused };
}

/** The queues that a list means, in its order; for `*` those that the server has now. */
export async function queueNames(connection: Connection, queues: string): Promise<string[]> {
  const list = parsed(queues);
  const names: string[] = [];
  for (const { queue } of list.entries) {
    if (queue !== '*') names.push(queue);
    else names.push(...[...(await connection.stats('queue')).keys()].filter((name) => list.isRest(name)));
  }
  return names;
}

function parsed(queues: string): WatchList {
  const list = WatchList.parse(queues);
  // The configuration has been checked.
  if (typeof list === 'string') throw new Error(list);
  return list;
}
