import type { Logger } from '../../shared/logger.ts';
import type { WatchList } from '../../shared/watch-list.ts';
import { execute } from '../commands/dispatch.ts';
import type { ServerStats } from '../commands/server-stats.ts';
import type { Users } from '../commands/users.ts';
import type { ServerConfig } from '../config/config.ts';
import type { QueueEngine } from '../engine/api.ts';
import type { Output } from '../net/output.ts';
import { BinaryParser, REQUEST_MAGIC } from '../protocol/binary-parser.ts';
import { Input } from '../protocol/input.ts';
import type { Parser } from '../protocol/request.ts';
import { TextParser } from '../protocol/text-parser.ts';
import { Reservations } from './held-leases.ts';
import type { Exchange } from './pipeline.ts';

/** What all sessions of a server share. */
export interface SessionContext {
  readonly engine: QueueEngine;
  readonly config: ServerConfig;
  readonly stats: ServerStats;
  readonly logger: Logger;
  /** Who may log in; undefined when everybody may do everything. */
  users(): Users | undefined;
  connections(): Iterable<ConnectionInfo>;
}

/** A connection, for those who ask what the server is doing. */
export interface ConnectionInfo {
  readonly id: number;
  readonly session: Session;
  readonly remote: string;
  readonly secondsIdle: number;
}

/** What a session asks of its connection. */
export interface Transport {
  readonly output: Output;
  /** The client's address. */
  readonly remote: string;
  pauseReading(): void;
  resumeReading(): void;
  /** Closes once everything has been sent. `lingers`: the client may be sending still. */
  end(lingers: boolean): void;
  /** Closes at once. */
  destroy(): void;
}

/** Weight of the requests that may wait for their answers; whoever sends more has to wait until some have left. */
export const MAX_PENDING = 10_000;
/** Weight of a read: each holds a body in memory, so only 16 of one connection may be under way at once. */
export const READ_WEIGHT = MAX_PENDING / 16;
/** Bytes of answers that may wait for the client, beyond the one that crosses the line. */
export const MAX_OUTPUT = 1 << 20;
/**
 * Bytes that may wait behind a read that waits; when there are more, it waits no longer. Not to read them would
 * bound them, too, but hide that the client has gone.
 */
const MAX_BEHIND = 1 << 18;

/** Commands that a connection may run in one turn of the event loop. */
const MAX_PER_TURN = 200;

