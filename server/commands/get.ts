import type { WatchList } from '../../shared/watch-list.ts';
import { type Completion, type Delivery, IGNORED, type ReserveRequest } from '../engine/api.ts';
import type { Key } from '../protocol/key.ts';
import { Option } from '../protocol/options.ts';
import { clientError, type Problem } from '../protocol/problem.ts';
import type { Value } from '../protocol/reply.ts';
import type { Request } from '../protocol/request.ts';
import type { Client } from '../session/client.ts';
import type { Context } from './context.ts';
import { CONTROL, readOrders } from './control.ts';
import { readStatus } from './job-status.ts';
import { infoLine } from './json-lines.ts';
import { KeyRead } from './key-read.ts';
import { leaseTimeProblem } from './validate.ts';

const OPEN_OR_CLOSE = Option.open | Option.close;
/** Puts back what is open: as an attempt that failed, or as if it had never been taken. */
const GIVE_BACK = Option.abort | Option.return;

/** get, gets, gat and gats, of one key or many. */
export function get(context: Context, request: Request, key: Key): void {
  const { keys } = request;
  // As memcached: one a key.
  const count = keys?.length ?? 1;
  context.counters.getCommands += count;
  if (isLease(request)) context.counters.touchCommands += count;
  const problem = isLease(request) ? leaseTimeProblem(request) : undefined;
  if (problem !== undefined) {
    context.pipeline.refuse(request, problem);
    return;
  }
  if (keys === undefined) {
    readOne(context, request, key, true);
    return;
  }
  if (keys.some((each) => each.has(Option.wait))) {
    context.pipeline.refuse(request, clientError('option "t" needs a "get" of one key'));
    return;
  }
  readFrom(context, request, keys, 0);
}

/** One key after the other, so that no more bodies are in memory than the pipeline allows for. */
function readFrom(context: Context, request: Request, keys: readonly Key[], index: number): void {
  const isLast = index === keys.length - 1;
  readOne(context, request, keys[index] as Key, isLast);
  if (!isLast) context.pipeline.continueWith(() => readFrom(context, request, keys, index + 1));
}

/** `isLast`: the end of the reply follows. */
function readOne(context: Context, request: Request, key: Key, isLast: boolean): void {
  if (key.has(Option.id) && !key.has(Option.failed)) {
    readStatus(context, request, key, isLast);
    return;
  }
  if (key.queue === CONTROL) {
    readOrders(context, request, key, isLast);
    return;
  }
  const { pipeline, client } = context;
  const read = new Read(context, request, key, isLast);
  pipeline.enter(read);
  const problem = key.isPlain && !client.leases.has(key.queue) ? undefined : misuse(client, request, key);
  if (problem !== undefined) {
    read.refuse(problem);
    return;
  }
  read.start();
  // What comes next depends on whether something is open.
  const mayHold = key.has(Option.open) || (isLease(request) && !tellsToken(request));
  if (read.reply === undefined && (key.values.waitMs > 0 || mayHold)) pipeline.block(read);
}

function isLease(request: Request): boolean {
  return request.verb === 'gat' || request.verb === 'gats';
}

/** Whether the client is told the token of its lease, and so the lease outlives the connection. */
function tellsToken(request: Request): boolean {
  return request.verb === 'gats' || request.frame !== undefined;
}

/** Leaves the message where it is: `/peek`, and a meta `mg` that does not ask for the body. */
function looksOnly(request: Request, key: Key): boolean {
  return key.has(Option.peek) || request.meta?.wantsValue === false;
}

function misuse(client: Client, request: Request, key: Key): Problem | undefined {
  const isOpen = client.leases.has(key.queue);
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
  if (key.isReserved && client.watchList === undefined) {
    return clientError(`nothing is watched yet: set "${key.queue}" to a list of queues first`);
  }
  if (!isOpen || looksOnly(request, key) || (isLease(request) && tellsToken(request))) return undefined;
  if (key.has(GIVE_BACK | Option.close | Option.failed)) return undefined;
  return clientError(`a read is open on this queue already; "close" or "abort" it first`, true);
}

/** A read of one queue, or of those that are watched. It is its own request to the engine. */
class Read extends KeyRead implements Completion<Delivery | undefined>, ReserveRequest {
  readonly #looksOnly: boolean;
  /** What of the read is still under way: ending what was open, and reading. */
  #outstanding = 0;
  #reading = false;
  #isPatient = true;
  #delivery: Delivery | undefined;

