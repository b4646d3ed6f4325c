import type { QueueStats } from '../api.ts';
import type { Foundation } from '../foundation.ts';
import { idOf, NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';

/** `waiters`: how many readers wait for a message of it. */
export function queueStats(base: Foundation, queue: Queue, waiters: number): QueueStats {
  return {
    name: queue.name,
    ready: queue.ready.size,
    delayed: queue.delayedCount,
    reserved: queue.reservedCount,
    failed: queue.failedCount,
    bytes: queue.bytes,
    waiters,
    oldestAge: oldestAge(base, queue),
    enqueued: queue.enqueued,
    taken: queue.taken,
    acknowledged: queue.acknowledged,
    expired: queue.expired,
    dropped: queue.dropped,
    paused: queue.isPaused,
  };
}

/** Seconds. */
function oldestAge({ state, clock }: Foundation, queue: Queue): number {
  const slot = queue.ready.peek();
  if (slot === NONE) return 0;
  const time = state.ages.timeOf(idOf(state.orderOf(slot)));
  return time === undefined ? 0 : Math.max(0, Math.floor((clock() - time) / 1000));
}
