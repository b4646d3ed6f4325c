import { readableName } from '../../shared/latin1.ts';
import type { QueueStats, ScheduledView } from '../engine/api.ts';
import type { Policy } from '../engine/policy.ts';
import type { ClusterView, Health } from './context.ts';
import { queueNames } from './names.ts';
import type { Condition } from './schemas/server.ts';

/** How long something may wait before it is said that nobody comes for it, seconds. */
const PATIENCE = 60;

const HEALTH: Partial<Record<Health, { readonly code: Condition['code']; readonly text: string }>> = {
  'disk-full': { code: 'disk-full', text: 'the disk is full: nothing is stored until there is space' },
  'log-failed': { code: 'log-failed', text: 'the log has failed: nothing is stored or handed out any more' },
  stopping: { code: 'stopping', text: 'the server stops' },
};

/** What is wrong with the server itself. */
export function healthConditions(health: Health): Condition[] {
  const condition = HEALTH[health];
  return condition === undefined ? [] : [{ ...condition, queue: null }];
}

/** What is wrong with the database that keeps the log of a cluster, or with what it promises. */
export function clusterConditions(cluster: ClusterView | undefined): Condition[] {
  if (cluster === undefined) return [];
  const { database, lostRecords, health } = cluster;
  const found: [Condition['code'], string][] = [];
  if (database?.refusal !== undefined || health === 'database-away')
    found.push(['database-away', `the database is away: ${database?.refusal ?? 'it does not answer'}`]);
  if (lostRecords > 0)
    found.push(['records-lost', 'the database has lost what it had acknowledged: the log says when']);
  // Where commits wait for a standby that is away nothing is acknowledged that only one machine has.
  if (database !== undefined && !database.isReplicated && database.waitsFor === 0)
    found.push(['not-replicated', `what is stored is on one machine only: ${database.promise}`]);
  for (const problem of database?.problems ?? []) found.push(['database-trouble', problem]);
  return found.map(([code, text]) => ({ code, text, queue: null }));
}

/** What is wrong with a queue: it takes nothing more, or nobody takes from it. */
export function queueCondition(stats: QueueStats, policy: Policy): Condition | undefined {
  const { ready, delayed, reserved, waiters, paused, held, oldestAge } = stats;
  const { maxItems, maxBytes } = policy;
  const bytes = stats.bytes - stats.endedBytes;
  const waiting = ready + delayed + reserved;
  if (maxItems > 0 && waiting >= maxItems)
    return condition(
      stats,
      'queue-full',
      (queue) => `${queue} is full: it has ${waiting} of ${maxItems} messages`,
    );
  if (maxBytes > 0 && bytes >= maxBytes * NEARLY)
    return condition(
      stats,
      'queue-full',
      (queue) => `${queue} is full: it has ${bytes} of ${maxBytes} bytes`,
    );
  const isIdle = waiters === 0 && reserved === 0 && !paused && held === 0;
  if (ready === 0 || !isIdle || oldestAge < PATIENCE) return undefined;
  return condition(
    stats,
    'no-readers',
    (queue) => `nobody reads ${queue}: ${ready} ready for ${oldestAge} s`,
  );
}

/** `textOf`: with the name in quotes. Names are made for the few queues that have one. */
function condition(
  { name }: QueueStats,
  code: Condition['code'],
  textOf: (queue: string) => string,
): Condition {
  const queue = queueNames(name);
  return { code, queue, text: textOf(JSON.stringify(queue.name)) };
}

/** The next message may not fit long before the last byte is taken. */
const NEARLY = 0.99;

/** Jobs of the schedule whose run has come, and which nobody has begun. */
export function scheduleConditions(jobs: readonly ScheduledView[], now: number): Condition[] {
  return jobs
    .filter(({ dueAt }) => dueAt > 0 && now - dueAt >= PATIENCE * 1000)
    .map(({ name, queue, dueAt }) => ({
      code: 'schedule-late',
      queue: queueNames(queue),
      text: `${JSON.stringify(readableName(name))} is late: nobody has run it for ${Math.floor((now - dueAt) / 1000)} s`,
    }));
}
