import type { JobStatus } from '../../server/engine/api.ts';
import type { Item } from './item.ts';
import { isExpired } from './readers.ts';
import type { World } from './world.ts';

/** A job's status, but what only the engine can know, and its result as text. */
export type Known = Omit<JobStatus, 'queue' | 'jobId' | 'id' | 'result'> & {
  /** In place of the message id. */
  readonly number: number;
  readonly result: string;
};

export function status(world: World, queue: string, jobId: string): Known | undefined {
  const item = world.job(queue, jobId);
  if (item !== undefined) return statusOf(world, item);
  const ended = world.endOf(queue, jobId);
  return ended && known(ended.item, ended.state, ended.endedAt, ended.result);
}

/** Of a message, whether it has an id or not; undefined where it is gone. */
export function statusOf(world: World, item: Item): Known | undefined {
  if (item.state === 'gone') return undefined;
  if (item.state !== 'reserved' && item.state !== 'failed' && isExpired(world, item))
    return { ...known(item, 'failed', item.expires, ''), dueAt: 0, error: 'it expired' };
  const isFailed = item.state === 'failed';
  if (item.cancelledAt > 0) return known(item, 'cancelled', item.cancelledAt, '');
  const state = isFailed ? 'failed' : item.state === 'reserved' ? 'running' : 'waiting';
  const heldBack = item.state === 'ready' ? world.whyHeld(item.queue, [item]) : undefined;
  return { ...known(item, state, isFailed ? item.failedAt : 0, ''), heldBack };
}

export function known(item: Item, state: Known['state'], endedAt: number, result: string): Known {
  const { number, attempts, priority, enqueuedAt, error, rhythm, lastRun, maxAttempts, backoff } = item;
  const isDisabled = item.isDisabled;
  const { group } = item;
  return {
    number,
    state,
    attempts,
    priority,
    enqueuedAt,
    dueAt: item.state === 'delayed' ? item.due : 0,
    startedAt: (item.reservation ?? item).startedAt,
    endedAt,
    error: state === 'complete' ? '' : error,
    earlierError: state === 'complete' ? error : '',
    heldBy: (item.reservation ?? item).heldBy,
    result,
    progress: state === 'running' ? (item.reservation?.progress ?? '') : '',
    everyMs: rhythm === undefined || rhythm.cron !== '' ? 0 : rhythm.everyMs,
    cron: rhythm?.cron ?? '',
    maxAttempts,
    backoff,
    lastRun,
    isDisabled,
    group,
    heldBack: undefined,
  };
}
