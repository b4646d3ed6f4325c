import type { Backoff } from '../../shared/backoff.ts';
import type { Histogram } from './histogram.ts';
import type { MessageRef } from './message-ref.ts';
import type { AttemptRecord } from './state/attempt-history.ts';
import type { CronLine, LastRun, Origin } from './state/attributes.ts';

/**
 * What those who look at queues, and act on what they see, may ask of the engine: the HTTP side and its metrics. Nothing of
 * this waits for the disk, but what says so; nothing of it takes more than 2 ms of a turn. Times are milliseconds since the
 * epoch, 0 where there is none or it is not known. Names and ids have one latin1 character a byte.
 */

/** A name is a string of latin1 characters, one for each byte that the client sent. */
export type QueueName = string;

/** What keeps something ready from being started: its queue is paused, or its policy says so. */
export type HeldBy = 'paused' | 'rate' | 'max_running' | 'group';

export type { AttemptRecord };

export interface QueueStats {
  readonly name: QueueName;
  readonly ready: number;
  readonly delayed: number;
  readonly reserved: number;
  readonly failed: number;
  /** What all of these take in the store, bytes. */
  readonly bytes: number;
  /** Of these the statuses of jobs that have ended, which give way to what comes. */
  readonly endedBytes: number;
  /** Statuses of jobs that have ended. */
  readonly ended: number;
  readonly waiters: number;
  /** When the oldest ready message was enqueued, milliseconds since the epoch, to a second or so; 0 when none is ready. */
  readonly oldestAt: number;
  /** Seconds since the oldest ready message was enqueued, to a second or so; 0 when none is ready. */
  readonly oldestAge: number;
  /** Since the server started or `stats reset`. */
  readonly enqueued: number;
  readonly taken: number;
  readonly acknowledged: number;
  readonly expired: number;
  /** Discarded by `when_full = drop_oldest`. */
  readonly dropped: number;
  /** Failed messages that `keep_failed` or `max_failed` has let go. */
  readonly failedDropped: number;
  /** Jobs, or runs of jobs. */
  readonly cancelled: number;
  readonly paused: boolean;
  /** How many of those that are ready cannot be had now, and why; 0 and undefined where they can. */
  readonly held: number;
  readonly heldBy: HeldBy | undefined;
}

/** Where messages are, as lists and metrics call it. `reserved` has also those that are cancelled while they are held. */
export const MESSAGE_STATES = ['ready', 'delayed', 'reserved', 'failed', 'ended'] as const;
export type ListedState = (typeof MESSAGE_STATES)[number];

/** A message as the table knows it, without its record. */
export interface MessageRow {
  readonly ref: MessageRef;
  readonly queue: QueueName;
  readonly state: ListedState;
  /** The id that its client gave it; '' for none. */
  readonly jobId: string;
  readonly group: string;
  readonly priority: number;
  readonly attempts: number;
  readonly deaths: number;
  /** Of its record. */
  readonly bytes: number;
  /** To a second or so. */
  readonly enqueuedAt: number;
  /** Of one that is delayed. */
  readonly dueAt: number;
  readonly expiresAt: number;
  /** Of one that is reserved: who holds it, since when, until when (0: as long as its connection), how far it is. */
  readonly holder: string;
  readonly startedAt: number;
  readonly deadline: number;
  readonly progress: string;
  readonly isCancelled: boolean;
  /** Of one that has failed, or ended. */
  readonly endedAt: number;
  /** Of one that has failed: the key of its error group. */
  readonly errorGroup: string;
  readonly repeats: boolean;
  /** Why it cannot be started now, though it is ready. */
  readonly heldBack: HeldBy | undefined;
}

/** A message with its record. */
export interface MessageDetail extends MessageRow {
  readonly flags: number;
  readonly body: Buffer;
  /** Why the last attempt that has ended failed: message, causes, stack; '' where it did not. */
  readonly error: string;
  /** Of one that has ended. */
  readonly outcome: 'complete' | 'failed' | 'cancelled' | undefined;
  readonly result: Buffer;
  /** Who held it last. */
  readonly heldBy: string;
  /** The last attempts that failed, the oldest first. */
  readonly history: readonly AttemptRecord[];
  readonly maxAttempts: number;
  readonly backoff: Backoff | undefined;
  readonly everyMs: number;
  readonly cron: CronLine | undefined;
  readonly lastRun: LastRun | undefined;
  readonly origin: Origin | undefined;
}

