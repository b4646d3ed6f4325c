import type { Connection } from '../../shared/memcache.ts';
import { WatchList } from '../../shared/watch-list.ts';

interface Waiting {
  readonly jobs: number;
  /** How many queues there are, paused or not. */
  readonly queues: number;
  /** Those of which no job is taken. */
  readonly paused: readonly string[];
}

/** What waits on the queues of a list. */
export async function countWaiting(connection: Connection, queues: string): Promise<Waiting> {
  const list = WatchList.parse(queues);
  // The configuration has been checked.
  if (typeof list === 'string') throw new Error(list);
  const paused: string[] = [];
  let jobs = 0;
  let count = 0;
  let page: string | undefined = 'queues';
  while (page !== undefined) {
    const figures: Map<string, string> = await connection.stats(page);
    for (const [name, value] of figures) {
      const [, queue, figure] = /^(.+):(waiting|paused)$/s.exec(name) ?? [];
      if (queue === undefined || !list.has(queue)) continue;
      if (figure === 'waiting') {
        jobs += Number(value);
        count++;
      } else if (value === 'yes') paused.push(queue);
    }
    const next = figures.get('$next');
    page = next === undefined ? undefined : `queues ${next}`;
  }
  return { jobs, queues: count, paused };
}
