import type { Backoff } from '../../shared/backoff.ts';
import type { WatchList } from '../../shared/watch-list.ts';
import type { Completion } from './completion.ts';
import type { MessageRef } from './message-ref.ts';
import type { Policy } from './policy.ts';
import type {
  Actions,
  FailureViews,
  Figures,
  HeldBy,
  MessageViews,
  QueueName,
  QueueStats,
  Schedules,
} from './read-api.ts';
import type { CronLine, LastRun, Origin } from './state/attributes.ts';

export { type Completion, IGNORED } from './completion.ts';
export { Histogram } from './histogram.ts';
export { type MessageRef, parseRef, refText } from './message-ref.ts';
export * from './read-api.ts';
export { DEFAULT_PRIORITY } from './state/message-table.ts';
export type { CronLine, LastRun, Origin };

export interface EnqueueRequest {
  readonly queue: QueueName;
  /** uint32, returned unchanged. */
  readonly flags: number;
  /** Seconds as in memcached's exptime: 0 never, up to 30 days relative, else epoch, negative: at once. */
  readonly exptime: number;
  /** Ahead of everything that waits, whatever its `priority`. */
  readonly ahead: boolean;
  /** uint32, 0 the most urgent; see `DEFAULT_PRIORITY`. */
  readonly priority: number;
  /** Not before so many milliseconds have passed; a job that repeats: its first time. */
  readonly delayMs: number;
  /** The client's own id of the job, one character a byte; '' for none. */
  readonly jobId: string;
  /**
   * What becomes of it where a job of this id is there already. A job is live while it waits (ready or delayed) and
   * has not expired, or runs. `add`: stored unless one is live. `set`: takes the place of one that waits, joins one that
   * runs, which has no id from then on. `replace`: stored only in place of one that waits. What has ended, failed or
   * expired makes room for each of them but `replace`; what has failed stays in the failed set, without its id. Without an
   * id `add` and `set` are the same, and nothing can be replaced.
   */
  readonly mode: 'set' | 'add' | 'replace';
  /** Again every so many milliseconds, until it is cancelled; 0: once. Needs a `jobId`, and takes no `exptime`. */
  readonly everyMs: number;
  /** The message's own limit of attempts; 0: as the queue says. */
  readonly maxAttempts: number;
  /** The message's own backoff; undefined: as the queue says. */
  readonly backoff: Backoff | undefined;
  /** The group that it belongs to, one character a byte; '' for none. */
  readonly group: string;
  /** The body is `body[start..end)`. It is read during the call only. */
  readonly body: Buffer;
  readonly start: number;
  readonly end: number;
  /** Called as it is stored, with its handle; not for what had expired already, nor for what a fan-out stores besides. */
  onStored?(ref: MessageRef): void;
}

/** Instead of an id: the request's `mode` did not allow it. */
export const NOT_STORED = -1;

/** A message in the hands of a reader. */
export interface Delivery {
  readonly queue: QueueName;
  /** Positive, unique and ascending in the order of arrival, below 2^53. */
  readonly id: number;
  /** Names the lease; 0 when there is none (a destructive read, a peek). */
  readonly token: number;
  readonly flags: number;
  /** 1 for the first reader. */
  readonly attempt: number;
  /** The message's own limit, or else the queue's policy, allows no other attempt after this one. */
  readonly isLast: boolean;
  /** In how many of its attempts whoever held it died, as far as is known. */
  readonly deaths: number;
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
  /** Who held it when it failed (the `holder` of that read); '' where that is not known. */
  readonly heldBy: string;
  /** The id that its client gave it; '' for none. */
  readonly jobId: string;
  /** Of a dead letter; else undefined. */
  readonly origin: Origin | undefined;
  /** The group that it belongs to; '' for none. */
  readonly group: string;
}

/** What is known of a job that its client gave an id. Times are milliseconds since the epoch. */
export interface JobStatus {
  readonly queue: QueueName;
  readonly jobId: string;
  /** The message's own id. */
  readonly id: number;
  readonly state: 'waiting' | 'running' | 'failed' | 'complete' | 'cancelled';
  /** The one under way included. */
  readonly attempts: number;
  readonly priority: number;
  readonly enqueuedAt: number;
  /** When it becomes ready; 0 for what is not delayed. */
  readonly dueAt: number;
  /** When the last attempt began; 0 where that is not known. */
  readonly startedAt: number;
  /** When it ended, failed or was cancelled; 0 while it is live. */
  readonly endedAt: number;
  /** Why the last attempt that has ended failed; '' when it did not, or none has ended. */
  readonly error: string;
  /** Of a job that is complete: why an attempt before the last one failed; else ''. */
  readonly earlierError: string;
  /** Who holds it, or held it when it failed; '' where that is not known. */
  readonly heldBy: string;
  /** What the worker said when it completed; empty when it said nothing. */
  readonly result: Buffer;
  /** What the worker last said of how far it is, while it runs; else ''. */
  readonly progress: string;
  /** Milliseconds between two runs; 0 for what does not repeat, or repeats by a cron line. */
  readonly everyMs: number;
  /** The cron line of a scheduled job; else ''. */
  readonly cron: string;
  /** Its own limit of attempts; 0: as its queue says. */
  readonly maxAttempts: number;
  /** Its own backoff; undefined: as its queue says. */
  readonly backoff: Backoff | undefined;
  /** Of a job that repeats: how its last run ended; undefined where none has. */
  readonly lastRun: LastRun | undefined;
  /** Of a scheduled job: its times pass without a run. */
  readonly isDisabled: boolean;
  /** The group that it belongs to; '' for none. */
  readonly group: string;
  /** Why it cannot be started now, though it is ready; undefined where it can, or is not. */
  readonly heldBack: HeldBy | undefined;
}

