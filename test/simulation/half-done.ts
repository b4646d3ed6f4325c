import { beginAnew, type Item } from '../model/item.ts';
import * as operator from '../model/operator.ts';
import * as readers from '../model/readers.ts';
import type { World } from '../model/world.ts';
import { copyWithWaiters, perform } from './model-side.ts';
import type { Enqueue, Operation, Read, Retry } from './operation.ts';

/** Up to so many of them it is tried in which order they may go. */
const MOST_IN_ANY_ORDER = 4;

/**
 * What a crash may leave of an operation whose records came to the disk in part. Each of them is a world in which no
 * message is lost or another's; but one may be on its way.
 */
export function* halfDone(before: World, operation: Operation): Generator<World> {
  const after = copyWithWaiters(before);
  perform(after, operation);
  yield* between(before, after);
  yield* unserved(before, operation);
  switch (operation.type) {
    case 'enqueue':
      yield* halfStored(before, operation);
      break;
    case 'read':
      yield* halfRead(before, operation);
      break;
    case 'peek':
      yield* halfExpired(before, [operation.queue]);
      break;
    case 'purge':
      yield* halfPurged(before, operation.queue);
      break;
    case 'move':
      yield* halfMoved(before, operation.queue, operation.to);
      break;
    case 'retryFailed':
      yield* halfRetried(before, operation);
      break;
    case 'schedule':
      for (let count = 1; count < operation.lines.length; count++) {
        const part = before.copy();
        perform(part, { ...operation, lines: operation.lines.slice(0, count) });
        part.schedule = operation.lines;
        yield part;
      }
  }
}

/** What may be on record of what happened in between, whatever it was, with the last part of it missing. */
export function* between(before: World, after: World): Generator<World> {
  for (const queue of after.queues.keys()) {
    if (before.queues.has(queue)) continue;
    const part = before.copy();
    part.queue(queue);
    yield part;
  }
  // Of a run that failed for good there is a copy, and then the job waits for its next time.
  const copies = after.items.filter(
    (item) =>
      item.number > before.lastNumber &&
      item.rhythm === undefined &&
      before.items.some(({ body, rhythm }) => rhythm !== undefined && body === item.body),
  );
  if (copies.length > 0) {
    const part = before.copy();
    for (const { queue } of copies) part.queue(queue);
    part.items.push(...copies.map((item) => ({ ...item })));
    part.lastNumber = after.lastNumber;
    yield part;
  }
  // What goes to the queue of the dead is there first, and then its status.
  for (const [key, ended] of after.ended) {
    if (before.ended.get(key) === ended) continue;
    if (!after.items.some(({ number }) => number === ended.item.number)) continue;
    const part = after.copy();
    part.ended.delete(key);
    yield part;
  }
}

/** What an operation that is answered may still have to do: serve those who wait, and let go what has expired. */
export function* unfinished(before: World, operation: Operation): Generator<World> {
  yield* unserved(before, operation);
  yield* unexpired(before, operation);
}

/** Those who wait are served one after the other, and what they take for good they hold for a moment. */
function* unserved(before: World, operation: Operation): Generator<World> {
  for (let count = 0; count < before.waiters.length; count++) {
    const part = copyWithWaiters(before);
    part.waiters = part.waiters.slice(0, count);
    perform(part, operation);
    yield part;
  }
  if (before.waiters.length === 0) return;
  const part = copyWithWaiters(before, 'open');
  perform(part, operation);
  yield part;
}

