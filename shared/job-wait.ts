import { setTimeout as sleep } from 'node:timers/promises';
import { ClosedError, ServerError, UnreachableError } from './errors.ts';
import { EX_TEMPFAIL } from './exit-status.ts';
import { Connection } from './memcache.ts';
import type { ServerAddress } from './server-address.ts';

/** What a server is asked to wait at most, before it is asked again: so one that is gone is missed. */
export const LONGEST_ASK_MS = 60_000;
/** From one question to the next at least, where the answers come at once: no wait may be allowed there. */
const LEAST_ASK_MS = 1000;
/** How long after a connection was lost another one is made. */
const PAUSE_MS = 200;

/** What has to be known of a job to see whether its end has come. */
interface Seen {
  readonly queue: string;
  readonly state: string;
  readonly message: string;
}

/** Which job's end is waited for. */
export interface Awaited<S extends Seen> {
  readonly queue: string;
  /** The key that asks for its status after so many milliseconds at the latest. */
  key(waitMs: number): string;
  read(value: Buffer): S;
  /** What is known of it now. */
  status(): Promise<S | undefined>;
}

/**
 * A wait for the end of a job. It has a connection of its own, since whatever is asked behind it would wait for it, too.
 * Where that is lost another one is made: to ask twice does no harm.
 */
export class JobWait<S extends Seen> {
  readonly #address: ServerAddress;
  readonly #job: Awaited<S>;
  readonly #until: number;
  readonly #closing = new AbortController();
  #connection: Connection | undefined;
  /** The message that had the id when it began, as it was last. */
  #last: S | undefined;

  constructor(address: ServerAddress, job: Awaited<S>, timeoutMs: number) {
    this.#address = address;
    this.#job = job;
    this.#until = performance.now() + timeoutMs;
  }

  /** How it ended, or what it is when the time is over; undefined where nothing is known of it. */
  async end(): Promise<S | undefined> {
    try {
      for (;;) {
        const answer = await this.#ask();
        if (answer !== undefined) return answer.status;
      }
    } finally {
      this.#connection?.close();
    }
  }

  /** The wait fails. */
  close(): void {
    this.#closing.abort();
    this.#connection?.close();
  }

  /** Asks what it is, and then waits; undefined where there is more to wait for. */
  async #ask(): Promise<{ readonly status: S | undefined } | undefined> {
    try {
      const known = this.#judge(await this.#job.status());
      if (known !== undefined) return known;
      const began = performance.now();
      const ended = this.#judge(await this.#wait());
      if (ended === undefined) await this.#pause(began + LEAST_ASK_MS - performance.now());
      return ended;
    } catch (error) {
      if (this.#closing.signal.aborted)
        throw new ClosedError('the producer was closed while it waited for a job');
      if (this.#last === undefined || this.#left === 0 || !isPassing(error)) throw error;
      await this.#pause(PAUSE_MS);
      return undefined;
    }
  }

  /** What is answered where that is the end, or there is no more time. */
  #judge(status: S | undefined): { readonly status: S | undefined } | undefined {
    const last = this.#last;
    // Another one has its id: what is known of the first is all that there will be.
    if (status !== undefined && last !== undefined && status.message !== last.message)
      return { status: last };
    this.#last = status ?? last;
    const isLive = status?.state === 'waiting' || status?.state === 'running';
    const isOver = !isLive || status.queue !== this.#job.queue || this.#left === 0;
    return isOver ? { status } : undefined;
  }

  async #wait(): Promise<S | undefined> {
    if (this.#connection?.lost !== undefined) this.#connection = undefined;
    this.#connection ??= new Connection(this.#address);
    const waitMs = Math.ceil(Math.min(this.#left, LONGEST_ASK_MS));
    const item = await this.#connection.get(this.#job.key(waitMs), waitMs);
    return item === undefined ? undefined : this.#job.read(item.value);
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#closing;
    if (ms > 0) await sleep(Math.min(ms, this.#left), undefined, { signal }).catch(() => {});
  }

  /** Milliseconds. */
  get #left(): number {
    return Math.max(0, this.#until - performance.now());
  }
}

/** Whether another attempt may find the server well. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof UnreachableError || (error instanceof ServerError && error.exitCode === EX_TEMPFAIL)
  );
}
