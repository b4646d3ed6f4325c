import type { Logger } from '../../shared/logger.ts';
import type { ServerConfig } from '../config.ts';
import type { QueueEngine } from '../engine/engine.ts';
import { BinaryParser, REQUEST_MAGIC } from '../protocol/binary.ts';
import { binaryReplies } from '../protocol/binary-replies.ts';
import type { Parser } from '../protocol/command.ts';
import { Input } from '../protocol/input.ts';
import type { Replies } from '../protocol/replies.ts';
import { TextParser } from '../protocol/text.ts';
import { textReplies } from '../protocol/text-replies.ts';
import type { Exchange } from './exchange.ts';
import { execute } from './execute.ts';
import type { Output } from './output.ts';
import { Reservations } from './reservations.ts';
import type { ServerStats } from './server-stats.ts';

/** What all sessions of a server share. */
export interface SessionContext {
  readonly engine: QueueEngine;
  readonly config: ServerConfig;
  readonly stats: ServerStats;
  readonly logger: Logger;
}

/** What a session asks of its connection. */
export interface Transport {
  readonly output: Output;
  pauseReading(): void;
  resumeReading(): void;
  /** Closes once everything has been sent. */
  end(): void;
}

/** Weight of the requests that may wait for their answers; whoever sends more has to wait until some have left. */
export const MAX_PENDING = 10_000;
/** Bytes of answers that may wait for the client, beyond the one that crosses the line. */
const MAX_OUTPUT = 1 << 20;
/** Bytes that may wait behind a blocking read; a client that sends more is not read from. */
const MAX_BEHIND = 1 << 18;

/** One client: its bytes become commands, which are run in order and answered in order. */
export class Session {
  readonly context: SessionContext;
  readonly reservations: Reservations;
  readonly #transport: Transport;
  readonly #input = new Input();
  #parser: Parser | undefined;
  replies: Replies = textReplies;
  /** Exchanges without an answer sent, oldest first, and their weight. */
  #first: Exchange | undefined;
  #last: Exchange | undefined;
  #pending = 0;
  /** A read that waits; what comes behind it has to wait as well. */
  #blockedBy: Exchange | undefined;
  #running = false;
  /** The parser had no whole command left. */
  #starved = true;
  #paused = false;
  /** The client sends nothing more. */
  #inputEnded = false;
  /** No more commands are run; the connection ends when all are answered. */
  #ending = false;
  #stopping = false;
  #closed = false;

  constructor(context: SessionContext, transport: Transport) {
    this.context = context;
    this.#transport = transport;
    this.reservations = new Reservations(context.engine);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Takes `length` bytes of `chunk`, which the caller may reuse afterwards. */
  receive(chunk: Buffer, length: number): void {
    if (this.#ending) return;
    this.#input.push(chunk, length);
    this.#run();
    this.#input.settle();
    if (this.#blockedBy !== undefined && this.#input.length > MAX_BEHIND) this.#pause();
  }

  /** The client sends nothing more; what it has sent is still answered, but waiting ends. */
  receiveEnd(): void {
    this.#inputEnded = true;
    this.#blockedBy?.stopWaiting();
    this.#endWhenDone();
  }

  /** The server goes down: like the end of the client's bytes, but what is open goes back uncounted. */
  stop(): void {
    this.#stopping = true;
    this.receiveEnd();
  }

  /** The connection is gone: what it held goes back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ending = true;
    for (let exchange = this.#first; exchange !== undefined; exchange = exchange.next) exchange.abandon();
    this.reservations.close(!this.#stopping);
  }

  /** The client has taken what was sent. */
  drained(): void {
    this.#resume();
  }

  /** Puts an exchange at the end of the line. */
  enter(exchange: Exchange): void {
    if (this.#last === undefined) this.#first = exchange;
    else this.#last.next = exchange;
    this.#last = exchange;
    this.#pending += exchange.weight;
  }

  /** Nothing behind `exchange` is run until it is answered. */
  block(exchange: Exchange): void {
    this.#blockedBy = exchange;
  }

  /** Runs nothing more; the connection ends when all is answered. */
  runNoMore(): void {
    this.#ending = true;
  }

  /** Some exchange got its answer: sends all answers whose turn has come. */
  answered(): void {
    if (this.#closed) return;
    let exchange = this.#first;
    while (exchange?.reply !== undefined) {
      if (exchange.reply !== '') this.#transport.output.add(exchange.reply);
      if (exchange === this.#blockedBy) this.#blockedBy = undefined;
      this.#pending -= exchange.weight;
      exchange = exchange.next;
    }
    this.#first = exchange;
    if (exchange === undefined) this.#last = undefined;
    this.#resume();
    this.#endWhenDone();
  }

  #run(): void {
    // Commands that are answered at once come back here through `answered`.
    if (this.#running) return;
    this.#running = true;
    while (!this.#isHeld()) {
      this.#parser ??= this.#recognise();
      const command = this.#parser?.next(this.#input);
      this.#starved = command === undefined;
      if (command === undefined) break;
      execute(this, command);
    }
    this.#running = false;
  }

  /** Whether commands have to wait. */
  #isHeld(): boolean {
    if (this.#ending || this.#blockedBy !== undefined) return true;
    if (this.#pending < MAX_PENDING && this.#transport.output.pending < MAX_OUTPUT) return false;
    this.#pause();
    return true;
  }

  /** The first byte tells the protocol. */
  #recognise(): Parser | undefined {
    const { bytes, start, length } = this.#input;
    if (length === 0) return undefined;
    const { maxItemSize } = this.context.config;
    if (bytes[start] !== REQUEST_MAGIC) return new TextParser(maxItemSize);
    this.replies = binaryReplies;
    return new BinaryParser(maxItemSize);
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#transport.pauseReading();
  }

  /** Goes on with what is in the input, and then with reading. */
  #resume(): void {
    if (this.#running || this.#ending) return;
    if (this.#input.length > 0) {
      this.#run();
      this.#input.settle();
    }
    if (!this.#paused || this.#isHeld()) return;
    this.#paused = false;
    this.#transport.resumeReading();
  }

  #endWhenDone(): void {
    if (this.#inputEnded && this.#starved && this.#blockedBy === undefined) this.#ending = true;
    if (this.#ending && this.#first === undefined) this.#transport.end();
  }
}