/** A job that a line of the configuration has enqueued at its times. */
export interface ScheduledJob {
  /** The job's id in its queue. */
  readonly name: string;
  readonly queue: QueueName;
  readonly cron: CronLine;
  readonly body: Buffer;
  /** uint32, 0 the most urgent; undefined: `DEFAULT_PRIORITY`. */
  readonly priority: number | undefined;
  /** Its own limit of attempts; 0: as its queue says. */
  readonly maxAttempts: number;
  /** Its own backoff; undefined: as its queue says. */
  readonly backoff: Backoff | undefined;
  /** The group that it belongs to, one character a byte; '' for none. */
  readonly group: string;
  /** What becomes of a tick that fell into a downtime: it runs once, at the start, or not at all. */
  readonly missed: 'once' | 'skip';
}

/** Which message a read is about: of those that wait or, `failed`, of those that failed, the one that is next. */
export interface ReadTarget {
  readonly queue: QueueName;
  readonly failed: boolean;
  /** Of the failed messages the job with this id; '' for the one that is next. */
  readonly jobId: string;
  /** One of these instead; `queue` then only names the wait. */
  readonly watchList: WatchList | undefined;
}

/** From the failed set only with `take`. */
export interface ReserveRequest extends ReadTarget {
  /**
   * `take`: gone with the answer. `open`: reserved until it is completed, failed or released. `lease`: the same,
   * but for a time only, after which it is given back.
   */
  readonly mode: 'take' | 'open' | 'lease';
  /** How long a lease lasts, milliseconds; 0 for the queue's own time. */
  readonly leaseMs: number;
  /** How long to wait when there is none, milliseconds. */
  readonly waitMs: number;
  /** Who reads, for those who look at what it holds, or what failed with it. */
  readonly holder: string;
}

/** Which job's end is waited for. */
export interface EndRequest {
  readonly queue: QueueName;
  readonly jobId: string;
  /** How long, milliseconds. */
  readonly waitMs: number;
}

export interface FailRequest {
  readonly token: number;
  /** UTF-8; what is longer than `MAX_ERROR_LENGTH` bytes is cut. */
  readonly error: Buffer;
  /** Straight to the failed set, without another attempt. */
  readonly final: boolean;
  /** The process died that was at work on it. */
  readonly died: boolean;
}

/**
 * Why a reserved message comes back where it was.
 *
 * `abort`: its holder gives it up; the attempt counts. `return`: its holder has not begun; the attempt never happened.
 * `unread`: the same, and nobody has been told of it. `death`: its connection or its lease has ended; the attempt counts,
 * and from the second time in a row on it waits for its backoff. `stop`: the server itself has ended, or was down
 * when the lease ended; the attempt counts, but is never the last one, and no part of a row.
 */
export type ReleaseReason = 'abort' | 'return' | 'unread' | 'death' | 'stop';

/** A lease that the cancel of its job has ended, of which its holder does not know yet. */
export interface CancelledLease {
  readonly queue: QueueName;
  readonly jobId: string;
  readonly token: number;
  /** Who holds it; '' where that is not known. */
  readonly holder: string;
  /** The job counts as held until its holder ends it, or until then: engine time. */
  readonly deadline: number;
}

export const MAX_ERROR_LENGTH = 4096;

export interface EngineStats {
  readonly queues: number;
  readonly messages: number;
  readonly bytes: number;
  /** Since the server started or `stats reset`, of queues that are gone, too. */
  readonly enqueued: number;
  readonly expired: number;
  /** Discarded by `when_full = drop_oldest`. */
  readonly dropped: number;
  /** Failed messages that `keep_failed` or `max_failed` has let go. */
  readonly failedDropped: number;
  /** Names and values of what only this engine has: log, cache, disk. */
  readonly details: ReadonlyMap<string, string>;
}

/**
 * All that commands know of queues.
 *
 * Durability (with `--sync always`): `enqueue`, `fail`, `cancel`, `retryFailed`, `discardFailed`, `purge`, `drop`,
 * `pause`, `resume` and `move` complete after the disk has them; `reserve`, `complete`, `release` and `extend` once the
 * operating system has them. Those that find nothing to do, `status` and `awaitEnd`, wait for all that happened so far: until the
 * disk has it, but misses, and what is false because the lease is over, until the operating system has it. Where
 * nothing is under way they complete during the call. Once the log has failed all reject, but for a `peek` that hits.
 */