/** Into one queue after the other, and what is dropped for it first. */
function* halfStored(before: World, operation: Enqueue): Generator<World> {
  const policy = before.policyOf(operation.queue);
  const targets = [operation.queue, ...policy.fanoutTo];
  const whole = before.copy();
  const prediction = perform(whole, operation);
  if (prediction.kind !== 'stored' || prediction.number < 0) return;
  let last = before;
  for (let count = 0; count < targets.length; count++) {
    const next = before.copy();
    next.setPolicy(operation.queue, { ...policy, fanoutTo: policy.fanoutTo.slice(0, count) });
    perform(next, operation);
    next.setPolicy(operation.queue, policy);
    const queue = targets[count];
    const dropped = last.list(queue, 'ready').filter((item) => !has(next, item));
    const part = last.copy();
    for (const { number } of dropped) {
      part.remove(part.items.find((item) => item.number === number) as Item);
      yield part.copy();
    }
    yield* between(last, next);
    if (count < targets.length - 1) yield next;
    last = next;
  }
}

function* halfRead(before: World, operation: Read): Generator<World> {
  yield* halfExpired(before, operation.queues);
  yield* unexpired(before, operation);
  if (operation.mode !== 'take') return;
  const held = { ...operation, mode: 'open' } as const;
  yield* unexpired(before, held);
  const part = before.copy();
  perform(part, held);
  yield part;
}

/** What has expired goes one by one. */
function* halfExpired(before: World, queues: readonly string[]): Generator<World> {
  const expired = expiredIn(before, queues);
  for (let count = 1; count <= expired.length; count++) {
    const part = without(before, expired.slice(count), (hidden) => {
      for (const queue of queues) readers.peek(hidden, queue, false);
    });
    yield* between(before, part);
    yield part;
  }
}

/** What has expired may have to be read from the disk: all else is done by then. First of all worlds none of it is gone. */
export function* unexpired(before: World, operation: Operation): Generator<World> {
  const queues =
    operation.type === 'read' ? operation.queues : operation.type === 'peek' ? [operation.queue] : [];
  for (const part of leftOf(expiredIn(before, queues))) {
    yield without(before, part, (hidden) => perform(hidden, operation));
  }
}

/** What is left to do of what is done one by one: first all of it, at last one of them. */
export function leftOf<T>(list: readonly T[]): (readonly T[])[] {
  if (list.length > MOST_IN_ANY_ORDER) return list.map((_, index) => list.slice(index));
  const parts = subsets(list).filter(({ length }) => length > 0);
  return parts.sort((a, b) => b.length - a.length);
}

/** Those that have expired and are found out by who looks at the queues. */
function expiredIn(world: World, queues: readonly string[]): Item[] {
  const expired: Item[] = [];
  for (const queue of queues) {
    const ready = world.list(queue, 'ready');
    const fresh = ready.findIndex((item) => !readers.isExpired(world, item));
    expired.push(...ready.slice(0, fresh < 0 ? ready.length : fresh));
    if (fresh >= 0 && !world.isPaused(queue)) break;
  }
  return expired;
}

/** What comes of it where some of what is ready is not there, and then is again. */
function without(before: World, items: readonly Item[], act: (world: World) => void): World {
  const part = copyWithWaiters(before);
  const hidden = part.items.filter(({ number }) => items.some((item) => item.number === number));
  for (const item of hidden) item.state = 'gone';
  act(part);
  for (const item of hidden) item.state = 'ready';
  return part;
}

/** First what does not repeat, and then the runs of what does. */
function* halfPurged(before: World, queue: string | undefined): Generator<World> {
  const queues = queue === undefined ? [...before.queues.keys()] : [queue];
  const part = before.copy();
  const runs: Item[] = [];
  for (const each of queues) {
    for (const item of part.list(each, 'ready', 'delayed')) {
      if (item.rhythm === undefined) part.remove(item);
      else runs.push(item);
    }
  }
  for (const chosen of subsets(runs)) {
    const some = part.copy();
    for (const item of some.items.filter(({ number }) => chosen.some((run) => run.number === number)))
      readers.discardRun(some, item);
    yield some;
    // Those that are to be discarded are set aside, and come back.
    const aside = some.copy();
    for (const item of aside.items) {
      if (
        runs.some(({ number }) => number === item.number) &&
        !chosen.some(({ number }) => number === item.number)
      )
        aside.place(item);
    }
    yield aside;
  }
}

