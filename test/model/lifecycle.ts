import type { LastRun, Origin, ReleaseReason } from '../../server/engine/api.ts';
import { MOST_ATTEMPTS } from '../../server/engine/state/attempt-history.ts';
import { discardWaits, tellEnd } from './end-waits.ts';
import { latestExpiry } from './enqueue.ts';
import { beginAnew, type Item, type Reservation, type Rhythm } from './item.ts';
import { serve } from './readers.ts';
import { dropSurplusFailures } from './retention.ts';
import type { World } from './world.ts';

export function complete(world: World, reservation: Reservation, result: string): boolean {
  if (!holds(reservation)) return false;
  const { item } = reservation;
  if (isTooLate(world, item)) return false;
  world.queue(item.queue).acknowledged++;
  world.count(item.queue, 'completed');
  noteAttempt(item);
  tellEnd(world, item, 'complete', result);
  if (item.rhythm !== undefined) finishRun(world, item, runOf(world, true));
  else world.end(item, 'complete', result);
  serve(world, item.queue);
  return true;
}

export function release(world: World, reservation: Reservation, reason: ReleaseReason): boolean {
  if (!holds(reservation)) return false;
  const { item } = reservation;
  const { queue, cancelledAt } = item;
  giveBack(world, item, reason);
  serve(world, queue);
  return cancelledAt === 0;
}

export function extend(world: World, reservation: Reservation, leaseMs: number): boolean {
  if (!holds(reservation) || reservation.item.cancelledAt > 0) return false;
  const lasts = leaseMs || world.policyOf(reservation.item.queue).leaseMs;
  if (reservation.deadline > 0) reservation.deadline = world.now() + lasts;
  return true;
}

export function progress(reservation: Reservation, text: string): boolean {
  if (!holds(reservation) || reservation.item.cancelledAt > 0) return false;
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
  if (isTooLate(world, item)) return false;
  const { queue } = item;
  item.error = error;
  if (died) item.deaths++;
  item.diedSilently = false;
  noteFailure(world, item);
  if (final || item.attempts >= world.attemptLimit(item)) failForGood(world, item);
  else {
    world.count(queue, 'retried');
    world.place(item, world.now() + world.backoffMs(item));
  }
  serve(world, queue);
  return true;
}

/** What is held goes back where it was, or, after its last attempt, to the failed set. Nobody is served yet. */
export function giveBack(world: World, item: Item, reason: ReleaseReason): void {
  if (reason === 'return' || reason === 'unread')
    world.paces.get(item.queue)?.giveBack(item.reservation?.startedAt ?? 0, world.now());
  if (isTooLate(world, item)) return;
  if (reason === 'stop') {
    world.place(item);
    return;
  }
  if (reason === 'death') world.count(item.queue, 'leasesExpired');
  if (reason === 'abort' || reason === 'return') world.count(item.queue, 'givenBack');
  const isRow = reason === 'death' && item.diedSilently;
  if (reason !== 'unread') item.diedSilently = reason === 'death';
  if (reason === 'death') item.deaths++;
  if (reason === 'return' || reason === 'unread') item.attempts--;
  else if (item.attempts >= world.attemptLimit(item)) {
    item.error = `attempt ${item.attempts} ended without an answer`;
    item.diedSilently = false;
    noteFailure(world, item);
    failForGood(world, item);
    return;
  }
  if (reason === 'death') noteDeath(world, item);
  world.place(item, isRow ? world.now() + world.backoffMs(item) : 0);
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

/** The attempt that ends has failed. */
function noteFailure(world: World, item: Item): void {
  noteAttempt(item);
  addFailure(world, item, item.error);
}

/** It has, without a word. */
function noteDeath(world: World, item: Item): void {
  addFailure(world, item, `attempt ${item.attempts} ended without an answer`);
}

function addFailure(world: World, item: Item, error: string): void {
  const { startedAt, heldBy } = item.reservation as Reservation;
  const attempt = { startedAt, endedAt: world.now(), holder: heldBy, error: error.trim() };
  item.history = [...item.history, attempt].slice(-MOST_ATTEMPTS);
}

/** How a run ends now. */
export function runOf(world: World, isComplete: boolean, error = ''): LastRun {
  return { state: isComplete ? 'complete' : 'failed', endedAt: world.now(), error };
}

/** Until the next time of what repeats. `run`: unless it was discarded. */
export function finishRun(world: World, item: Item, run: LastRun | undefined): void {
  if (run === undefined) discardWaits(world, item);
  if (run !== undefined) world.noteRun(item, run);
  item.lastRun = run ?? item.lastRun;
  beginAnew(item);
  item.error = '';
  item.history = [];
  world.place(item, nextTime(item.rhythm as Rhythm, world.now()));
}

/** What failed for the last time, or expired, becomes ready in the queue of the dead, by whose rules it goes from then on. */
export function bury(world: World, item: Item, to: string): void {
  world.queue(to);
  world.count(item.queue, 'deadLettered');
  if (item.rhythm === undefined) world.rememberEnd(item, 'failed');
  const dead = item.rhythm === undefined ? item : copyOf(world, item);
  dead.origin = originOf(world, item);
  dead.queue = to;
  dead.jobId = '';
  dead.maxAttempts = 0;
  dead.backoff = undefined;
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
  world.count(item.queue, 'failed');
  tellEnd(world, item, 'failed');
  const { deadLetterTo } = world.policyOf(item.queue);
  if (deadLetterTo !== undefined) {
    bury(world, item, deadLetterTo);
    return;
  }
  const failed = item.rhythm === undefined ? item : copyOf(world, item);
  failed.state = 'failed';
  failed.reservation = undefined;
  failed.failedAt = world.now();
  dropSurplusFailures(world, failed.queue);
  if (failed !== item) finishRun(world, item, runOf(world, false, item.error));
}

/** A message of its own, with an own number. */
function copyOf(world: World, item: Item): Item {
  const { number } = world.add(item.queue, '');
  const copy = {
    ...item,
    number,
    sequence: number,
    jobId: '',
    rhythm: undefined,
    lastRun: undefined,
    isDisabled: false,
  };
  world.items = world.items.map((each) => (each.number === number ? copy : each));
  return copy;
}

/** The first time after `now`, and after the very first. */
export function nextTime({ firstAt, everyMs }: Rhythm, now: number): number {
  return firstAt + everyMs * (Math.floor(Math.max(0, now - firstAt) / everyMs) + 1);
}

/** The end of a job that was cancelled, for who held it: whatever that says comes too late. */
function isTooLate(world: World, item: Item): boolean {
  if (item.cancelledAt === 0) return false;
  noteAttempt(item);
  endCancelled(world, item, item.cancelledAt);
  return true;
}

/** Nobody holds it any more: of what is scheduled only the run is over. */
export function endCancelled(world: World, item: Item, endedAt: number): void {
  item.cancelledAt = 0;
  tellEnd(world, item, 'cancelled');
  if (item.rhythm !== undefined && item.rhythm.cron !== '')
    finishRun(world, item, { state: 'cancelled', endedAt, error: '' });
  else world.end(item, 'cancelled', '', endedAt);
}

function holds(reservation: Reservation): boolean {
  return reservation.item.reservation === reservation;
}
