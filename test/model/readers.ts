import { tellEnd } from './end-waits.ts';
import type { Expected, Item, Waiter } from './item.ts';
import { bury, finishRun, noteAttempt, runOf } from './lifecycle.ts';
import type { Reader, World } from './world.ts';

/** From the first of the queues that has something. */
export function reserve(world: World, queues: readonly string[], reader: Reader): Expected | undefined {
  for (const queue of queues) {
    const item = world.mayRun(queue, reader.mode) ? nextReady(world, queue) : undefined;
    if (item !== undefined) return hand(world, item, reader);
  }
  return undefined;
}

export function takeFailed(world: World, queue: string, jobId = ''): Expected | undefined {
  const [item] = world.failed(queue, jobId);
  if (item === undefined) return undefined;
  const seen = { ...item };
  world.queue(queue).taken++;
  world.count(queue, 'removed');
  world.end(item, 'failed');
  return { seen, attempt: item.attempts, isLast: false, reservation: undefined };
}

export function peek(world: World, queue: string, failed: boolean, jobId = ''): Expected | undefined {
  const item = failed ? world.failed(queue, jobId)[0] : shown(world, queue);
  if (item === undefined) return undefined;
  const attempt = item.attempts + (failed ? 0 : 1);
  const isLast = !failed && attempt >= world.attemptLimit(item);
  return { seen: { ...item }, attempt, isLast, reservation: undefined };
}

/** Where no reader may have anything now, what is next nevertheless. */
function shown(world: World, queue: string): Item | undefined {
  return nextReady(world, queue) ?? nextReady(world, queue, 'any');
}

/** A read that waits: answered now, when there is something, or when it is over. */
export function wait(world: World, waiter: Waiter): void {
  const expected = reserve(world, [waiter.queue], waiter);
  if (expected !== undefined) waiter.answer(expected);
  else world.waiters.push(waiter);
}

/** Gives what is ready to those who wait, in the order in which they came. */
export function serve(world: World, queue: string): void {
  for (const waiter of world.waiters.filter((each) => each.queue === queue)) {
    const expected = reserve(world, [queue], waiter);
    // Another one may take for good what this one may not have.
    if (expected === undefined) continue;
    world.waiters = world.waiters.filter((each) => each !== waiter);
    waiter.answer(expected);
  }
}

export function endWaits(world: World, isOver: (waiter: Waiter) => boolean): void {
  const over = world.waiters.filter(isOver);
  world.waiters = world.waiters.filter((waiter) => !isOver(waiter));
  for (const waiter of over) waiter.answer(undefined);
}

export function isExpired(world: World, item: Item): boolean {
  return item.expires <= world.now();
}

/** The end of what waits; of what repeats only that of a run that has begun, or is to. */
export function discardRun(world: World, item: Item): void {
  if (item.rhythm === undefined) world.remove(item);
  else if (item.state === 'ready' || item.attempts > 0) finishRun(world, item, undefined);
}

/** The first that has not expired; that others have is noticed only now. */
function nextReady(world: World, queue: string, which: 'any' | 'free' = 'free'): Item | undefined {
  while (expireNext(world, queue, which));
  return world.first(queue, which);
}

/** Lets what is next go where it has expired; whether it has. */
export function expireNext(world: World, queue: string, which: 'any' | 'free' = 'any'): boolean {
  const item = world.first(queue, which);
  if (item === undefined || !isExpired(world, item)) return false;
  world.queue(queue).expired++;
  world.count(queue, 'expired');
  expire(world, item);
  return true;
}

function expire(world: World, item: Item): void {
  item.error = 'it expired';
  tellEnd(world, item, 'failed');
  const { deadLetterTo } = world.policyOf(item.queue);
  if (deadLetterTo === undefined) world.end(item, 'failed');
  else bury(world, item, deadLetterTo);
}

function hand(world: World, item: Item, { mode, leaseMs, holder }: Reader): Expected {
  const seen = { ...item };
  world.queue(item.queue).taken++;
  world.count(item.queue, mode === 'take' ? 'removed' : 'delivered');
  world.paces.get(item.queue)?.start(world.now());
  const policy = world.policyOf(item.queue);
  const lasts = leaseMs || policy.leaseMs;
  const deadline = mode === 'lease' ? world.now() + lasts : 0;
  item.attempts++;
  const isLast = item.attempts >= world.attemptLimit(item);
  item.state = 'reserved';
  world.turns.toEnd(item.queue, item.group);
  item.reservation = { item, deadline, token: 0, progress: '', startedAt: world.now(), heldBy: holder };
  if (mode === 'take') {
    noteAttempt(item);
    tellEnd(world, item, 'complete');
    if (item.rhythm !== undefined) finishRun(world, item, runOf(world, true));
    else world.end(item, 'complete');
    return { seen, attempt: seen.attempts + 1, isLast, reservation: undefined };
  }
  return { seen, attempt: item.attempts, isLast, reservation: item.reservation };
}