  constructor(context: Context, request: Request, key: Key, isLast: boolean) {
    super(context, request, key, isLast);
    this.#looksOnly = looksOnly(request, key);
  }

  get queue(): string {
    return this.key.queue;
  }
  get watchList(): WatchList | undefined {
    return this.key.isReserved ? this.context.client.watchList : undefined;
  }
  get mode(): 'take' | 'open' | 'lease' {
    if (isLease(this.request)) return 'lease';
    return this.key.has(Option.open) || this.#looksOnly ? 'open' : 'take';
  }
  get leaseMs(): number {
    return isLease(this.request) ? this.request.exptime * 1000 : 0;
  }
  get failed(): boolean {
    return this.key.has(Option.failed);
  }
  get jobId(): string {
    return this.key.values.jobId;
  }
  /** 0 once it is to wait no longer: the engine may still be about to ask. */
  get waitMs(): number {
    return this.#isPatient ? Math.min(this.key.values.waitMs, this.context.server.settings.maxWaitMs) : 0;
  }
  get holder(): string {
    return this.context.client.holder;
  }

  start(): void {
    const { key } = this;
    const reads = key.has(Option.open) || !key.has(Option.close | GIVE_BACK);
    // One more than there is, until all have been started: they may end at once.
    this.#outstanding = reads ? 2 : 1;
    const isEnded = !key.has(Option.close | GIVE_BACK) || this.#endOpen(reads);
    if (reads && isEnded) this.#read();
    this.#partDone();
  }

  /** Ends what is open. False where that takes a while: until then it counts as running, so a read that follows begins after it. */
  #endOpen(readFollows: boolean): boolean {
    const { key } = this;
    const { engine, client } = this.context;
    const held = client.leases.take(key.queue);
    if (held === undefined) return true;
    const { token } = held;
    this.#outstanding++;
    let isLate = false;
    const ended = {
      resolve: () => {
        if (isLate && readFollows && !this.pipeline.isClosed) this.#read();
        this.#partDone();
      },
      reject: (error: Error) => {
        client.leases.restore(held);
        this.#partFailed(error);
      },
    };
    if (key.has(Option.close)) engine.complete(token, undefined, ended);
    else engine.release(token, key.has(Option.return) ? 'return' : 'abort', ended);
    isLate = engine.isHeld(token);
    return !isLate;
  }

  #read(): void {
    const { engine } = this.context;
    this.#reading = true;
    // A peek that may wait is an open read that is given back at once.
    if (this.#looksOnly && this.waitMs === 0) engine.peek(this, this);
    else engine.reserve(this, this);
  }

  resolve(delivery: Delivery | undefined): void {
    this.#reading = false;
    this.count(delivery !== undefined);
    this.#delivery = delivery;
    if (delivery !== undefined && delivery.token !== 0) {
      const { engine, client } = this.context;
      // Whose reader has gone is told to nobody.
      if (this.#looksOnly || this.pipeline.isClosed) engine.release(delivery.token, 'unread', IGNORED);
      else if (this.mode === 'open' || !tellsToken(this.request)) {
        client.leases.hold(this.key.queue, delivery.token, this.mode === 'open');
      }
    }
    this.#partDone();
  }

  override reject(error: Error): void {
    this.#reading = false;
    this.#partFailed(error);
  }

  override abandon(): void {
    if (this.#reading) this.context.engine.abandon(this);
  }

  override stopWaiting(): void {
    this.#isPatient = false;
    this.context.engine.stopWaiting(this);
  }

  #partDone(): void {
    if (--this.#outstanding === 0 && this.reply === undefined) this.answerWith(this.#value());
  }

  #partFailed(error: Error): void {
    this.#outstanding--;
    if (this.reply === undefined) super.reject(error);
  }

  #value(): Value | undefined {
    const delivery = this.#delivery;
    return (
      delivery && {
        flags: delivery.flags,
        cas: this.mode === 'lease' ? delivery.token : delivery.id,
        preface: this.key.has(Option.info) ? infoLine(delivery) : '',
        body: delivery.body,
        start: delivery.start,
        end: delivery.end,
      }
    );
  }
}
