import type { Logger } from '../../shared/logger.ts';
import type { QueueEngine } from '../engine/api.ts';
import { Input } from '../protocol/input.ts';
import { protocolOf } from '../protocol/protocols.ts';
import type { Parser, Request } from '../protocol/request.ts';
import { Client } from './client.ts';
import { type Limits, MAX_BEHIND, MAX_PER_TURN } from './limits.ts';
import { Pipeline } from './pipeline.ts';
import type { Transport } from './transport.ts';

/** Runs one request, whose exchange enters the pipeline at once. */
type Dispatch = (request: Request) => void;

/** What all sessions of a server share. */
export interface SessionContext {
  readonly engine: QueueEngine;
  readonly limits: Limits;
  readonly logger: Logger;
  /** Times that a session had more to run than a turn has time for, and that one was closed since it was idle. */
  readonly counts: { yields: number; idleKicks: number };
  /**
   * Another server goes on when this one stops: a request that it does not do any more has no answer, but the end of its
   * connection, so that the client asks the other one. False where nobody says so.
   */
  readonly handsOver?: boolean;
  /** What runs the requests of a client that has just connected. */
  createDispatch(client: Client, pipeline: Pipeline): Dispatch;
  /** The connection of a client has ended. */
  left?(client: Client): void;
}

/** The bytes of one client become requests, which are run in order, and no faster than their replies leave. */
export class Session {
  readonly client: Client;
  readonly #context: SessionContext;
  readonly #transport: Transport;
  readonly #input = new Input();
  readonly #pipeline: Pipeline;
  readonly #dispatch: Dispatch;
  #parser: Parser | undefined = undefined;
  #running = false;
  /** Has run enough for one turn; the rest comes in the next. */
  #yielding = false;
  /** The parser had no whole request left. */
  #starved = true;
  #paused = false;
  /** The client sends nothing more. */
  #inputEnded = false;
  #stopping = false;
  #closed = false;

  constructor(context: SessionContext, transport: Transport) {
    this.client = new Client(context.engine, transport.remote);
    this.#context = context;
    this.#transport = transport;
    this.#pipeline = new Pipeline(transport.output, () => this.#goOn(), context.handsOver);
    this.#dispatch = context.createDispatch(this.client, this.#pipeline);
  }

  /** What it is doing, in a word. */
  get activity(): 'waiting' | 'working' | 'idle' {
    if (this.#pipeline.isBlocked) return 'waiting';
    return this.isIdle ? 'idle' : 'working';
  }

  /** Nothing is open, and nothing is under way. */
  get isIdle(): boolean {
    return this.#pipeline.isEmpty && this.client.leases.isEmpty;
  }

  /** Takes `length` bytes of `chunk`, which the caller may reuse afterwards. */
  receive(chunk: Buffer, length: number): void {
    if (this.#pipeline.isEnding) return;
    this.#input.push(chunk, length);
    this.#run();
    this.#input.settle();
    if (!this.#pipeline.isBlocked || this.#input.length <= MAX_BEHIND) return;
    this.#pipeline.stopWaiting();
    // It has found a message, and its reply is on the way.
    if (this.#pipeline.isBlocked) this.#pause();
  }

  /** The client sends nothing more; what it has sent is still answered, but waiting ends. */
  receiveEnd(): void {
    this.#inputEnded = true;
    this.#pipeline.stopWaiting();
    this.#endWhenDone();
  }

  /** The server goes down: like the end of the client's bytes, but no holder of what is open has died. */
  stop(): void {
    this.#stopping = true;
    this.receiveEnd();
  }

  /** The connection is gone: what it held goes back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pipeline.close();
    this.client.leases.close(this.#stopping);
    this.#context.left?.(this.client);
  }

  /** The client has taken what was sent. */
  drained(): void {
    if (this.#paused) this.#goOn();
  }

  /** Some replies have left: there may be room for more requests. */
  #goOn(): void {
    this.#resume();
    this.#endWhenDone();
  }

  #run(): void {
    // Requests that are answered at once come back here through `#goOn`.
    if (this.#running) return;
    this.#running = true;
    try {
      for (let count = 0; !this.#isHeld() && this.#runOne(); count++) {
        if (this.#inputEnded) this.#pipeline.stopWaiting();
        if (count === MAX_PER_TURN) this.#yield();
      }
    } catch (error) {
      // A fault of ours; what one client sent must not end the others.
      this.#context.logger.error(
        { error: (error as Error).stack },
        'a request failed; its connection is closed',
      );
      this.#transport.destroy();
    }
    this.#running = false;
  }

  /** Runs the next request, or what is left of the last one; false when there is none. */
  #runOne(): boolean {
    if (this.#pipeline.runRest()) return true;
    this.#parser ??= this.#recognise();
    const request = this.#parser?.next(this.#input);
    this.#starved = request === undefined;
    if (request === undefined) return false;
    this.#dispatch(request);
    return true;
  }

  /** Lets the other connections have their turn. */
  #yield(): void {
    this.#yielding = true;
    this.#context.counts.yields++;
    setImmediate(() => {
      this.#yielding = false;
      this.#goOn();
    });
  }

  /** Whether requests may not be run now. */
  #isHeld(): boolean {
    if (this.#pipeline.isEnding || this.#pipeline.isBlocked) return true;
    if (!this.#isCrowded()) return false;
    this.#pause();
    return true;
  }

  #isCrowded(): boolean {
    return this.#yielding || this.#pipeline.isFull;
  }

  #recognise(): Parser | undefined {
    const { bytes, start, length } = this.#input;
    if (length === 0) return undefined;
    const { maxItemSize, compat } = this.#context.limits;
    const protocol = protocolOf(bytes[start]);
    this.#pipeline.encoder = protocol.encoder;
    return protocol.createParser(maxItemSize, compat !== 'memcacheq');
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#transport.pauseReading();
  }

  /** Goes on with what is in the input, and then with reading. */
  #resume(): void {
    if (this.#running || this.#pipeline.isEnding) return;
    if (this.#input.length > 0 || !this.#starved) {
      this.#run();
      this.#input.settle();
    }
    // Behind a read that waits, too: who does not read never learns that the client has gone.
    const isFull = this.#pipeline.isBlocked && this.#input.length > MAX_BEHIND;
    if (!this.#paused || this.#pipeline.isEnding || isFull || this.#isCrowded()) return;
    this.#paused = false;
    this.#transport.resumeReading();
  }

  #endWhenDone(): void {
    const pipeline = this.#pipeline;
    if (this.#inputEnded && this.#starved && !pipeline.isBlocked) pipeline.end();
    if (!pipeline.isEnding || !pipeline.isEmpty) return;
    // Before the client sees the end, so that whoever asks after it finds what was open.
    this.client.leases.close(this.#stopping);
    this.#transport.end(!this.#inputEnded || pipeline.isCut);
  }
}