/** One client: its bytes become commands, which are run in order and answered in order. */
export class Session {
  readonly context: SessionContext;
  readonly reservations: Reservations;
  /** May do everything; before that only log in. */
  isAuthenticated: boolean;
  /** What `get $watch` reads from. */
  watchList: WatchList | undefined;
  /** What the client says of itself: JSON. */
  clientInfo = '';
  readonly #transport: Transport;
  readonly #input = new Input();
  #parser: Parser | undefined;
  /** Exchanges without an answer sent, oldest first, and their weight. */
  #first: Exchange | undefined;
  #last: Exchange | undefined;
  #pending = 0;
  /** A read on which depends what comes behind it. */
  #blockedBy: Exchange | undefined;
  /** What the last command has still to do. */
  #rest: (() => void) | undefined;
  #running = false;
  /** Has run enough for one turn; the rest comes in the next. */
  #yielding = false;
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
    this.isAuthenticated = context.users() === undefined;
  }

  /** What it is doing, in a word. */
  get activity(): 'waiting' | 'working' | 'idle' {
    if (this.#blockedBy !== undefined) return 'waiting';
    return this.isIdle ? 'idle' : 'working';
  }

  /** Who the client is: what it says of itself, else where it is. */
  get holder(): string {
    return this.clientInfo || this.#transport.remote;
  }

  /** Nothing is open, nothing waits, and nothing is on its way. */
  get isIdle(): boolean {
    return this.#first === undefined && this.reservations.isEmpty;
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
    if (this.#blockedBy === undefined || this.#input.length <= MAX_BEHIND) return;
    this.#blockedBy.stopWaiting();
    // It has found a message, and its answer is on the way.
    if (this.#blockedBy !== undefined) this.#pause();
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
    this.reservations.close(this.#stopping);
  }

  /** The client has taken what was sent. */
  drained(): void {
    if (!this.#paused) return;
    this.#resume();
    this.#endWhenDone();
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
    if (this.#inputEnded) exchange.stopWaiting();
  }

  /** Has `rest` run before any other command, once nothing holds it. */
  continueWith(rest: () => void): void {
    this.#rest = rest;
  }

  /** Runs nothing more; the connection ends when all is answered. */
  runNoMore(): void {
    this.#ending = true;
  }

  /** Some exchange got its answer: sends all answers whose turn has come. */
  answered(): void {
    if (this.#closed) return;
    if (this.#blockedBy?.reply !== undefined) this.#blockedBy = undefined;
    let exchange = this.#first;
    while (exchange?.reply !== undefined) {
      if (exchange.reply !== '') this.#transport.output.add(exchange.reply);
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
    try {
      for (let count = 0; !this.#isHeld() && this.#runOne(); count++)
        if (count === MAX_PER_TURN) this.#yield();
    } catch (error) {
      // A fault of ours; what one client sent must not end the others.
      this.context.logger.error(
        { error: (error as Error).stack },
        'a command failed; its connection is closed',
      );
      this.#transport.destroy();
    }
    this.#running = false;
  }

  /** Runs the next command, or what is left of the last one; false when there is none. */
  #runOne(): boolean {
    const rest = this.#rest;
    if (rest !== undefined) {
      this.#rest = undefined;
      rest();
      return true;
    }
    this.#parser ??= this.#recognise();
    const command = this.#parser?.next(this.#input);
    this.#starved = command === undefined;
    if (command === undefined) return false;
    execute(this, command);
    return true;
  }

  /** Lets the other connections have their turn. */
  #yield(): void {
    this.#yielding = true;
    setImmediate(() => {
      this.#yielding = false;
      this.#resume();
      this.#endWhenDone();
    });
  }

  /** Whether commands have to wait. */
  #isHeld(): boolean {
    if (this.#ending || this.#blockedBy !== undefined) return true;
    if (!this.#isCrowded()) return false;
    this.#pause();
    return true;
  }

  #isCrowded(): boolean {
    return this.#yielding || this.#pending >= MAX_PENDING || this.#transport.output.pending >= MAX_OUTPUT;
  }

  /** The first byte tells the protocol. */
  #recognise(): Parser | undefined {
    const { bytes, start, length } = this.#input;
    if (length === 0) return undefined;
    const { maxItemSize, compat } = this.context.config;
    const Parser = bytes[start] === REQUEST_MAGIC ? BinaryParser : TextParser;
    return new Parser(maxItemSize, compat !== 'memcacheq');
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#transport.pauseReading();
  }

  /** Goes on with what is in the input, and then with reading. */
  #resume(): void {
    if (this.#running || this.#ending) return;
    if (this.#input.length > 0 || !this.#starved) {
      this.#run();
      this.#input.settle();
    }
    // Behind a read that waits, too: who does not read never learns that the client has gone.
    const isFull = this.#blockedBy !== undefined && this.#input.length > MAX_BEHIND;
    if (!this.#paused || this.#ending || isFull || this.#isCrowded()) return;
    this.#paused = false;
    this.#transport.resumeReading();
  }

  #endWhenDone(): void {
    if (this.#inputEnded && this.#starved && this.#blockedBy === undefined) this.#ending = true;
    if (!this.#ending || this.#first !== undefined) return;
    // Before the client sees the end, so that whoever asks after it finds what was open.
    this.reservations.close(this.#stopping);
    this.#transport.end(!this.#inputEnded);
  }
}
