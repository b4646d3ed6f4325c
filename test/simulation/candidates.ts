import type { Delivery } from '../../server/engine/api.ts';
import { QueueFullError } from '../../shared/errors.ts';
import type { World } from '../model/world.ts';
import type { Asked, Client } from './client.ts';
import type { Clock } from './clock.ts';
import { between, halfDone, unfinished } from './half-done.ts';
import { copyWithWaiters, type Prediction, perform } from './model-side.ts';
import type { Operation } from './operation.ts';

/** Whether an answer is a promise that what it says outlives what has happened. */
export type IsPromised = (operation: Operation, value: unknown) => boolean;

/** What a client may find after a crash: `firstStage` is the last that is certain to have outlived it. */
export function* candidates(
  client: Client,
  firstStage: number,
  isPromised: IsPromised,
  clock: Clock,
): Generator<World> {
  const { stages, world, asked } = client;
  // The world is that of the last stage, with reads that wait.
  yield* results(copyWithWaiters(world), asked, isPromised);
  if (!canBeNothing(asked, isPromised)) return;
  for (let i = stages.length - 1; i > firstStage; i--) {
    const { world: before, others } = stages[i - 1];
    const { world: after, asked: done, at } = stages[i];
    const { now } = clock;
    clock.now = at;
    const parts = [...(done === undefined ? between(before, after) : results(before, done, isPromised))];
    clock.now = now;
    yield* parts;
    if (done !== undefined && !canBeNothing(done, isPromised)) return;
    yield before.copy();
    for (const other of others) yield other.copy();
  }
}

/** Whether all of these operations may have left nothing. */
function canBeNothing(asked: readonly Asked[], isPromised: IsPromised): boolean {
  return asked.every((each) => isRefused(each) || !isCertain(each, isPromised));
}

function isCertain({ operation, answer }: Asked, isPromised: IsPromised): boolean {
  if (answer === undefined || 'error' in answer) return false;
  return isPromised(operation, answer.value);
}

/** Nothing of it was done, which is not said of what is done one by one. */
function isRefused({ operation, answer }: Asked): boolean {
  if (answer === undefined || !('error' in answer)) return false;
  if (operation.type === 'retryFailed' || operation.type === 'move') return false;
  return !(answer.error instanceof QueueFullError);
}

/** Worlds that operations may lead to which were asked one behind the other, and none of which may be lost. */
function* results(world: World, asked: readonly Asked[], isPromised: IsPromised): Generator<World> {
  const [next, ...rest] = asked;
  if (canBeNothing(asked, isPromised)) yield world.copy();
  if (next === undefined) return;
  if (isRefused(next)) {
    yield* results(world, rest, isPromised);
    return;
  }
  const { operation } = next;
  const isDone = isCertain(next, isPromised);
  if (canBeNothing(rest, isPromised))
    yield* isDone ? unfinished(world, operation) : halfDone(world, operation);
  const after = copyWithWaiters(world);
  const prediction = perform(after, operation);
  if (!fits(prediction, next)) return;
  yield* results(after, rest, isPromised);
  if (isDone || operation.type !== 'read' || operation.mode !== 'take') return;
  // What is taken for good is held until its body has come from the disk.
  const held = copyWithWaiters(world);
  perform(held, { ...operation, mode: 'open' });
  yield* results(held, rest, isPromised);
}

/** Whether an answer, if there is one, is what the model says, which learns from it what the token is. */
function fits(prediction: Prediction, { answer }: Asked): boolean {
  if (answer === undefined || 'error' in answer || prediction.kind !== 'delivery') return true;
  const { expected } = prediction;
  const delivery = answer.value as Delivery | undefined;
  if (expected?.reservation !== undefined && delivery !== undefined) {
    expected.reservation.token = delivery.token;
  }
  return (expected === undefined) === (delivery === undefined);
}
