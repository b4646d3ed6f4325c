import type { LastRun, Origin, ReleaseReason } from '../../server/engine/api.ts';
import { backoffMs } from '../../server/engine/policy.ts';
import { latestExpiry } from './enqueue.ts';
import { beginAnew, type Item, type Reservation, type Rhythm } from './item.ts';
import { serve } from './readers.ts';
import type { World } from './world.ts';

export function complete(world: World, reservation: Reservation, result: string): boolean {
  if (!holds(reservation)) return false;
  const { item } = reservation;
  world.queue(item.queue).acknowledged++;
  noteAttempt(item);
  if (item.rhythm !== undefined && !item.isCancelled) finishRun(world, item, runOf(world, true));
  else world.end(item, 'complete', result);
  return true;
}

export function release(world: World, reservation: Reservation, reason: ReleaseReason): boolean {
  if (!holds(reservation)) return false;
  giveBack(world, reservation.item, reason);
  serve(world, reservation.item.queue);
  return true;
}

export function extend(world: World, reservation: Reservation, leaseMs: number): boolean {
  if (!holds(reservation)) return false;
  const lasts = leaseMs || world.policyOf(reservation.item.queue).leaseMs;
  if (reservation.deadline > 0) reservation.deadline = world.now() + lasts;
  return true;
}

export function progress(reservation: Reservation, text: string): boolean {
  if (!holds(reservation)) return false;
  reservation.progress = text;
  return true;
}

export interface Failure {
  readonly error: string;
  readonly final: boolean;
  readonly died: boolean;
}

export function fail(world: World, reservation: Reservation, { error, final, died }: Failure): boolean {
  if (!holds(reservation)) return false;
  const { item } = reservation;
  const { maxAttempts, backoff } = world.policyOf(item.queue);
  item.error = error;
  if (died) item.deaths++;
  item.diedSilently = false;
  noteAttempt(item);
  if (item.isCancelled) world.remove(item);
  else if (final || item.attempts >= maxAttempts) failForGood(world, item);
  else {
    world.place(item, world.now() + backoffMs(backoff, item.attempts, Math.random()));
    serve(world, item.queue);
  }
  return true;
}

/** What is held goes back where it was, or, after its last attempt, to the failed set. Nobody is served yet. */
export function giveBack(world: World, item: Item, reason: ReleaseReason): void {
  const { maxAttempts, backoff } = world.policyOf(item.queue);
  if (item.isCancelled) {
    world.remove(item);
    return;
  }
  if (reason === 'stop') {
    world.place(item);
    return;
  }
  const isRow = reason === 'death' && item.diedSilently;
  if (reason !== 'unread') item.diedSilently = reason === 'death';
  if (reason === 'death') item.deaths++;
  if (reason === 'return' || reason === 'unread') item.attempts--;
  else if (item.attempts >= maxAttempts) {
    item.error = `attempt ${item.attempts} ended without an answer`;
    item.diedSilently = false;
    noteAttempt(item);
    failForGood(world, item);
    return;
  }
  world.place(item, isRow ? world.now() + backoffMs(backoff, item.attempts, Math.random()) : 0);
}

/** A lease is over; while the server was down nobody could have extended it. */
export function leaseOver(world: World, item: Item): void {
  const { deadline } = item.reservation as Reservation;
  giveBack(world, item, deadline <= world.servesSince ? 'stop' : 'death');
}

export function retryFailed(world: World, queue: string, jobId: string, delaySeconds: number): number {
  const failed = world.failed(queue, jobId);
  for (const item of failed) {
    beginAnew(item);
    item.expires = Number.POSITIVE_INFINITY;
    world.place(item, world.now() + delaySeconds * 1000);
    serve(world, queue);
  }
  return failed.length;
}

/** What is known of the attempt that ends stays known. */
export function noteAttempt(item: Item): void {
  item.startedAt = item.reservation?.startedAt ?? 0;
  item.heldBy = item.reservation?.heldBy ?? '';
}

/** How a run ends now. */
export function runOf(world: World, isComplete: boolean, error = ''): LastRun {
  return { isComplete, endedAt: world.now(), error };
}

/** Until the next time of what repeats. `run`: unless it was discarded. */
export function finishRun(world: World, item: Item, run: LastRun | undefined): void {
  item.lastRun = run ?? item.lastRun;
  beginAnew(item);
  item.error = '';
  world.place(item, nextTime(item.rhythm as Rhythm, world.now()));
}

/** What failed for the last time, or expired, becomes ready in the queue of the dead. */
export function bury(world: World, item: Item, to: string): void {
  world.queue(to);
  if (item.rhythm === undefined) world.rememberEnd(item, 'failed');
  const dead = item.rhythm === undefined ? item : copyOf(world, item);
  dead.origin = originOf(world, item);
  dead.queue = to;
  dead.jobId = '';
  beginAnew(dead);
  dead.expires = latestExpiry(world, to);
  world.place(dead);
  if (dead !== item) finishRun(world, item, runOf(world, false, item.error));
  serve(world, to);
}

/** The first queue that gave it up; the last time, where it came back to that one. */
function originOf(world: World, { queue, jobId, attempts, heldBy, origin }: Item): Origin {
  if (origin !== undefined && origin.queue !== queue) return origin;
  return { queue, jobId: jobId || (origin?.jobId ?? ''), attempts, failedAt: world.now(), heldBy };
}

/** Of what repeats only this run has failed: a copy is what stays of it. */
function failForGood(world: World, item: Item): void {
  const { deadLetterTo } = world.policyOf(item.queue);
  if (deadLetterTo !== undefined) {
    bury(world, item, deadLetterTo);
    return;
  }
  const failed = item.rhythm === undefined ? item : copyOf(world, item);
  failed.state = 'failed';
  failed.reservation = undefined;
  failed.failedAt = world.now();
  if (failed !== item) finishRun(world, item, runOf(world, false, item.error));
}

/** A message of its own, with an own number. */
function copyOf(world: World, item: Item): Item {
  const { number } = world.add(item.queue, '');
  const copy = { ...item, number, sequence: number, jobId: '', rhythm: undefined, lastRun: undefined };
  world.items = world.items.map((each) => (each.number === number ? copy : each));
  return copy;
}

/** The first time after `now`, and after the very first. */
export function nextTime({ firstAt, everyMs }: Rhythm, now: number): number {
  return firstAt + everyMs * (Math.floor(Math.max(0, now - firstAt) / everyMs) + 1);
}

function holds(reservation: Reservation): boolean {
  return reservation.item.reservation === reservation;
}