export interface QueueEngine {
  // What those who look and act by hand need: read-api.ts.
  readonly messages: MessageViews;
  readonly failures: FailureViews;
  readonly actions: Actions;
  readonly figures: Figures;
  readonly schedules: Schedules;
  /** Resolves when it is certain that no other server has gone on from what is seen here now: at once where none can. */
  certain(done: Completion<void>): void;

  /**
   * The message's id; 0 for one that had expired already; `NOT_STORED`. Also into the queues of the policy's
   * `fanoutTo`, or nowhere. Rejects with QueueFullError or DiskError.
   */
  enqueue(request: EnqueueRequest, done: Completion<number>): void;
  /** The message that is next, or undefined when none came in time. */
  reserve(request: ReserveRequest, done: Completion<Delivery | undefined>): void;
  /**
   * Ends the wait of a `reserve`, which resolves with undefined; it goes on when it has found a message. That of an
   * `awaitEnd` resolves with what the job is by then.
   */
  stopWaiting(done: Completion<never>): void;
  /**
   * The reader is gone: its `reserve` takes nothing from now on, and is answered only when it has taken already. Of an
   * `awaitEnd` nobody is told any more.
   */
  abandon(done: Completion<never>): void;
  /**
   * The reserved message is done; false when there is no such lease, or its job was cancelled. The result, if any, is kept with the
   * status of a job that has an id.
   */
  complete(token: number, result: Buffer | undefined, done: Completion<boolean>): void;
  /** Puts a reserved message back where it was, or after its last attempt to the failed set. False as in `complete`. */
  release(token: number, reason: ReleaseReason, done: Completion<boolean>): void;
  /** Whether a lease of this token is under way. */
  isHeld(token: number): boolean;
  /**
   * A lease lasts `leaseMs` from now on (0: the queue's own time); an open read lasts anyway. `holder`: who asks for that,
   * which after a restart says whose lease it is; '' for nobody that it would say of.
   */
  extend(token: number, leaseMs: number, holder: string, done: Completion<boolean>): void;
  /** How far a reserved job is, for its status. It is not on record: a restart forgets it. False as in `complete`. */
  progress(token: number, text: string, done: Completion<boolean>): void;
  /** A failed attempt: again after its backoff, or to the failed set after the last one. */
  fail(request: FailRequest, done: Completion<boolean>): void;
  /** The message that a read would get, left where it is. */
  peek(target: ReadTarget, done: Completion<Delivery | undefined>): void;
  /** What is known of a job, by the id that its client gave it; undefined when nothing is. */
  status(queue: QueueName, jobId: string, done: Completion<JobStatus | undefined>): void;
  /**
   * How a job ends, with its result, or what is known of it when the time is over; at once where it is not live, or has no
   * such job. It is about the message that has the id when it is asked: where that loses the id, or is discarded or moved,
   * what is known of it then, or undefined. Of a job that repeats it is the end of a run.
   */
  awaitEnd(request: EndRequest, done: Completion<JobStatus | undefined>): void;
  /**
   * A live job is over. One that runs is held until its holder ends it or its connection, or its lease is over (an open read:
   * for a minute); `complete`, `release` and `fail` do that and are false, `extend` and `progress` are false. A job that
   * repeats does so no more; of one that is scheduled only the run is over, if one is under way. False when none is live.
   */
  cancel(queue: QueueName, jobId: string, done: Completion<boolean>): void;
  /**
   * Puts all failed messages back, as new, or only the job with this id; how many there were. This and what else is about
   * a whole queue returns false when it takes many turns or waits for what does: what the same client asks next then has to
   * wait for the answer.
   */
  retryFailed(queue: QueueName, jobId: string, delaySeconds: number, done: Completion<number>): boolean;
  /** A job that failed is removed, and nothing is known of it any more. False when none has failed with this id. */
  discardFailed(queue: QueueName, jobId: string, done: Completion<boolean>): void;
  /** Discards what waits, in one queue or in all; a job that repeats loses its current run only. */
  purge(queue: QueueName | undefined, done: Completion<void>): boolean;
  /** Removes a queue with all that is in it; false when there is none. */
  drop(queue: QueueName, done: Completion<boolean>): boolean;
  /** Nothing is read from a paused queue: reads wait or miss. It is created where there is none. */
  pause(queue: QueueName, done: Completion<void>): void;
  /** False when it was not paused. */
  resume(queue: QueueName, done: Completion<boolean>): void;
  /** What waits in one queue waits in the other from now on, of very many one after the other; how many messages that were. */
  move(from: QueueName, to: QueueName, done: Completion<number>): boolean;
  /** Takes the place of all scheduled jobs that there were; those that are the same keep their time. */
  schedule(jobs: readonly ScheduledJob[]): Promise<void>;
  /** Queues in a fixed order: at most `limit` of them, from the cursor on, and the cursor of the next ones. */
  page(
    cursor: number,
    limit: number,
  ): { readonly queues: readonly QueueStats[]; readonly next: number | undefined };
  stats(): EngineStats;
  resetStats(): void;
  policy(queue: QueueName): Policy;
  /** The policies are others from now on. */
  policiesChanged(): void;
  /** Gives back what is open, and makes everything durable. Waiting reads answer undefined. */
  close(): Promise<void>;
}