/**
 * One goes after the other, where there are many: what is delayed, for which groups may have to wait, then what is ready in its
 * order. Each gives up its id before it goes, where that is taken over there.
 */
export function* halfMoved(before: World, queue: string, to: string): Generator<World> {
  yield* movedAtOnce(before, queue, to);
  if (queue === to) return;
  const items = operator.movable(before, queue);
  const ready = items.filter(({ state }) => state === 'ready');
  const delayed = items.filter(({ state }) => state === 'delayed');
  for (const left of leftOf(delayed)) {
    const gone = delayed.filter((item) => !left.includes(item));
    yield* movedSome(before, to, gone, left);
  }
  for (let count = 0; count < ready.length; count++) {
    yield* movedSome(before, to, [...delayed, ...ready.slice(0, count)], ready.slice(count, count + 1));
  }
}

/** Some have gone; and of those that are left one has given up its id. */
function* movedSome(
  before: World,
  to: string,
  gone: readonly Item[],
  left: readonly Item[],
): Generator<World> {
  const part = copyWithWaiters(before);
  part.queue(to);
  const numbers = new Set(gone.map(({ number }) => number));
  for (const item of part.items.filter(({ number }) => numbers.has(number))) {
    operator.giveId(part, item, to);
    item.queue = to;
  }
  for (const { number, jobId } of left) {
    if (jobId === '') continue;
    const next = copyWithWaiters(part);
    const item = next.items.find((each) => each.number === number);
    if (item !== undefined) operator.giveId(next, item, to);
    yield* served(next, to);
  }
  yield* served(part, to);
}

/** Nobody has been served yet, or all have, and what they take for good they may still hold. */
function* served(world: World, queue: string): Generator<World> {
  yield world.copy();
  if (world.waiters.length === 0) return;
  for (const mode of [undefined, 'open'] as const) {
    const after = copyWithWaiters(world, mode);
    readers.serve(after, queue);
    yield after;
  }
}

/** First what has ended there is forgotten for the ids that come; then some lose the ids that are taken there. */
function* movedAtOnce(before: World, queue: string, to: string): Generator<World> {
  const after = before.copy();
  operator.move(after, queue, to);
  const forgotten = [...before.ended.keys()].filter((key) => !after.ended.has(key));
  for (const chosen of subsets(forgotten)) {
    const part = before.copy();
    for (const key of chosen) part.ended.delete(key);
    yield part;
  }
  const unnamed = after.items.filter(
    ({ number, jobId }) =>
      jobId === '' && before.items.some((item) => item.number === number && item.jobId !== ''),
  );
  for (const chosen of subsets(unnamed)) {
    const part = before.copy();
    for (const key of forgotten) part.ended.delete(key);
    for (const item of part.items) if (chosen.some(({ number }) => number === item.number)) part.unname(item);
    yield part;
  }
}

function* halfRetried(before: World, retry: Retry): Generator<World> {
  const { length } = before.failed(retry.queue, retry.jobId);
  for (let count = 1; count < length; count++) yield retrySome(before, retry, count);
}

/** The first few of the failed messages are put back, and nobody is served. */
export function retrySome(before: World, { queue, jobId, delay }: Retry, count: number): World {
  const part = before.copy();
  for (const item of part.failed(queue, jobId).slice(0, count)) {
    beginAnew(item);
    item.expires = Number.POSITIVE_INFINITY;
    part.place(item, part.now() + delay * 1000);
  }
  return part;
}

function has(world: World, { number }: Item): boolean {
  return world.items.some((item) => item.number === number);
}

function subsets<T>(list: readonly T[]): T[][] {
  const [first, ...rest] = list;
  if (first === undefined) return [[]];
  return subsets(rest).flatMap((some) => [some, [first, ...some]]);
}
