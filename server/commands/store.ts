import type { Backoff } from '../../shared/backoff.ts';
import { type Completion, DEFAULT_PRIORITY, type EnqueueRequest, NOT_STORED } from '../engine/api.ts';
import type { Key } from '../protocol/key.ts';
import { Option } from '../protocol/options.ts';
import { clientError } from '../protocol/problem.ts';
import type { Request, Verb } from '../protocol/request.ts';
import { Exchange, isForSpace, StatusExchange } from '../session/pipeline.ts';
import type { Context } from './context.ts';
import { manageQueue } from './queue-admin.ts';
import { setReservedKey } from './reserved-keys.ts';
import type { Counters } from './server-stats.ts';

/** Longest text of `set q/progress`, bytes. */
const MAX_PROGRESS = 1024;

/** A message for a queue. It is its own request to the engine, so that storing costs one object. */
class Store extends Exchange implements Completion<number>, EnqueueRequest {
  readonly #key: Key;
  readonly #counters: Counters;

  constructor({ pipeline, counters }: Context, request: Request, key: Key) {
    super(pipeline, request);
    this.#key = key;
    this.#counters = counters;
  }

  get queue(): string {
    return this.#key.queue;
  }
  get flags(): number {
    return this.request.flags;
  }
  get exptime(): number {
    return this.request.exptime;
  }
  get ahead(): boolean {
    return this.request.verb === 'prepend';
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
  get maxAttempts(): number {
    return this.#key.values.maxAttempts;
  }
  get backoff(): Backoff | undefined {
    return this.#key.values.backoff;
  }
  get group(): string {
    return this.#key.values.group;
  }
  get mode(): 'set' | 'add' | 'replace' {
    const { verb } = this.request;
    return verb === 'add' || verb === 'replace' ? verb : 'set';
  }
  get body(): Buffer {
    return this.request.body;
  }
  get start(): number {
    return this.request.bodyStart;
  }
  get end(): number {
    return this.request.bodyEnd;
  }

  resolve(id: number): void {
    const isStored = id !== NOT_STORED;
    const status = isStored ? 'stored' : 'not_stored';
    this.answer(this.pipeline.encoder.status(this.request, status, isStored ? id : 0));
  }

  override reject(error: Error): void {
    if (isForSpace(error)) this.#counters.noSpace++;
    super.reject(error);
  }
}

const STORES: ReadonlySet<Verb> = new Set(['set', 'add', 'replace', 'append', 'prepend']);
/** With them a `set` does something else. */
const INSTEAD =
  Option.close | Option.fail | Option.return | Option.progress | Option.pause | Option.resume | Option.move;

/** Whether what comes with the request is a message for a queue. */
export function isMessage({ verb, key }: Request): boolean {
  if (key === undefined || !STORES.has(verb)) return false;
  return key.problem === undefined && !key.isReserved && !key.has(INSTEAD);
}

/** set, add, replace, append, prepend; and what a `set` does instead of storing a message. */
export function store(context: Context, request: Request, key: Key): void {
  const { pipeline } = context;
  if (key.isReserved && key.options === 0) {
    setReservedKey(context, request, key);
    return;
  }
  if (key.has(Option.close | Option.fail | Option.return)) {
    endOpenRead(context, request, key);
    return;
  }
  if (key.has(Option.progress)) {
    tellProgress(context, request, key);
    return;
  }
  if (key.has(Option.pause | Option.resume | Option.move)) {
    manageQueue(context, request, key);
    return;
  }
  if (request.cas !== 0) {
    refuseCas(context, request);
    return;
  }
  context.counters.setCommands++;
  const exchange = new Store(context, request, key);
  pipeline.enter(exchange);
  context.engine.enqueue(exchange, exchange);
}

/** `cas`, or a store with a CAS. It counts as a store besides: who watches memcached takes it off there. */
export function refuseCas({ counters, pipeline }: Context, request: Request): void {
  counters.setCommands++;
  counters.casMisses++;
  pipeline.refuse(request, clientError('cas is not supported: a message in a queue is never changed'));
}

/** `set q/close` with a result, `set q/fail` with an error text, `set q/return`, whose value says nothing. */
function endOpenRead(context: Context, request: Request, key: Key): void {
  const { engine, client, pipeline } = context;
  const exchange = new StatusExchange(pipeline, request, 'stored', 'not_stored');
  pipeline.enter(exchange);
  const { leases } = client;
  const token = key.values.leaseToken || exchange.ends(leases, leases.take(key.queue));
  if (token === 0) exchange.resolve(false);
  else if (key.has(Option.return)) engine.release(token, 'return', exchange);
  else if (key.has(Option.close)) engine.complete(token, request.copyBody(), exchange);
  else {
    const error = request.copyBody();
    engine.fail({ token, error, final: key.has(Option.final), died: key.has(Option.died) }, exchange);
  }
}

/** `set q/progress`: how far the open job is, as JSON or as text, for its status. */
function tellProgress(context: Context, request: Request, key: Key): void {
  const { engine, client, pipeline } = context;
  const text = request.copyBody();
  if (text.length > MAX_PROGRESS) {
    pipeline.refuse(request, clientError(`progress is longer than ${MAX_PROGRESS} bytes`));
    return;
  }
  const exchange = new StatusExchange(pipeline, request, 'stored', 'not_stored');
  pipeline.enter(exchange);
  const token = key.values.leaseToken || client.leases.token(key.queue);
  if (token === 0) exchange.resolve(false);
  else engine.progress(token, text.toString('utf8'), exchange);
}
