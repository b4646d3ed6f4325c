import type { Completion, Delivery, ReserveRequest } from '../engine/engine.ts';
import type { Command } from '../protocol/command.ts';
import { type Key, Option } from '../protocol/key.ts';
import { Problem } from '../protocol/problem.ts';
import { concat, type Reply } from '../protocol/replies.ts';
import { client, refuse } from './execute.ts';
import { Exchange, problemOf } from './exchange.ts';
import { readableName, utf8AsLatin1 } from './queue-name.ts';
import { MAX_PENDING, type Session } from './session.ts';

/** Reads of one connection that may be under way at once: each holds a body in memory. */
const MAX_READS = 64;

const OPEN_OR_CLOSE = Option.open | Option.close;

/** get and gets, of one key or many. */
export function read(session: Session, command: Command): void {
  const { keys } = command;
  const key = command.key as Key;
  session.context.stats.getCommands++;
  if (keys === undefined) {
    readOne(session, command, key);
    return;
  }
  if (keys.some((each) => each.has(Option.wait))) {
    refuse(session, command, client('option "t" needs a "get" of one key'));
    return;
  }
  const last = keys.length - 1;
  for (const [i, each] of keys.entries()) readOne(session, command, each, i === last);
}

/** `isLast`: the end of the answer follows. */
function readOne(session: Session, command: Command, key: Key, isLast = true): void {
  const problem = key.options === 0 && !session.reservations.has(key.queue) ? undefined : misuse(session, key);
  if (problem !== undefined) {
    // In the middle of an answer nobody would understand what follows.
    refuse(session, command, command.keys === undefined ? problem : fatal(problem));
    return;
  }
  const exchange = new ReadExchange(session, command, key, isLast);
  session.enter(exchange);
  exchange.start();
  if (key.waitMs > 0 && exchange.reply === undefined) session.block(exchange);
}

function fatal(problem: Problem): Problem {
  return new Problem(problem.kind, problem.text, true);
}

function misuse(session: Session, key: Key): Problem | undefined {
  const isOpen = session.reservations.has(key.queue);
  if (key.has(Option.failed) && key.has(OPEN_OR_CLOSE | Option.abort | Option.wait)) {
    return client('option "failed" goes with "peek" and "info" only');
  }
  if (key.has(Option.peek) && key.has(OPEN_OR_CLOSE | Option.abort)) {
    return client('option "peek" cannot be combined with "open", "close" or "abort"', true);
  }
  if (key.has(Option.abort) && key.has(OPEN_OR_CLOSE)) {
    return client('option "abort" cannot be combined with "open" or "close"', true);
  }
  if (!isOpen || key.has(Option.peek | Option.abort | Option.close | Option.failed)) return undefined;
  return client(`a read is open on this queue already; "close" or "abort" it first`, true);
}

/** One key of a read. */
class ReadExchange extends Exchange implements Completion<Delivery | undefined>, ReserveRequest {
  readonly #key: Key;
  readonly #isLast: boolean;
  /** What of the read is still under way: ending what was open, and reading. */
  #outstanding = 0;
  #reading = false;
  #delivery: Delivery | undefined;

  constructor(session: Session, command: Command, key: Key, isLast: boolean) {
    super(session, command);
    this.#key = key;
    this.#isLast = isLast;
  }

  get queue(): string {
    return this.#key.queue;
  }
  get mode(): 'take' | 'open' {
    return this.#key.has(Option.open | Option.peek) ? 'open' : 'take';
  }
  get failed(): boolean {
    return this.#key.has(Option.failed);
  }
  get waitMs(): number {
    return this.#key.waitMs;
  }
  override get weight(): number {
    return MAX_PENDING / MAX_READS;
  }

  start(): void {
    const key = this.#key;
    const { engine } = this.session.context;
    // One more than there is, until all have been started: they may end at once.
    this.#outstanding = 1;
    if (key.has(Option.close | Option.abort)) {
      const token = this.session.reservations.take(key.queue);
      if (token !== 0) {
        this.#outstanding++;
        const ended = { resolve: () => this.#partDone(), reject: (error: Error) => this.#partFailed(error) };
        if (key.has(Option.close)) engine.complete(token, ended);
        else engine.release(token, true, ended);
      }
    }
    if (key.has(Option.open) || !key.has(Option.close | Option.abort)) {
      this.#outstanding++;
      this.#reading = true;
      // A peek that may wait is an open read that is given back at once.
      if (key.has(Option.peek) && key.waitMs === 0) engine.peek(key.queue, this.failed, this);
      else engine.reserve(this, this);
    }
    this.#partDone();
  }

  resolve(delivery: Delivery | undefined): void {
    this.#reading = false;
    const { engine, stats } = this.session.context;
    if (delivery === undefined) stats.getMisses++;
    else stats.getHits++;
    this.#delivery = delivery;
    if (delivery !== undefined && delivery.token !== 0) {
      if (this.#key.has(Option.peek)) engine.release(delivery.token, false, IGNORED);
      else if (this.session.isClosed) engine.release(delivery.token, true, IGNORED);
      else this.session.reservations.hold(delivery.queue, delivery.token);
    }
    this.#partDone();
  }

  override reject(error: Error): void {
    this.#reading = false;
    this.#partFailed(error);
  }

  override abandon(): void {
    if (this.#reading) this.session.context.engine.abandon(this.#key.queue, this);
  }

  override stopWaiting(): void {
    if (!this.#reading) return;
    this.abandon();
    this.resolve(undefined);
  }

  #partDone(): void {
    if (--this.#outstanding === 0 && this.reply === undefined) this.settle(this.#answer());
  }

  #partFailed(error: Error): void {
    this.#outstanding--;
    if (this.reply !== undefined) return;
    const problem = problemOf(error);
    this.refuse(this.command.keys === undefined ? problem : fatal(problem));
  }

  #answer(): Reply {
    const { replies } = this.session;
    const delivery = this.#delivery;
    const end = this.#isLast ? replies.end(this.command) : '';
    if (delivery === undefined) return concat(replies.miss(this.command, this.#key), end);
    const value = replies.value(this.command, this.#key, {
      flags: delivery.flags,
      cas: delivery.id,
      preface: this.#key.has(Option.info) ? infoLine(delivery) : '',
      body: delivery.body,
      start: delivery.start,
      end: delivery.end,
    });
    return concat(value, end);
  }
}

const IGNORED: Completion<unknown> = { resolve() {}, reject() {} };

/** `/info`: one line of JSON before the body. */
function infoLine(delivery: Delivery): string {
  const info: Record<string, unknown> = {
    queue: readableName(delivery.queue),
    id: String(delivery.id),
    attempt: delivery.attempt,
    enqueued: Math.round(delivery.enqueuedAt),
  };
  if (delivery.failedAt > 0) {
    info.error = delivery.error;
    info.failed = Math.round(delivery.failedAt);
  }
  return `${utf8AsLatin1(JSON.stringify(info))}\n`;
}
