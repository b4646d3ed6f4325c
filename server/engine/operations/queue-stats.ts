import type { QueueStats } from '../api.ts';
import type { Core } from '../core.ts';
import { at, NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';

export function queueStats(queue: Queue, core: Core): QueueStats {
  return {
    name: queue.name,
    waiting: queue.ready.size,
    delayed: queue.delayedCount,
    reserved: queue.reservedCount,
    failed: queue.failedCount,
    bytes: queue.bytes,
    waiters: core.deliveries.waiters.count(queue.name),
    oldestAge: oldestAge(queue, core),
    enqueued: queue.enqueued,
    taken: queue.taken,
    acknowledged: queue.acknowledged,
    expired: queue.expired,
    dropped: queue.dropped,
    paused: queue.isPaused,
  };
}

/** Seconds. */
function oldestAge(queue: Queue, { state, clock }: Core): number {
  const slot = queue.ready.peek();
  if (slot === NONE) return 0;
  const time = state.ages.timeOf(Math.abs(state.table.page(slot).sequence[at(slot)] as number));
  return time === undefined ? 0 : Math.max(0, Math.floor((clock() - time) / 1000));
}
