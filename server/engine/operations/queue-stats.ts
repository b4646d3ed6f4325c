import type { HeldBy, QueueStats } from '../api.ts';
import type { Foundation } from '../foundation.ts';
import { Count } from '../state/counters.ts';
import { idOf, NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';

/** `waiters`: how many readers wait for a message of it. */
export function queueStats(base: Foundation, queue: Queue, waiters: number): QueueStats {
  const at = oldestAt(base, queue);
  return {
    name: queue.name,
    ready: queue.ready.size,
    delayed: queue.delayedCount,
    reserved: queue.reservedCount,
    failed: queue.failedCount,
    bytes: queue.bytes,
    endedBytes: queue.endedBytes,
    ended: queue.endedCount,
    waiters,
    oldestAt: at,
    oldestAge: at === 0 ? 0 : Math.max(0, Math.floor((base.clock() - at) / 1000)),
    enqueued: queue.countSinceReset(Count.enqueued),
    taken: queue.countSinceReset(Count.delivered) + queue.countSinceReset(Count.removed),
    acknowledged: queue.countSinceReset(Count.completed),
    expired: queue.countSinceReset(Count.expired),
    dropped: queue.countSinceReset(Count.dropped),
    failedDropped: queue.countSinceReset(Count.failedDropped),
    cancelled: queue.countSinceReset(Count.cancelled),
    paused: queue.isPaused,
    ...heldBack(queue),
  };
}

/** How many of its ready messages cannot be had now, and why. */
function heldBack(queue: Queue): Pick<QueueStats, 'held' | 'heldBy'> {
  const heldBy = whyHeld(queue);
  if (heldBy !== undefined) return { held: queue.ready.size, heldBy };
  const held = queue.ready.groups?.heldCount ?? 0;
  return { held, heldBy: held > 0 ? 'group' : undefined };
}

/** The same of one of them, by its group. */
export function whyMessageHeld(queue: Queue, group: string | undefined): HeldBy | undefined {
  const isHeld = group !== undefined && queue.ready.groups?.isHeld(group);
  return whyHeld(queue) ?? (isHeld ? 'group' : undefined);
}

/** Why no reader may have what is ready in a queue, or none that reserves; undefined when they may, or nothing is ready. */
export function whyHeld(queue: Queue): HeldBy | undefined {
  if (queue.ready.size === 0 || queue.offered === 'all') return undefined;
  if (queue.isPaused) return 'paused';
  if (queue.isHeld) return 'rate';
  return queue.isFull ? 'max_running' : 'group';
}

/** Milliseconds since the epoch, to a second or so; 0 where there is none. */
function oldestAt({ state }: Foundation, queue: Queue): number {
  const slot = queue.ready.peek();
  return slot === NONE ? 0 : (state.ages.timeOf(idOf(state.orderOf(slot))) ?? 0);
}
