import type { Command } from '../protocol/command.ts';
import { type Key, Option } from '../protocol/key.ts';
import { client, refuse } from './execute.ts';
import { StatusExchange } from './exchange.ts';
import type { Session } from './session.ts';

/** `delete q`: the queue with all that is in it. */
export function drop(session: Session, command: Command): void {
  const exchange = new StatusExchange(session, command, 'deleted', 'not_found');
  session.enter(exchange);
  session.context.engine.drop((command.key as Key).queue, exchange);
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
    refuse(session, command, client('flush_all not allowed'));
    return;
  }
  if (command.exptime !== 0) {
    refuse(session, command, client('flush_all cannot be delayed'));
    return;
  }
  const exchange = new StatusExchange(session, command, 'ok');
  session.enter(exchange);
  session.context.engine.purge(undefined, exchange);
}

/** `touch q/failed S`: all failed messages are tried again, S seconds from now. */
export function retryFailed(session: Session, command: Command): void {
  const key = command.key as Key;
  if (!key.has(Option.failed)) {
    refuse(session, command, client('touch without the option "failed" is not supported yet'));
    return;
  }
  if (command.exptime < 0) {
    refuse(session, command, client('invalid exptime argument'));
    return;
  }
  const exchange = new StatusExchange(session, command, 'touched', 'not_found');
  session.enter(exchange);
  session.context.engine.retryFailed(key.queue, command.exptime, exchange);
}
