import type { Policy } from './policy.ts';
import type { WatchList } from './watch-list.ts';

/**
 * Where the outcome of an operation goes: exactly one of the two is called, once, and not before the outcome
 * is as durable as the operation promises. Called on a hot path for every request, which is why this is an
 * object that the caller has anyway and not a promise.
 */
export interface Completion<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** For an outcome that nobody waits for. */
export const IGNORED: Completion<unknown> = { resolve() {}, reject() {} };

/** A name is a string of latin1 characters, one for each byte that the client sent. */
export type QueueName = string;

export interface EnqueueRequest {
  readonly queue: QueueName;
  /** uint32, returned unchanged. */
  readonly flags: number;
  /** Seconds as in memcached's exptime: 0 never, up to 30 days relative, else epoch, negative: at once. */
  readonly exptime: number;
  /** Ahead of everything that waits. */
  readonly ahead: boolean;
  /** The body is `body[start..end)`. It is read during the call only. */
  readonly body: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A message in the hands of a reader. */
export interface Delivery {
  readonly queue: QueueName;
  /** Positive, unique and ascending in the order of arrival, below 2^53. */
  readonly id: number;
  /** Names the reservation; 0 when there is none (a destructive read, a peek). */
  readonly token: number;
  readonly flags: number;
  /** 1 for the first reader. */
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly enqueuedAt: number;
  /** The body is `body[start..end)`; it stays valid and unchanged. */
  readonly body: Buffer;
  readonly start: number;
  readonly end: number;
  /** Why its last attempt failed; '' when none did. */
  readonly error: string;
  /** When it came into the failed set, milliseconds since the epoch; else 0. */
  readonly failedAt: number;
}

export interface ReserveRequest {
  readonly queue: QueueName;
  /** Take from one of these instead; `queue` then only names the wait. */
  readonly watchList: WatchList | undefined;
  /**
   * `take`: gone with the answer. `open`: reserved until it is completed, failed or released. `lease`: the same,
   * but for a time only, after which it is given back.
   */
  readonly mode: 'take' | 'open' | 'lease';
  /** How long a lease lasts, milliseconds; 0 for the queue's own time. */
  readonly leaseMs: number;
  /** From the failed set instead of the waiting messages (only with `take`). */
  readonly failed: boolean;
  /** How long to wait when there is none, milliseconds. */
  readonly waitMs: number;
}

export interface FailRequest {
  readonly token: number;
  /** UTF-8; what is longer than `MAX_ERROR_LENGTH` bytes is cut. */
  readonly error: Buffer;
  /** Straight to the failed set, without another attempt. */
  readonly final: boolean;
}

export const MAX_ERROR_LENGTH = 4096;

export interface QueueStats {
  readonly name: QueueName;
  readonly waiting: number;
  readonly delayed: number;
  readonly reserved: number;
  readonly failed: number;
  /** What all of these take in the store, bytes. */
  readonly bytes: number;
  readonly waiters: number;
  /** Seconds since the oldest waiting message was enqueued, to a second or so; 0 when none waits. */
  readonly oldestAge: number;
  /** Since the server started or `stats reset`. */
  readonly enqueued: number;
  readonly taken: number;
  readonly acknowledged: number;
  readonly expired: number;
}

export interface EngineStats {
  readonly queues: number;
  readonly messages: number;
  readonly bytes: number;
  readonly enqueued: number;
  /** Names and values of what only this engine has: journal, cache, disk. */
  readonly details: ReadonlyMap<string, string>;
}

/**
 * All that sessions and HTTP know of queues.
 *
 * Durability (with `--sync always`): `enqueue`, `fail`, `purge` and `drop` complete after the disk has them;
 * `reserve`, `complete` and `release` once the operating system has them.
 */
export interface QueueEngine {
  /** The message's id; 0 for one that had expired already. Rejects with QueueFullError or DiskError. */
  enqueue(request: EnqueueRequest, done: Completion<number>): void;
  /** The message that is next, or undefined when none came in time. */
  reserve(request: ReserveRequest, done: Completion<Delivery | undefined>): void;
  /** Ends the wait of a `reserve`, which resolves now with undefined; it goes on when it has found a message. */
  stopWaiting(queue: QueueName, done: Completion<Delivery | undefined>): void;
  /** The reader is gone: its `reserve` takes nothing from now on, and is answered only when it has taken already. */
  abandon(queue: QueueName, done: Completion<Delivery | undefined>): void;
  /** The reserved message is done; false when there is no such reservation. */
  complete(token: number, done: Completion<boolean>): void;
  /** Puts a reserved message back where it was. Unless `counted`, the attempt never happened. */
  release(token: number, counted: boolean, done: Completion<boolean>): void;
  /** A lease lasts `leaseMs` from now on (0: the queue's own time); an open read lasts anyway. */
  extend(token: number, leaseMs: number, done: Completion<boolean>): void;
  /** A failed attempt: again after the queue's backoff, or to the failed set after the last one. */
  fail(request: FailRequest, done: Completion<boolean>): void;
  /** The message that is next, left where it is. */
  peek(queue: QueueName, failed: boolean, done: Completion<Delivery | undefined>): void;
  /** Puts all failed messages back, as new; how many there were. */
  retryFailed(queue: QueueName, delaySeconds: number, done: Completion<number>): void;
  /** Discards what waits, in one queue or in all. */
  purge(queue: QueueName | undefined, done: Completion<void>): void;
  /** Removes a queue with all that is in it; false when there is none. */
  drop(queue: QueueName, done: Completion<boolean>): void;
  list(): Iterable<QueueName>;
  queueStats(queue: QueueName): QueueStats | undefined;
  stats(): EngineStats;
  resetStats(): void;
  policy(queue: QueueName): Policy;
  /** Gives back what is reserved, uncounted, and makes everything durable. Waiting reads answer undefined. */
  close(): Promise<void>;
}
