import { giveBack } from './endings.ts';
import type { Item } from './item.ts';
import { endWaits, serve } from './readers.ts';
import type { World } from './world.ts';

/** The next moment at which something happens by itself. */
export function nextDue(world: World): number {
  return Math.min(...world.waiters.map(({ until }) => until), ...world.items.map(dueOf));
}

/** What something happens to by itself at this moment, in the order in which it does. */
export function overdue(world: World): Item[] {
  const now = world.now();
  const items = world.items.filter((item) => dueOf(item) <= now);
  return items.sort((x, y) => dueOf(x) - dueOf(y) || x.sequence - y.sequence);
}

/** When a delay or a lease is over; Infinity where there is none. */
function dueOf({ state, due, reservation }: Item): number {
  return state === 'delayed' ? due : reservation?.deadline || Number.POSITIVE_INFINITY;
}

/** What happens by itself at this moment. */
export function tick(world: World): void {
  const now = world.now();
  const items = overdue(world);
  // In the order in which something happens in them, since what is found in one may go to another.
  const queues = new Set(items.map(({ queue }) => queue));
  for (const item of items) {
    if (item.state === 'delayed') world.place(item);
    else giveBack(world, item, true);
  }
  for (const queue of queues) serve(world, queue);
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
