import { giveBack } from './endings.ts';
import { endWaits, serve } from './readers.ts';
import type { World } from './world.ts';

/** The next moment at which something happens by itself. */
export function nextDue(world: World): number {
  return Math.min(
    ...world.waiters.map(({ until }) => until),
    ...world.items.filter(({ state }) => state === 'delayed').map(({ due }) => due),
    ...world.items.map(({ reservation }) => reservation?.deadline || Number.POSITIVE_INFINITY),
  );
}

/** What happens by itself at this moment. */
export function tick(world: World): void {
  const now = world.now();
  for (const item of world.items) {
    if (item.state === 'delayed' && item.due <= now) world.place(item);
  }
  for (const item of world.items) {
    const deadline = item.reservation?.deadline ?? 0;
    if (deadline > 0 && deadline <= now) giveBack(world, item, true);
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
    if (item.reservation.deadline === 0) giveBack(world, item, isCrash);
  }
  for (const facts of world.queues.values()) {
    facts.enqueued = facts.taken = facts.acknowledged = facts.expired = facts.dropped = 0;
  }
}
