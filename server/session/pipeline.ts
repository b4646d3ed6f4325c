import { MemqError } from '../../shared/errors.ts';
import type { Completion } from '../engine/api.ts';
import type { Encoder } from '../protocol/encoder.ts';
import { Problem, type ProblemKind } from '../protocol/problem.ts';
import { TEXT } from '../protocol/protocols.ts';
import { type Reply, type Status, settled } from '../protocol/reply.ts';
import type { Request } from '../protocol/request.ts';
import type { HeldLease, HeldLeases } from './held-leases.ts';
import { MAX_OUTPUT, MAX_PENDING } from './limits.ts';
import type { Output } from './transport.ts';

/** The requests of one connection that are under way. Replies leave in the order of the requests. */
export class Pipeline {
  /** Of what the client speaks, once its first byte has come. */
  encoder: Encoder = TEXT.encoder;
  readonly #output: Output;
  readonly #onAnswered: () => void;
  /** Exchanges whose replies have not left, oldest first, and their weight. */
  #first: Exchange | undefined = undefined;
  #last: Exchange | undefined = undefined;
  #weight = 0;
  /** What comes behind it depends on it: a read, or what takes many turns. */
  #blockedBy: Exchange | undefined = undefined;
  /** What the last request has still to do. */
  #rest: (() => void) | undefined = undefined;
  #isEnding = false;
  #isCut = false;
  #isClosed = false;
  readonly #handsOver: boolean;

  /**
   * `onAnswered` is called when some exchange got its reply, after all whose turn has come have left. `handsOver`: see
   * `SessionContext`.
   */
  constructor(output: Output, onAnswered: () => void, handsOver = false) {
    this.#output = output;
    this.#onAnswered = onAnswered;
    this.#handsOver = handsOver;
  }

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** Nothing more may enter until something has its reply. */
  get isBlocked(): boolean {
    return this.#blockedBy !== undefined;
  }

  /** Nothing more may enter until replies have left. */
  get isFull(): boolean {
    return this.#weight >= MAX_PENDING || this.#output.pending >= MAX_OUTPUT;
  }

  /** No more requests are run; the connection ends when all have their replies. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Some requests of the client have no reply and will have none. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** The client is gone, or gets no reply any more. */
  get isClosed(): boolean {
    return this.#isClosed || this.#isCut;
  }

  /** Whether the reply of an exchange leaves as soon as it is there. */
  isFirst(exchange: Exchange): boolean {
    return this.#first === exchange;
  }

  /** Takes an exchange its place, behind all others. */
  enter(exchange: Exchange): void {
    if (this.#last === undefined) this.#first = exchange;
    else this.#last.next = exchange;
    this.#last = exchange;
    this.#weight += exchange.weight;
  }

  /** Nothing behind `exchange` is run until it has its reply, if it has none yet. */
  block(exchange: Exchange): void {
    if (exchange.reply === undefined) this.#blockedBy = exchange;
  }

  /** Ends the wait of the read that blocks the others, if one does. */
  stopWaiting(): void {
    this.#blockedBy?.stopWaiting();
  }

  /** Has `rest` run before any other request, once nothing holds it. */
  continueWith(rest: () => void): void {
    this.#rest = rest;
  }

  /** Runs what is left of the last request; false when there is nothing. */
  runRest(): boolean {
    const rest = this.#rest;
    if (rest === undefined) return false;
    this.#rest = undefined;
    rest();
    return true;
  }

  end(): void {
    this.#isEnding = true;
  }

  close(): void {
    this.#isClosed = true;
    this.#isEnding = true;
    this.#abandonFrom(this.#first);
  }

  #abandonFrom(first: Exchange | undefined): void {
    for (let exchange = first; exchange !== undefined; exchange = exchange.next) exchange.abandon();
  }

