import { enqueue } from '../model/enqueue.ts';
import type { Expected, Reservation } from '../model/item.ts';
import * as lifecycle from '../model/lifecycle.ts';
import * as operator from '../model/operator.ts';
import * as readers from '../model/readers.ts';
import { resumeSchedule, runNow, setDisabled } from '../model/schedule.ts';
import { type Known, status } from '../model/status.ts';
import type { World } from '../model/world.ts';
import type { Operation, Read } from './operation.ts';

/** What the engine has to answer. */
export type Prediction =
  | { readonly kind: 'stored'; readonly number: number }
  | { readonly kind: 'delivery'; readonly expected: Expected | undefined }
  | { readonly kind: 'status'; readonly known: Known | undefined }
  | { readonly kind: 'value'; readonly value: unknown };

/** Has the model do it. Whatever it is, it may be what a group waits for. */
export function perform(world: World, operation: Operation): Prediction {
  const prediction = performAlone(world, operation);
  for (const { queue } of world.waiters) readers.serve(world, queue);
  return prediction;
}

function performAlone(world: World, operation: Operation): Prediction {
  switch (operation.type) {
    case 'enqueue':
      return { kind: 'stored', number: enqueue(world, operation.queue, operation) };
    case 'read':
      return delivery(readers.reserve(world, operation.queues, operation));
    case 'takeFailed':
      return delivery(readers.takeFailed(world, operation.queue, operation.jobId));
    case 'peek':
      return delivery(readers.peek(world, operation.queue, operation.failed, operation.jobId));
    case 'complete':
      return withHeld(world, operation.token, (held) => lifecycle.complete(world, held, operation.result));
    case 'release':
      return withHeld(world, operation.token, (held) => lifecycle.release(world, held, operation.reason));
    case 'fail':
      return withHeld(world, operation.token, (held) => lifecycle.fail(world, held, operation));
    case 'extend':
      return withHeld(world, operation.token, (held) => lifecycle.extend(world, held, operation.leaseMs));
    case 'progress':
      return withHeld(world, operation.token, (held) => lifecycle.progress(held, operation.text));
    case 'status':
      return { kind: 'status', known: status(world, operation.queue, operation.jobId) };
    case 'cancel':
      return value(operator.cancel(world, operation.queue, operation.jobId));
    case 'retryFailed':
      return value(lifecycle.retryFailed(world, operation.queue, operation.jobId, operation.delay));
    case 'discardFailed':
      return value(operator.discardFailed(world, operation.queue, operation.jobId));
    case 'purge':
      return value(operator.purge(world, operation.queue));
    case 'drop':
      return value(operator.drop(world, operation.queue));
    case 'pause':
      operator.pause(world, operation.queue);
      return value(undefined);
    case 'resume':
      return value(operator.resume(world, operation.queue));
    case 'move':
      return value(operator.move(world, operation.queue, operation.to));
    case 'runNow':
      return value(runNow(world, operation.name));
    case 'setDisabled':
      return value(setDisabled(world, operation.name, operation.isDisabled));
    case 'schedule':
      world.schedule = operation.lines;
      return value(resumeSchedule(world));
  }
}

/** The message that is reserved under a token. */
export function heldBy(world: World, token: number): Reservation | undefined {
  return world.items.find(({ reservation }) => reservation?.token === token)?.reservation;
}

/** The same world, with reads that wait but tell nobody. */
export function copyWithWaiters(world: World, mode?: Read['mode']): World {
  const copy = world.copy();
  copy.waiters = world.waiters.map((waiter) => ({ ...waiter, mode: mode ?? waiter.mode, answer: () => {} }));
  return copy;
}

function delivery(expected: Expected | undefined): Prediction {
  return { kind: 'delivery', expected };
}

function value(answer: unknown): Prediction {
  return { kind: 'value', value: answer };
}

function withHeld(world: World, token: number, act: (held: Reservation) => boolean): Prediction {
  const held = heldBy(world, token);
  return value(held === undefined ? false : act(held));
}
