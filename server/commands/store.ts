import { type Completion, DEFAULT_PRIORITY, type EnqueueRequest, NOT_STORED } from '../engine/api.ts';
import type { Key } from '../protocol/key.ts';
import { Option } from '../protocol/options.ts';
import type { Command } from '../protocol/request.ts';
import { clientError, Exchange, refuse, StatusExchange } from '../session/pipeline.ts';
import type { Session } from '../session/session.ts';
import { manageQueue } from './queue-admin.ts';
import { setServerName } from './reserved-keys.ts';

/** Longest text of `set q/progress`, bytes. */
const MAX_PROGRESS = 1024;

/** A message for a queue. It is its own request, so that storing costs one object. */
class StoreExchange extends Exchange implements Completion<number>, EnqueueRequest {
  readonly #key: Key;

  constructor(session: Session, command: Command, key: Key) {
    super(session, command);
    this.#key = key;
  }

  get queue(): string {
    return this.#key.queue;
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
  get priority(): number {
    return this.#key.values.priority ?? DEFAULT_PRIORITY;
  }
  get delayMs(): number {
    return this.#key.values.delayMs;
  }
  get jobId(): string {
    return this.#key.values.jobId;
  }
  get everyMs(): number {
    return this.#key.values.everyMs;
  }
  get mode(): 'set' | 'add' | 'replace' {
    const { verb } = this.command;
    return verb === 'add' || verb === 'replace' ? verb : 'set';
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
    const isStored = id !== NOT_STORED;
    const status = isStored ? 'stored' : 'not_stored';
    this.settle(this.command.replies.status(this.command, status, isStored ? id : 0));
  }
}

/** set, add, replace, append, prepend; and what a `set` does instead of storing a message. */
export function store(session: Session, command: Command): void {
  const key = command.key as Key;
  const { engine, stats } = session.context;
  if (key.isReserved && key.options === 0) {
    setServerName(session, command, key);
    return;
  }
  if (key.has(Option.close | Option.fail)) {
    endOpenRead(session, command, key);
    return;
  }
  if (key.has(Option.progress)) {
    tellProgress(session, command, key);
    return;
  }
  if (key.has(Option.pause | Option.resume | Option.move)) {
    manageQueue(session, command, key);
    return;
  }
  stats.setCommands++;
  if (command.cas !== 0) {
    refuse(session, command, clientError('cas is not supported: a message in a queue is never changed'));
    return;
  }
  const exchange = new StoreExchange(session, command, key);
  session.enter(exchange);
  engine.enqueue(exchange, exchange);
}

/** `set q/close` with a result, `set q/fail` with an error text. */
function endOpenRead(session: Session, command: Command, key: Key): void {
  const exchange = new StatusExchange(session, command, 'stored', 'not_stored');
  session.enter(exchange);
  const { engine } = session.context;
  const token = key.values.leaseToken || session.reservations.take(key.queue);
  const text = command.copyBody();
  if (token === 0) exchange.resolve(false);
  else if (key.has(Option.close)) engine.complete(token, text, exchange);
  else engine.fail({ token, error: text, final: key.has(Option.final) }, exchange);
}

/** `set q/progress`: how far the open job is, as JSON or as text, for its status. */
function tellProgress(session: Session, command: Command, key: Key): void {
  const text = command.copyBody();
  if (text.length > MAX_PROGRESS) {
    refuse(session, command, clientError(`progress is longer than ${MAX_PROGRESS} bytes`));
    return;
  }
  const exchange = new StatusExchange(session, command, 'stored', 'not_stored');
  session.enter(exchange);
  const token = key.values.leaseToken || session.reservations.token(key.queue);
  if (token === 0) exchange.resolve(false);
  else session.context.engine.progress(token, text.toString('utf8'), exchange);
}
