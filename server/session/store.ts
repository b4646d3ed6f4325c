import type { Completion, EnqueueRequest } from '../engine/engine.ts';
import type { Command } from '../protocol/command.ts';
import { type Key, Option } from '../protocol/key.ts';
import { clientError, Exchange, refuse, StatusExchange } from './exchange.ts';
import { setServerName } from './server-names.ts';
import type { Session } from './session.ts';

/** A message for a queue. It is its own request, so that storing costs one object. */
class StoreExchange extends Exchange implements Completion<number>, EnqueueRequest {
  get queue(): string {
    return (this.command.key as Key).queue;
  }
  get flags(): number {
    return this.command.flags;
  }
  get exptime(): number {
    return this.command.exptime;
  }
  get ahead(): boolean {
    return this.command.verb === 'prepend';
  }
  get body(): Buffer {
    return this.command.body;
  }
  get start(): number {
    return this.command.bodyStart;
  }
  get end(): number {
    return this.command.bodyEnd;
  }

  resolve(id: number): void {
    this.settle(this.command.replies.status(this.command, 'stored', id));
  }
}

/** set, add, replace, append, prepend; and the two ways to end an open read with a text. */
export function store(session: Session, command: Command): void {
  const key = command.key as Key;
  const { engine, stats } = session.context;
  if (key.isReserved && key.options === 0) {
    setServerName(session, command, key);
    return;
  }
  if (key.options !== 0) {
    endOpenRead(session, command, key);
    return;
  }
  stats.setCommands++;
  if (command.cas !== 0) {
    refuse(session, command, clientError('cas is not supported: a message in a queue is never changed'));
    return;
  }
  const exchange = new StoreExchange(session, command);
  session.enter(exchange);
  // Nothing can be replaced that has no name.
  if (command.verb === 'replace') exchange.settle(command.replies.status(command, 'not_stored'));
  else engine.enqueue(exchange, exchange);
}

/** `set q/close` with a result, `set q/fail` with an error text. */
function endOpenRead(session: Session, command: Command, key: Key): void {
  if (key.has(Option.close) === key.has(Option.fail)) {
    refuse(
      session,
      command,
      clientError('"set" takes one of the options "close" and "fail"; "final" and "lease" go with them'),
    );
    return;
  }
  if (key.has(Option.close) && key.has(Option.final)) {
    refuse(session, command, clientError('option "final" goes with "fail"'));
    return;
  }
  const exchange = new StatusExchange(session, command, 'stored', 'not_stored');
  session.enter(exchange);
  const { engine } = session.context;
  const token = key.leaseToken || session.reservations.take(key.queue);
  if (token === 0) exchange.resolve(false);
  else if (key.has(Option.close)) engine.complete(token, exchange);
  else engine.fail({ token, error: command.copyBody(), final: key.has(Option.final) }, exchange);
}
