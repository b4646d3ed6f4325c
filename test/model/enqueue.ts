import { type EnqueueRequest, NOT_STORED } from '../../server/engine/api.ts';
import { beginAnew, type Item, type Rhythm } from './item.ts';
import { discardRun, expireNext, isExpired, serve } from './readers.ts';
import type { World } from './world.ts';

type OfItself = 'maxAttempts' | 'backoff' | 'group';

export interface Enqueue
  extends Omit<EnqueueRequest, 'queue' | 'body' | 'start' | 'end' | OfItself>,
    Partial<Pick<EnqueueRequest, OfItself>> {
  readonly body: string;
}

/** Instead of a number: the queue, or one that it fans out to, is full. */
export const FULL = -2;

/** The number of the stored message; 0 for one that had expired already; NOT_STORED or FULL. */
export function enqueue(world: World, queue: string, request: Enqueue): number {
  if (!isAllowed(world, queue, request)) return NOT_STORED;
  const targets = [queue, ...world.policyOf(queue).fanoutTo];
  if (targets.some((target) => !hasRoom(world, target, request))) {
    world.count(queue, 'refused');
    return FULL;
  }
  const [number = 0] = targets.map((target) => store(world, target, request));
  return number;
}

function isAllowed(world: World, queue: string, { jobId, mode }: Enqueue): boolean {
  const waiting = waitingJob(world, queue, jobId);
  const waits = waiting !== undefined && !isExpired(world, waiting);
  if (mode === 'add') return !waits && world.liveJob(queue, jobId)?.state !== 'reserved';
  return mode === 'set' || waits;
}

/**
 * A full queue still takes what overwrites, and, if it drops the oldest, what can be made room for. What has expired
 * and is next makes room first.
 */
function hasRoom(world: World, queue: string, { jobId }: Enqueue): boolean {
  while (
    excessOf(world, queue) > 0 &&
    waitingJob(world, queue, jobId) === undefined &&
    expireNext(world, queue)
  );
  const excess = excessOf(world, queue);
  if (excess <= 0 || waitingJob(world, queue, jobId) !== undefined) return true;
  const { whenFull } = world.policyOf(queue);
  return whenFull === 'drop_oldest' && droppable(world, queue).length >= excess;
}

/** How many have to go before another one fits. */
function excessOf(world: World, queue: string): number {
  const { maxItems } = world.policyOf(queue);
  const { ready, delayed, reserved } = world.counts(queue);
  return maxItems === 0 ? 0 : ready + delayed + reserved + 1 - maxItems;
}

/** What repeats stays in the queue whatever becomes of its run. */
function droppable(world: World, queue: string): Item[] {
  return world.list(queue, 'ready').filter(({ rhythm }) => rhythm === undefined);
}

function store(world: World, queue: string, request: Enqueue): number {
  world.queue(queue).enqueued++;
  world.count(queue, 'enqueued');
  const expires = expiry(world, queue, request);
  const waiting = waitingJob(world, queue, request.jobId);
  if (waiting !== undefined && isExpired(world, waiting)) countExpired(world, queue);
  if (expires < 0) {
    if (waiting !== undefined) world.remove(waiting);
    countExpired(world, queue);
    return 0;
  }
  if (waiting === undefined) makeRoom(world, queue);
  const item = waiting === undefined ? insert(world, queue, request.jobId) : waiting;
  write(world, item, request, expires);
  serve(world, queue);
  return item.number;
}

function countExpired(world: World, queue: string): void {
  world.queue(queue).expired++;
  world.count(queue, 'expired');
}

function makeRoom(world: World, queue: string): void {
  if (world.policyOf(queue).whenFull === 'refuse') return;
  while (excessOf(world, queue) > 0) {
    const item = world.first(queue, 'any');
    if (item === undefined) return;
    world.queue(queue).dropped++;
    world.count(queue, 'dropped');
    discardRun(world, item);
  }
}

/** A new message; one that has its job id, and runs or has failed, loses that. */
export function insert(world: World, queue: string, jobId: string): Item {
  const other = world.job(queue, jobId);
  if (other !== undefined) world.unname(other);
  world.forget(queue, jobId);
  return world.add(queue, jobId);
}

/** Fills a message, a new one or one that is overwritten, with what a request says. */
function write(world: World, item: Item, request: Enqueue, expires: number): void {
  const { ahead, priority, delayMs, everyMs, maxAttempts = 0, backoff, group = '' } = request;
  const now = world.now();
  world.turns.blur(item);
  const keepsRhythm = everyMs > 0 && item.rhythm?.everyMs === everyMs && item.rhythm.cron === '';
  const due = keepsRhythm ? item.due : delayMs > 0 ? now + delayMs : 0;
  if (!keepsRhythm) item.rhythm = rhythm(everyMs, now + delayMs);
  item.isDisabled = false;
  if (item.rhythm === undefined) item.lastRun = undefined;
  item.body = request.body;
  item.flags = request.flags;
  item.priority = ahead ? 0 : priority;
  item.sequence = ahead ? -item.number : item.number;
  item.enqueuedAt = now;
  item.expires = expires;
  item.maxAttempts = maxAttempts;
  item.backoff = backoff;
  item.group = group;
  beginAnew(item);
  item.error = '';
  item.history = [];
  item.heldBy = '';
  item.startedAt = 0;
  world.place(item, due);
}

function rhythm(everyMs: number, firstAt: number): Rhythm | undefined {
  return everyMs === 0 ? undefined : { everyMs, firstAt, cron: '' };
}

/** When a message expires; Infinity for never, negative when that is over. In whole seconds, as clients count. */
function expiry(world: World, queue: string, { exptime, everyMs }: Enqueue): number {
  const { exptime: policy } = world.policyOf(queue);
  if (everyMs > 0) return Number.POSITIVE_INFINITY;
  const now = wholeSeconds(world.now());
  const own = exptime === 0 || policy === 'ignore' ? Number.POSITIVE_INFINITY : lifeMs(exptime, now);
  return own <= 0 ? -1 : Math.min(now + own, latestExpiry(world, queue));
}

/** When a message that comes into a queue now expires at the latest. */
export function latestExpiry(world: World, queue: string): number {
  const { ttlMs } = world.policyOf(queue);
  return ttlMs > 0 ? wholeSeconds(world.now() + ttlMs) : Number.POSITIVE_INFINITY;
}

/** What an exptime leaves of a life: it is relative up to 30 days, else the seconds of the epoch. */
function lifeMs(exptime: number, now: number): number {
  return exptime > 30 * 24 * 3600 ? exptime * 1000 - now : exptime * 1000;
}

function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1000) * 1000;
}

function waitingJob(world: World, queue: string, jobId: string): Item | undefined {
  const item = world.liveJob(queue, jobId);
  return item?.state === 'reserved' ? undefined : item;
}
