import type { QueueName } from '../engine/api.ts';
import { Key } from '../protocol/key.ts';
import { Option } from '../protocol/options.ts';
import { clientError } from '../protocol/problem.ts';
import type { Request } from '../protocol/request.ts';
import { StatusExchange } from '../session/pipeline.ts';
import type { Context } from './context.ts';
import { CountedExchange } from './counted-exchange.ts';
import { SERVERS_OWN } from './reserved-keys.ts';
import { leaseTimeProblem } from './validate.ts';

/**
 * `delete q/id=K`: the job is cancelled. `delete q/failed/id=K`: it had failed, and is discarded. `delete q/lease=T`,
 * or with a CAS: done with that lease. `delete q`: done with the lease that the connection holds on it; else the queue
 * goes with all that is in it.
 */
export function remove(context: Context, request: Request, key: Key): void {
  const { engine, pipeline } = context;
  const { leases } = context.client;
  if (key.has(Option.id)) {
    const exchange = new CountedExchange(context, request, 'deleted', 'deleteHits', 'deleteMisses');
    pipeline.enter(exchange);
    if (key.has(Option.failed)) engine.discardFailed(key.queue, key.values.jobId, exchange);
    else engine.cancel(key.queue, key.values.jobId, exchange);
    return;
  }
  const named = key.values.leaseToken || request.cas;
  const isHeld = named === 0 && leases.hasLease(key.queue);
  if (named === 0 && !isHeld && key.isReserved) {
    pipeline.refuse(request, clientError(`"${key.queue}" cannot be deleted`));
    return;
  }
  const exchange = new CountedExchange(context, request, 'deleted', 'deleteHits', 'deleteMisses');
  pipeline.enter(exchange);
  const token = isHeld ? exchange.ends(leases, leases.take(key.queue)) : named;
  if (token !== 0) engine.complete(token, undefined, exchange);
  else if (!engine.drop(key.queue, exchange)) pipeline.block(exchange);
}

/** `flush q`: what waits in one queue. */
export function flush(context: Context, request: Request, key: Key): void {
  purge(context, request, key.queue);
}

/** `flush_all`: what waits in all queues. */
export function flushAll(context: Context, request: Request): void {
  const { pipeline, server } = context;
  if (server.settings.flushAllDisabled) {
    pipeline.refuse(request, clientError('flush_all not allowed'));
    return;
  }
  if (request.exptime !== 0) {
    pipeline.refuse(request, clientError('flush_all cannot be delayed'));
    return;
  }
  purge(context, request, undefined);
}

function purge(context: Context, request: Request, queue: QueueName | undefined): void {
  const { engine, pipeline, counters } = context;
  counters.flushCommands++;
  const exchange = new StatusExchange(pipeline, request, 'ok');
  pipeline.enter(exchange);
  if (!engine.purge(queue, exchange)) pipeline.block(exchange);
}

/** `set q/pause`, `set q/resume`, and `set q/move` with the name of the queue that all goes to. */
export function manageQueue(context: Context, request: Request, key: Key): void {
  const { engine, pipeline } = context;
  const target = key.has(Option.move) ? request.copyBody().toString('latin1') : undefined;
  const problem = target === undefined ? undefined : nameProblem(target);
  if (problem !== undefined) {
    pipeline.refuse(request, clientError(`not the name of a queue: ${problem}`));
    return;
  }
  const exchange = new StatusExchange(pipeline, request, 'stored', 'not_stored');
  pipeline.enter(exchange);
  if (target !== undefined) {
    if (!engine.move(key.queue, target, exchange)) pipeline.block(exchange);
  } else if (key.has(Option.pause)) engine.pause(key.queue, exchange);
  else engine.resume(key.queue, exchange);
}

/** Why a key would not be a queue's name and nothing else. */
function nameProblem(text: string): string | undefined {
  const key = new Key(text);
  if (key.problem !== undefined) return key.problem.text;
  if (key.isReserved) return SERVERS_OWN;
  return key.isPlain ? undefined : 'it has options';
}

/**
 * `touch q/failed S`: all failed messages are tried again, S seconds from now; `touch q/failed/id=K S`: that job is.
 * `touch q S`, `touch q/lease=T S`: the open read or the lease lasts S seconds from now on.
 */
export function touch(context: Context, request: Request, key: Key): void {
  const { engine, pipeline } = context;
  const { leases, info } = context.client;
  context.counters.touchCommands++;
  const problem = leaseTimeProblem(request);
  if (problem !== undefined) {
    pipeline.refuse(request, problem);
    return;
  }
  const exchange = new CountedExchange(context, request, 'touched', 'touchHits', 'touchMisses');
  pipeline.enter(exchange);
  if (key.has(Option.failed)) {
    if (!engine.retryFailed(key.queue, key.values.jobId, request.exptime, exchange)) {
      pipeline.block(exchange);
    }
    return;
  }
  const leaseMs = request.exptime * 1000;
  if (key.values.leaseToken !== 0) {
    engine.extend(key.values.leaseToken, leaseMs, info, exchange);
    return;
  }
  const token = leases.token(key.queue);
  if (token === 0) exchange.resolve(false);
  else engine.extend(token, leaseMs, info, exchange);
}
