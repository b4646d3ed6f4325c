import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, Link } from './link.ts';

/** Longer than a server takes to answer unless something is wrong, milliseconds; clients of memcache give up earlier. */
const PATIENCE_MS = 2000;
/** Before it is tried again where nobody is there, or nobody serves. */
const PAUSE_MS = 50;
/** A connection that was given up is read from for so long: a server that was paused may still answer. */
const KEPT_MS = 30_000;

/** Where the servers are, and what clients went through. */
export class Callers {
  /** Of all servers. */
  readonly ports: readonly number[];
  /** SERVER_ERROR and the like, with what was asked. */
  readonly errors = new Map<string, number>();
  /** Connections that ended under a client, or were given up. */
  broken = 0;
  readonly #all = new Set<Caller>();
  readonly #left = new Set<Link>();
  #longestMs = 0;

  constructor(ports: readonly number[]) {
    this.ports = ports;
  }

  add(caller: Caller): void {
    this.#all.add(caller);
  }

  remove(caller: Caller): void {
    this.#all.delete(caller);
  }

  /** Since when everybody was served. */
  get servedSince(): number {
    return Math.min(...[...this.#all].map(({ servedAt }) => servedAt));
  }

  /** One that nobody asks any more; what it still answers counts. */
  leave(link: Link): void {
    this.broken++;
    if (link.isClosed) return;
    this.#left.add(link);
    setTimeout(() => this.#close(link), KEPT_MS).unref();
  }

  /** Hears no late answers any more. */
  closeLeft(): void {
    for (const link of this.#left) this.#close(link);
  }

  #close(link: Link): void {
    this.#left.delete(link);
    link.close();
  }

  waited(ms: number): void {
    this.#longestMs = Math.max(this.#longestMs, ms);
  }

  /** The longest that any client had to wait, the waits that still last included; begins anew. */
  takeLongest(): number {
    const now = performance.now();
    for (const { servedAt } of this.#all) this.waited(now - servedAt);
    const longest = this.#longestMs;
    this.#longestMs = 0;
    return longest;
  }

  failed(text: string): void {
    this.errors.set(text, (this.errors.get(text) ?? 0) + 1);
  }
}

interface AskOptions {
  /** How long the server may wait by itself. */
  readonly waitMs?: number;
  /** Told when the request leaves. */
  readonly onSend?: () => void;
}

/** A client that asks any server, one thing after the other, and goes to another one when it loses its connection. */
export class Caller {
  readonly #callers: Callers;
  #link: Link | undefined;
  /** Which server it asks next. */
  #next = Math.floor(Math.random() * 100);
  /** When it was answered last. */
  servedAt = performance.now();

  constructor(callers: Callers) {
    this.#callers = callers;
    callers.add(this);
  }

  /**
   * Asks once; undefined where no answer came in time, or none that says anything. `judge` is given each answer, however
   * late it comes.
   */
  async ask<T>(
    request: string,
    judge: (answer: Answer) => T,
    { waitMs = 0, onSend = () => {} }: AskOptions = {},
  ): Promise<T | undefined> {
    const link = await this.#connect();
    if (link === undefined) return undefined;
    onSend();
    const judged = link.ask(request).then((answer) => {
      if (answer === undefined) return undefined;
      if (/^(SERVER_)?ERROR/.test(answer.line)) {
        this.#callers.failed(
          `${answer.line} to ${request.slice(0, request.indexOf('\r')).replaceAll(/\d+/g, 'N')}`,
        );
        return undefined;
      }
      if (/^CLIENT_ERROR/.test(answer.line)) throw new Error(`${request.slice(0, 100)}: ${answer.line}`);
      return { result: judge(answer) };
    });
    const ending = new AbortController();
    const patience = delay(PATIENCE_MS + waitMs, 'over' as const, { signal: ending.signal }).catch(
      () => undefined,
    );
    const first = await Promise.race([judged, patience]);
    ending.abort();
    if (first === 'over' || link.isClosed) this.#leave(link);
    if (first === undefined || first === 'over') {
      await delay(PAUSE_MS);
      return undefined;
    }
    const now = performance.now();
    this.#callers.waited(now - this.servedAt - waitMs);
    this.servedAt = now;
    return first.result;
  }

  /** Its next request is to come as if it had never been gone: it has paused by itself. */
  rests(): void {
    this.servedAt = performance.now();
  }

  /** It asks nothing more. */
  end(): void {
    this.#callers.remove(this);
    this.#link?.close();
  }

  /** Goes to another server. */
  #leave(link: Link): void {
    this.#callers.leave(link);
    this.#link = undefined;
  }

  async #connect(): Promise<Link | undefined> {
    const { ports } = this.#callers;
    if (this.#link !== undefined && !this.#link.isClosed) return this.#link;
    this.#next = (this.#next + 1) % ports.length;
    const port = ports[this.#next] as number;
    this.#link = await Link.open(port).catch(() => undefined);
    if (this.#link === undefined) await delay(PAUSE_MS);
    return this.#link;
  }
}
