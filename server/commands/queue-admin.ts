import { Key } from '../protocol/key.ts';
import { Option } from '../protocol/options.ts';
import type { Command } from '../protocol/request.ts';
import { clientError, refuse, StatusExchange } from '../session/pipeline.ts';
import type { Session } from '../session/session.ts';

/**
 * `delete q/id=K`: the job is cancelled. `delete q/failed/id=K`: it had failed, and is discarded. `delete q/lease=T`,
 * or with a CAS: done with that lease. `delete q`: done with the lease that the connection holds on it; else the queue
 * goes with all that is in it.
 */
export function remove(session: Session, command: Command): void {
  const key = command.key as Key;
  const { engine } = session.context;
  const { reservations } = session;
  if (key.has(Option.id)) {
    const exchange = new StatusExchange(session, command, 'deleted', 'not_found');
    session.enter(exchange);
    if (key.has(Option.failed)) engine.discardFailed(key.queue, key.values.jobId, exchange);
    else engine.cancel(key.queue, key.values.jobId, exchange);
    return;
  }
  const isHeld = reservations.hasLease(key.queue);
  const token = key.values.leaseToken || command.cas || (isHeld ? reservations.take(key.queue) : 0);
  if (token === 0 && key.isReserved) {
    refuse(session, command, clientError(`"${key.queue}" cannot be deleted`));
    return;
  }
  const exchange = new StatusExchange(session, command, 'deleted', 'not_found');
  session.enter(exchange);
  if (token !== 0) engine.complete(token, undefined, exchange);
  else engine.drop(key.queue, exchange);
}

/** `flush q`: what waits in one queue. */
export function flush(session: Session, command: Command): void {
  const exchange = new StatusExchange(session, command, 'ok');
  session.enter(exchange);
  session.context.engine.purge((command.key as Key).queue, exchange);
}

/** `flush_all`: what waits in all queues. */
export function flushAll(session: Session, command: Command): void {
  if (session.context.config.flushAllDisabled) {
    refuse(session, command, clientError('flush_all not allowed'));
    return;
  }
  if (command.exptime !== 0) {
    refuse(session, command, clientError('flush_all cannot be delayed'));
    return;
  }
  const exchange = new StatusExchange(session, command, 'ok');
  session.enter(exchange);
  session.context.engine.purge(undefined, exchange);
}

/** `set q/pause`, `set q/resume`, and `set q/move` with the name of the queue that all goes to. */
export function manageQueue(session: Session, command: Command, key: Key): void {
  const target = key.has(Option.move) ? command.copyBody().toString('latin1') : undefined;
  const problem = target === undefined ? undefined : nameProblem(target);
  if (problem !== undefined) {
    refuse(session, command, clientError(`not the name of a queue: ${problem}`));
    return;
  }
  const exchange = new StatusExchange(session, command, 'stored', 'not_stored');
  session.enter(exchange);
  const { engine } = session.context;
  if (target !== undefined) engine.move(key.queue, target, exchange);
  else if (key.has(Option.pause)) engine.pause(key.queue, exchange);
  else engine.resume(key.queue, exchange);
}

/** Why a key would not be a queue's name and nothing else. */
function nameProblem(text: string): string | undefined {
  const key = new Key(text);
  if (key.problem !== undefined) return key.problem.text;
  if (key.isReserved) return "names that begin with $ are the server's own";
  return key.isPlain ? undefined : 'it has options';
}

/** Longest lease, seconds: what memcached still takes for a time from now on. */
export const LONGEST_LEASE = 60 * 60 * 24 * 30;

/**
 * `touch q/failed S`: all failed messages are tried again, S seconds from now; `touch q/failed/id=K S`: that job is.
 * `touch q S`, `touch q/lease=T S`: the open read or the lease lasts S seconds from now on.
 */
export function touch(session: Session, command: Command): void {
  const key = command.key as Key;
  if (command.exptime < 0 || command.exptime > LONGEST_LEASE) {
    refuse(session, command, clientError('invalid exptime argument'));
    return;
  }
  const exchange = new StatusExchange(session, command, 'touched', 'not_found');
  session.enter(exchange);
  const { engine } = session.context;
  const { reservations } = session;
  if (key.has(Option.failed)) {
    engine.retryFailed(key.queue, key.values.jobId, command.exptime, exchange);
    return;
  }
  const leaseMs = command.exptime * 1000;
  if (key.values.leaseToken !== 0) {
    engine.extend(key.values.leaseToken, leaseMs, exchange);
    return;
  }
  const token = reservations.token(key.queue);
  if (reservations.has(key.queue) && reservations.hasLease(key.queue)) {
    reservations.hold(key.queue, token, leaseMs || engine.policy(key.queue).leaseMs);
  }
  if (token === 0) exchange.resolve(false);
  else engine.extend(token, leaseMs, exchange);
}