export interface MessageFilter {
  readonly queue: QueueName;
  readonly state: ListedState;
  readonly group?: string;
  readonly errorGroup?: string;
  /** Part of its id, its error or its body; UTF-8. */
  readonly text?: string;
}

export interface ListRequest extends MessageFilter {
  /** Where to go on, as the page before said; undefined for the first page. */
  readonly cursor: string | undefined;
  readonly limit: number;
}

export interface MessagePage {
  readonly rows: readonly MessageRow[];
  /** Undefined: there is no more. */
  readonly next: string | undefined;
  /** How many messages were looked at. */
  readonly scanned: number;
}

export interface SearchRequest {
  readonly text: string;
  /** In one queue only. */
  readonly queue?: QueueName;
  readonly state?: ListedState;
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** The beginning of a body, or of the result of one that has ended, and of an error. */
export interface Preview {
  readonly body: Buffer;
  readonly bodyBytes: number;
  readonly flags: number;
  readonly error: string;
  /** Of one that has ended. */
  readonly outcome: MessageDetail['outcome'];
}

/** `engine.messages`: any message, whether a client gave it an id or not. What is read here does not push clients' bodies out of the cache. */
export interface MessageViews {
  /**
   * Ready by order, delayed by due time, failed and ended newest first. A cursor whose message is gone goes on at the next; one
   * that cannot be read rejects with a CursorError. A page looks at 10,000 messages or so: `next` may be told although it has
   * few rows, or none.
   */
  list(request: ListRequest): Promise<MessagePage>;
  /** The message, with its record from the disk; undefined where it is gone. */
  inspect(ref: MessageRef): Promise<MessageDetail | undefined>;
  /** Of each that is there still, in the order of `refs`; undefined for one that is gone. */
  preview(refs: readonly MessageRef[], bytes: number): Promise<readonly (Preview | undefined)[]>;
  /** By id through the index, by error and body with a scan in slices: 10,000 messages or 250 ms a call. */
  search(request: SearchRequest): Promise<MessagePage>;
  /** The message that has this job id now. */
  refOf(queue: QueueName, jobId: string): MessageRef | undefined;
  row(ref: MessageRef): MessageRow | undefined;
  /** What readers hold, those that began first at first. */
  running(cursor: string | undefined, limit: number, queue?: QueueName): Promise<MessagePage>;
}

/** Failed messages of one queue with the same error: the first line with its digits collapsed, and the place in the code. */
export interface ErrorGroup {
  readonly queue: QueueName;
  /** Opaque; the same after a restart. `other`: those beyond 1,000 groups of a queue. */
  readonly key: string;
  readonly count: number;
  /** When the first and the last failed, those included that have left the group since there is one. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** The beginning of the first line of the error of one of them. */
  readonly sample: string;
}

/** `engine.failures` */
export interface FailureViews {
  /** The biggest first. Of all queues a thousand at most: none that is left out has twice as many messages as one of these. */
  groups(queue?: QueueName): readonly ErrorGroup[];
}

/**
 * `retry`: what has failed, as new; what waits for its backoff, at once. `discard`: whatever nobody holds; nothing is known of
 * it any more. `cancel`: what waits or is reserved, with a job id or without. `run`: what is delayed is ready now. `move`: what
 * waits or has failed; without its job id where that is taken there. Of a job of the schedule only a run can be discarded, and
 * it does not move.
 */
export type ActionVerb = 'retry' | 'discard' | 'cancel' | 'run' | 'move';
export type Selection = { readonly refs: readonly MessageRef[] } | { readonly filter: MessageFilter };

export interface ActionRequest {
  readonly verb: ActionVerb;
  readonly select: Selection;
  /** Of a retry. */
  readonly delayMs: number;
  /** Of a retry: over how long those that are selected become due, one after the other. */
  readonly spreadMs?: number;
  /** Of a move. */
  readonly to?: QueueName;
}

/** What becomes of an action; it goes on by itself. */
export interface Action {
  readonly id: string;
  readonly verb: ActionVerb;
  readonly state: 'running' | 'done' | 'aborted' | 'failed';
  /** How many were selected when it began; where a text is looked for, how many were found so far. */
  readonly total: number;
  readonly done: number;
  /**
   * Those that were gone, or in another state, when it came to them; the first hundred by name, but not what is gone of more
   * than a thousand. `why`: the state that it is in; `gone`; `moved` or `changed`: it is not what the filter says any more;
   * `cancelled`: it is, and held still; `busy`: a move or a retry of all is under way; `scheduled`; `there`: in the
   * queue that it was to move to; `lost`: its body cannot be read.
   */
  readonly skippedCount: number;
  readonly skipped: readonly { readonly ref: MessageRef; readonly why: string }[];
  readonly startedAt: number;
  readonly endedAt: number;
  readonly error: string;
}

/**
 * `engine.actions`: the same to many messages, 100 a turn. Kept for an hour, the last 1,000. An action holds up nobody: a move,
 * a purge, a drop or a retry of all of the same queue goes on beside it, and it skips what these have taken.
 */
export interface Actions {
  /** How many a selection has now. */
  count(select: Selection): Promise<number>;
  /**
   * Rejects with the errors of admission. Up to 100 messages are through, and durable, when it resolves; what ends it before
   * anything is done rejects. What it resolves with tells later on how far it is.
   */
  begin(request: ActionRequest): Promise<Action>;
  get(id: string): Action | undefined;
  /** The oldest first. */
  all(): readonly Action[];
  /** False where there is none, or it is over. What has been done stays done. */
  abort(id: string): boolean;
}

/** Since the queue came, or the server started; `stats reset` does not touch them. */
export interface Counts {
  /** Stored, what had expired already included; each copy of `fanout_to` where it went. */
  enqueued: number;
  /** Leases and open reads that began. */
  delivered: number;
  completed: number;
  /** Taken for good by a read without a lease, out of the failed ones as well. */
  removed: number;
  expired: number;
  dropped: number;
  failedDropped: number;
  /** Stores to it that were refused since it was full, or where they would have gone besides; in total also those to no queue yet. */
  refused: number;
  /** Passed on to the queue for dead letters: what failed for good, or expired. */
  deadLettered: number;
  /** Attempts that failed, and were put off. */
  retried: number;
  /** Messages that failed for good, the runs of jobs that repeat, and those whose record is lost. */
  failed: number;
  /** Leases that were over, and what was open when its connection ended; not by the server's own end. */
  leasesExpired: number;
  /** Back by their holders: aborted, or returned as if never taken. */
  givenBack: number;
  /** Jobs, or runs of jobs. */
  cancelled: number;
}

export interface QueueLatency {
  /** Milliseconds from being ready, or enqueued, until the first take. */
  readonly wait: Histogram;
  /** Milliseconds from the take until it was done. */
  readonly run: Histogram;
}

/** `engine.figures` */
export interface Figures {
  queue(queue: QueueName): QueueStats | undefined;
  /** All queues, those that are gone included. */
  readonly totals: Readonly<Counts>;
  counts(queue: QueueName): Readonly<Counts> | undefined;
  /** Undefined for one of which nothing was taken lately: it is kept of the 1,000 last active. Not to be held on to: it may become that of another. */
  latency(queue: QueueName): QueueLatency | undefined;
  /** Of all queues. */
  readonly latencies: QueueLatency;
  /** Queues to which something was counted since this was last called. */
  takeChanged(): readonly QueueName[];
  /** Waits for the disk, milliseconds a sync. */
  readonly syncs: Histogram | undefined;
}

export interface ScheduledView {
  readonly name: string;
  readonly queue: QueueName;
  readonly cron: CronLine;
  readonly ref: MessageRef | undefined;
  /** `ready`: a run has come, and waits for a reader or for its backoff. `disabled`: there is no run. */
  readonly state: 'waiting' | 'ready' | 'running' | 'disabled';
  /** Of one that is `ready`: since when a run is due. */
  readonly dueAt: number;
  /** Also of one of which a run is under way. */
  readonly isDisabled: boolean;
  /** By the clock on the wall; while a run is live the first time behind it. */
  readonly nextAt: number;
  readonly lastRun: LastRun | undefined;
  /** Up to 20, the oldest first; since the server started. */
  readonly runs: readonly LastRun[];
}

/** `engine.schedules` */
export interface Schedules {
  all(): readonly ScheduledView[];
  /** Runs it now, beside its times; false where it is live already, undefined where there is none. Durable when it resolves. */
  runNow(name: string): Promise<boolean | undefined>;
  /** Its times pass without a run, over restarts as well, or do so no more. Undefined where there is none. */
  setDisabled(name: string, isDisabled: boolean): Promise<true | undefined>;
}
