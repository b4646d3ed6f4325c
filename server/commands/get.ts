import type { WatchList } from '../../shared/watch-list.ts';
import { type Completion, type Delivery, IGNORED, type ReserveRequest } from '../engine/api.ts';
import type { Key } from '../protocol/key.ts';
import { Option } from '../protocol/options.ts';
import type { Problem } from '../protocol/problem.ts';
import { concat, type Reply } from '../protocol/replies.ts';
import type { Command } from '../protocol/request.ts';
import { clientError, Exchange, problemOf, readProblem, refuse } from '../session/pipeline.ts';
import { READ_WEIGHT, type Session } from '../session/session.ts';
import { readStatus } from './job-status.ts';
import { infoLine } from './json-lines.ts';
import { LONGEST_LEASE } from './queue-admin.ts';

const OPEN_OR_CLOSE = Option.open | Option.close;
/** Puts back what is open: as an attempt that failed, or as if it had never been taken. */
const GIVE_BACK = Option.abort | Option.return;

/** get, gets, gat and gats, of one key or many. */
export function read(session: Session, command: Command): void {
  const { keys } = command;
  const key = command.key as Key;
  session.context.stats.getCommands++;
  if (isLease(command) && (command.exptime < 0 || command.exptime > LONGEST_LEASE)) {
    refuse(session, command, clientError('invalid exptime argument'));
    return;
  }
  if (keys === undefined) {
    readOne(session, command, key);
    return;
  }
  if (keys.some((each) => each.has(Option.wait))) {
    refuse(session, command, clientError('option "t" needs a "get" of one key'));
    return;
  }
  readFrom(session, command, keys, 0);
}

/** One key after the other, so that no more bodies are in memory than the session allows for. */
function readFrom(session: Session, command: Command, keys: readonly Key[], index: number): void {
  const isLast = index === keys.length - 1;
  readOne(session, command, keys[index] as Key, isLast);
  if (!isLast) session.continueWith(() => readFrom(session, command, keys, index + 1));
}

/** `isLast`: the end of the answer follows. */
function readOne(session: Session, command: Command, key: Key, isLast = true): void {
  if (key.has(Option.id) && !key.has(Option.failed)) {
    readStatus(session, command, key, isLast);
    return;
  }
  const problem =
    key.isPlain && !session.reservations.has(key.queue) ? undefined : misuse(session, command, key);
  if (problem !== undefined) {
    refuse(session, command, readProblem(command, problem));
    return;
  }
  const exchange = new ReadExchange(session, command, key, isLast);
  session.enter(exchange);
  exchange.start();
  // What comes next depends on whether something is open.
  const mayHold = key.has(Option.open) || (isLease(command) && !tellsToken(command));
  if (exchange.reply === undefined && (key.values.waitMs > 0 || mayHold)) session.block(exchange);
}

function isLease(command: Command): boolean {
  return command.verb === 'gat' || command.verb === 'gats';
}

/** Whether the client is told the token of its lease, and so the lease outlives the connection. */
function tellsToken(command: Command): boolean {
  return command.verb === 'gats' || command.frame !== undefined;
}

/** Leaves the message where it is: `/peek`, and a meta `mg` that does not ask for the body. */
function looksOnly(command: Command, key: Key): boolean {
  return key.has(Option.peek) || command.meta?.wantsValue === false;
}

function misuse(session: Session, command: Command, key: Key): Problem | undefined {
  const isOpen = session.reservations.has(key.queue);
  if (key.has(Option.failed) && key.has(OPEN_OR_CLOSE | GIVE_BACK | Option.wait)) {
    return clientError('option "failed" goes with "id", "peek" and "info" only');
  }
  if (key.has(Option.peek) && key.has(OPEN_OR_CLOSE | GIVE_BACK)) {
    return clientError('option "peek" cannot be combined with "open", "close", "abort" or "return"', true);
  }
  if (key.has(GIVE_BACK) && key.has(OPEN_OR_CLOSE)) {
    const option = key.has(Option.abort) ? 'abort' : 'return';
    return clientError(`option "${option}" cannot be combined with "open" or "close"`, true);
  }
  if (key.isReserved && session.watchList === undefined) {
    return clientError(`nothing is watched yet: set "${key.queue}" to a list of queues first`);
  }
  if (!isOpen || looksOnly(command, key) || (isLease(command) && tellsToken(command))) return undefined;
  if (key.has(GIVE_BACK | Option.close | Option.failed)) return undefined;
  return clientError(`a read is open on this queue already; "close" or "abort" it first`, true);
}

