import { giveBack } from './endings.ts';
import type { Item } from './item.ts';
import { endWaits, serve } from './readers.ts';
import type { World } from './world.ts';

/** The next moment at which something happens by itself. */
export function nextDue(world: World): number {
  return Math.min(
    ...world.waiters.map(({ until }) => until),
    ...world.items.filter(({ state }) => state === 'delayed').map(({ due }) => due),
    ...world.items.map(deadlineOf),
  );
}

/** When a lease is over. */
function deadlineOf({ reservation }: Item): number {
  return reservation?.deadline || Number.POSITIVE_INFINITY;
}

/** What happens by itself at this moment. */
export function tick(world: World): void {
  const now = world.now();
  for (const item of world.items) {
    if (item.state === 'delayed' && item.due <= now) world.place(item);
  }
  const lapsed = world.items.filter((item) => deadlineOf(item) <= now);
  for (const item of lapsed.sort((x, y) => deadlineOf(x) - deadlineOf(y) || x.sequence - y.sequence)) {
    giveBack(world, item, true);
  }
  for (const queue of world.queues.keys()) serve(world, queue);
  endWaits(world, (waiter) => waiter.until <= now);
}

/**
 * The server ends, by itself or not: what is open goes back, uncounted or counted; leases run on, but nobody knows
 * whose they are.
 */
export function end(world: World, isCrash: boolean): void {
  // Who waits when it crashes gets no answer.
  if (isCrash) world.waiters = [];
  endWaits(world, () => true);
  for (const item of world.items) {
    if (item.reservation === undefined) continue;
    item.reservation.heldBy = '';
    item.reservation.startedAt = 0;
    item.reservation.progress = '';
    if (item.reservation.deadline === 0) giveBack(world, item, isCrash);
  }
  resetCounters(world);
}

export function resetCounters(world: World): void {
  for (const facts of world.queues.values()) {
    facts.enqueued = facts.taken = facts.acknowledged = facts.expired = facts.dropped = 0;
  }
}
