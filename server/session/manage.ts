import type { Command } from '../protocol/command.ts';
import { type Key, Option } from '../protocol/key.ts';
import { clientError, refuse, StatusExchange } from './exchange.ts';
import type { Session } from './session.ts';

/**
 * `delete q/lease=T`, or with a CAS: done with that lease. `delete q`: done with the lease that the connection holds
 * on it; else the queue goes with all that is in it.
 */
export function remove(session: Session, command: Command): void {
  const key = command.key as Key;
  const { engine } = session.context;
  const { reservations } = session;
  const isHeld = reservations.hasLease(key.queue);
  const token = key.leaseToken || command.cas || (isHeld ? reservations.take(key.queue) : 0);
  if (token === 0 && key.isReserved) {
    refuse(session, command, clientError(`"${key.queue}" cannot be deleted`));
    return;
  }
  const exchange = new StatusExchange(session, command, 'deleted', 'not_found');
  session.enter(exchange);
  if (token !== 0) engine.complete(token, exchange);
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

/** Longest lease, seconds: what memcached still takes for a time from now on. */
export const LONGEST_LEASE = 60 * 60 * 24 * 30;

/**
 * `touch q/failed S`: all failed messages are tried again, S seconds from now. `touch q S`, `touch q/lease=T S`: the
 * open read or the lease lasts S seconds from now on.
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
    engine.retryFailed(key.queue, command.exptime, exchange);
    return;
  }
  const leaseMs = command.exptime * 1000;
  if (key.leaseToken !== 0) {
    engine.extend(key.leaseToken, leaseMs, exchange);
    return;
  }
  const token = reservations.token(key.queue);
  if (reservations.has(key.queue) && reservations.hasLease(key.queue)) {
    reservations.hold(key.queue, token, leaseMs || engine.policy(key.queue).leaseMs);
  }
  if (token === 0) exchange.resolve(false);
  else engine.extend(token, leaseMs, exchange);
}