/** One key of a read. */
class ReadExchange extends Exchange implements Completion<Delivery | undefined>, ReserveRequest {
  readonly #key: Key;
  readonly #isLast: boolean;
  readonly #looksOnly: boolean;
  /** What of the read is still under way: ending what was open, and reading. */
  #outstanding = 0;
  #reading = false;
  #isPatient = true;
  #delivery: Delivery | undefined;

  constructor(session: Session, command: Command, key: Key, isLast: boolean) {
    super(session, command);
    this.#key = key;
    this.#isLast = isLast;
    this.#looksOnly = looksOnly(command, key);
  }

  get queue(): string {
    return this.#key.queue;
  }
  get watchList(): WatchList | undefined {
    return this.#key.isReserved ? this.session.watchList : undefined;
  }
  get mode(): 'take' | 'open' | 'lease' {
    if (isLease(this.command)) return 'lease';
    return this.#key.has(Option.open) || this.#looksOnly ? 'open' : 'take';
  }
  get leaseMs(): number {
    return isLease(this.command) ? this.command.exptime * 1000 : 0;
  }
  get failed(): boolean {
    return this.#key.has(Option.failed);
  }
  get jobId(): string {
    return this.#key.values.jobId;
  }
  /** 0 once it is to wait no longer: the engine may still be about to ask. */
  get waitMs(): number {
    return this.#isPatient ? Math.min(this.#key.values.waitMs, this.session.context.config.maxWaitMs) : 0;
  }
  get holder(): string {
    return this.session.holder;
  }
  override get weight(): number {
    return READ_WEIGHT;
  }

  start(): void {
    const key = this.#key;
    const { engine } = this.session.context;
    // One more than there is, until all have been started: they may end at once.
    this.#outstanding = 1;
    if (key.has(Option.close | GIVE_BACK)) {
      const token = this.session.reservations.take(key.queue);
      if (token !== 0) {
        this.#outstanding++;
        const ended = { resolve: () => this.#partDone(), reject: (error: Error) => this.#partFailed(error) };
        if (key.has(Option.close)) engine.complete(token, undefined, ended);
        else engine.release(token, !key.has(Option.return), ended);
      }
    }
    if (key.has(Option.open) || !key.has(Option.close | GIVE_BACK)) {
      this.#outstanding++;
      this.#reading = true;
      // A peek that may wait is an open read that is given back at once.
      if (this.#looksOnly && this.waitMs === 0) engine.peek(this, this);
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
      if (this.#looksOnly) engine.release(delivery.token, false, IGNORED);
      else if (this.session.isClosed) engine.release(delivery.token, true, IGNORED);
      else if (this.mode === 'open' || !tellsToken(this.command)) this.#hold(delivery);
    }
    this.#partDone();
  }

  #hold(delivery: Delivery): void {
    const { engine } = this.session.context;
    const leaseMs = this.leaseMs || engine.policy(delivery.queue).leaseMs;
    const lasts = this.mode === 'lease' ? leaseMs : Number.POSITIVE_INFINITY;
    this.session.reservations.hold(this.#key.queue, delivery.token, lasts);
  }

  override reject(error: Error): void {
    this.#reading = false;
    this.#partFailed(error);
  }

  override abandon(): void {
    if (this.#reading) this.session.context.engine.abandon(this.#key.queue, this);
  }

  override stopWaiting(): void {
    this.#isPatient = false;
    this.session.context.engine.stopWaiting(this.#key.queue, this);
  }

  #partDone(): void {
    if (--this.#outstanding === 0 && this.reply === undefined) this.settle(this.#answer());
  }

  #partFailed(error: Error): void {
    this.#outstanding--;
    if (this.reply !== undefined) return;
    this.refuse(readProblem(this.command, problemOf(error)));
  }

  #answer(): Reply {
    const { replies } = this.command;
    const delivery = this.#delivery;
    const end = this.#isLast ? replies.end(this.command) : '';
    if (delivery === undefined) return concat(replies.miss(this.command, this.#key), end);
    const value = replies.value(this.command, this.#key, {
      flags: delivery.flags,
      cas: this.mode === 'lease' ? delivery.token : delivery.id,
      preface: this.#key.has(Option.info) ? infoLine(delivery) : '',
      body: delivery.body,
      start: delivery.start,
      end: delivery.end,
    });
    return concat(value, end);
  }
}
