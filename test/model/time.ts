import { lookAtEnds, stopEndWaits, wakesAt } from './end-waits.ts';
import type { Item } from './item.ts';
import { giveBack, leaseOver } from './lifecycle.ts';
import { endWaits, expireNext, serve } from './readers.ts';
import { dropOldFailures, keptUntil } from './retention.ts';
import { comeDue } from './schedule.ts';
import type { World } from './world.ts';

/** The next moment at which something happens by itself, but that what has expired, or failed long ago, goes. */
export function nextDue(world: World): number {
  const waits = [...world.waiters.map(({ until }) => until), ...world.endWaits.map(wakesAt)];
  const held = [...world.paces.values()].map(({ next }) =>
    next > world.now() ? next : Number.POSITIVE_INFINITY,
  );
  return Math.min(...waits, ...world.items.map(dueOf), ...held);
}

/** When what has expired, or failed long ago, goes next. */
function nextSweep(world: World): number {
  const expiries = [...world.queues.keys()].map(
    (queue) => world.first(queue, 'any')?.expires ?? Number.POSITIVE_INFINITY,
  );
  const kept = world.items.map((item) => keptUntil(world, item));
  return Math.max(world.sweptAt + 1000, Math.min(...expiries, ...kept));
}

/** The next moment at which anything happens by itself. */
export function nextChange(world: World): number {
  return Math.min(nextDue(world), nextSweep(world));
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

/** With each second what has failed long ago goes, and what has expired, wherever it is next; `queues` in the order in which that is. */
export function sweep(world: World, queues: Iterable<string>): void {
  if (world.second === world.sweptAt) return;
  world.sweptAt = world.second;
  dropOldFailures(world);
  for (const queue of queues) while (expireNext(world, queue));
}

/** What happens by itself at this moment. `queues`: in the order in which the engine sweeps them. */
export function tick(world: World, queues: Iterable<string>): void {
  const now = world.now();
  // Of a second that began before this moment.
  if (now > world.second) sweep(world, queues);
  const items = overdue(world);
  // In the order in which something happens in them, since what is found in one may go to another.
  const touched = new Set(items.map(({ queue }) => queue));
  for (const item of items) {
    if (item.state === 'delayed') comeDue(world, item);
    else leaseOver(world, item);
  }
  for (const queue of touched) serve(world, queue);
  // A wait for the next start may be over.
  for (const queue of world.paces.keys()) serve(world, queue);
  sweep(world, queues);
  endWaits(world, (waiter) => waiter.until <= now);
  lookAtEnds(world);
  stopEndWaits(world, ({ until }) => until <= now);
}

/** How long a queue stays that nothing is in and nobody uses. */
export const IDLE_MS = 9000;

/** Notes, at a moment at which nothing is under way, which queues are used. */
export function noteUse(world: World): void {
  const countsOf = world.countsOfAll();
  for (const [name, facts] of world.queues) {
    const { paused, enqueued, taken, acknowledged, expired, dropped, failedDropped } = facts;
    const isUsed = paused || countsOf.has(name);
    const seen = isUsed ? '' : `${enqueued} ${taken} ${acknowledged} ${expired} ${dropped} ${failedDropped}`;
    if (isUsed || seen !== facts.seen) facts.since = world.now();
    facts.seen = seen;
  }
}

/** A queue has gone by itself; false where it should not have. */
export function dropIdle(world: World, queue: string): boolean {
  const facts = world.queues.get(queue);
  if (facts === undefined || facts.seen === '') return false;
  // A wait that ends at this very moment may have ended before.
  const waiting = world.waiters.filter(({ until }) => until > world.now());
  if ([...waiting, ...world.schedule].some((each) => each.queue === queue)) return false;
  const ends = [...world.ended.values()].filter(({ item }) => item.queue === queue);
  const since = Math.max(facts.since, ...ends.map(({ forgetAt }) => forgetAt));
  return world.now() - since >= IDLE_MS && world.queues.delete(queue);
}

/** The server ends, by itself or not: what is open goes back; leases run on, but nobody knows whose they are. */
export function end(world: World, isCrash: boolean): void {
  // Who waits when it crashes gets no answer.
  if (isCrash) world.waiters = world.endWaits = [];
  endWaits(world, () => true);
  stopEndWaits(world, () => true);
  world.runs.clear();
  for (const item of world.items) {
    if (item.reservation === undefined) continue;
    item.reservation.heldBy = '';
    item.reservation.startedAt = 0;
    item.reservation.progress = '';
    if (item.reservation.deadline === 0) giveBack(world, item, 'stop');
  }
  resetCounters(world);
  world.forgetCounts();
}

export function resetCounters(world: World): void {
  for (const facts of world.queues.values()) {
    facts.enqueued = facts.taken = facts.acknowledged = facts.cancelled = 0;
    facts.expired = facts.dropped = facts.failedDropped = 0;
    // That is no use.
    if (facts.seen !== '') facts.seen = '0 0 0 0 0 0';
  }
}