  /** Leaves it unanswered, and with it all that comes behind: the client asks another server. */
  #cutAt(exchange: Exchange): void {
    this.#isCut = true;
    this.#isEnding = true;
    this.#first = undefined;
    this.#last = undefined;
    this.#weight = 0;
    this.#blockedBy = undefined;
    this.#rest = undefined;
    this.#abandonFrom(exchange);
  }

  /** Replies to a request at once. */
  answer(request: Request, reply: Reply): void {
    const exchange = new Exchange(this, request);
    this.enter(exchange);
    exchange.answer(reply);
  }

  /** Replies to a request with what is wrong with it. */
  refuse(request: Request, problem: Problem): void {
    const exchange = new Exchange(this, request);
    this.enter(exchange);
    exchange.refuse(problem);
  }

  /** Some exchange got its reply: sends all replies whose turn has come. */
  answered(): void {
    if (this.#isClosed) return;
    if (this.#blockedBy?.reply !== undefined) this.#blockedBy = undefined;
    let exchange = this.#first;
    while (exchange?.reply !== undefined) {
      if (exchange.isRefusedByEnd && this.#handsOver) {
        this.#cutAt(exchange);
        this.#onAnswered();
        return;
      }
      if (exchange.reply !== '' && !exchange.request.isSilent) this.#output.add(exchange.reply);
      this.#weight -= exchange.weight;
      exchange = exchange.next;
    }
    this.#first = exchange;
    if (exchange === undefined) this.#last = undefined;
    this.#onAnswered();
  }
}

/** A request, its place among the others of its connection and, once it is known, its reply. */
export class Exchange {
  readonly pipeline: Pipeline;
  readonly request: Request;
  reply: Reply | undefined = undefined;
  /** It was not done, since this server stops, or does not lead any more. */
  isRefusedByEnd = false;
  /** The one behind this. */
  next: Exchange | undefined = undefined;

  constructor(pipeline: Pipeline, request: Request) {
    this.pipeline = pipeline;
    this.request = request;
  }

  /** How much this takes of what may be under way. */
  get weight(): number {
    return 1;
  }

  /** The client is gone: whatever the reply will be, nobody gets it. */
  abandon(): void {}

  /** Ends a wait early, with what there is. */
  stopWaiting(): void {}

  answer(reply: Reply): void {
    this.reply = this.pipeline.isFirst(this) ? reply : settled(reply);
    this.pipeline.answered();
  }

  refuse(problem: Problem): void {
    if (problem.fatal) this.pipeline.end();
    this.isRefusedByEnd = problem.kind === 'stopping';
    this.answer(this.pipeline.encoder.problem(this.request, problem));
  }

  reject(error: Error): void {
    this.refuse(problemOf(error));
  }
}

/** An exchange that ends in a status: one for false and 0, another for all else. */
export class StatusExchange extends Exchange implements Completion<unknown> {
  readonly #yes: Status;
  readonly #no: Status;
  #leases: HeldLeases | undefined = undefined;
  #held: HeldLease | undefined = undefined;

  constructor(pipeline: Pipeline, request: Request, yes: Status, no: Status = yes) {
    super(pipeline, request);
    this.#yes = yes;
    this.#no = no;
  }

  /** It ends what a connection holds; where that is refused, it is held still. The token. */
  ends(leases: HeldLeases, held: HeldLease | undefined): number {
    this.#leases = leases;
    this.#held = held;
    return held?.token ?? 0;
  }

  resolve(value: unknown): void {
    this.answer(this.pipeline.encoder.status(this.request, isYes(value) ? this.#yes : this.#no));
  }

  override reject(error: Error): void {
    if (this.#held !== undefined) this.#leases?.restore(this.#held);
    super.reject(error);
  }
}

export function isYes(value: unknown): boolean {
  return value !== false && value !== 0;
}

const PROBLEM_KINDS: Readonly<Record<string, ProblemKind>> = {
  QUEUE_FULL: 'full',
  DISK: 'disk',
  DISK_FULL: 'disk',
  DAMAGED: 'disk',
  DATABASE: 'disk',
  UNREACHABLE: 'disk',
  DEPOSED: 'stopping',
  STOPPING: 'stopping',
};

/** Whether something is refused since there is no space for it: in its queue, or on the disk. */
export function isForSpace(error: Error): boolean {
  return error instanceof MemqError && (error.code === 'QUEUE_FULL' || error.code === 'DISK_FULL');
}

/** How an engine's error is told to a client. */
function problemOf(error: Error): Problem {
  const kind = error instanceof MemqError ? (PROBLEM_KINDS[error.code] ?? 'server') : 'server';
  return new Problem(kind, error.message);
}
