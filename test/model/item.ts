import type { AttemptRecord, LastRun, Origin, ReserveRequest } from '../../server/engine/api.ts';
import type { Backoff } from '../../shared/backoff.ts';
import type { Known } from './status.ts';

export type Mode = ReserveRequest['mode'];

/** A message of the model. */
export interface Item {
  queue: string;
  /** In place of the message id: known to ascend as that does, while the ids themselves are the engine's business. */
  readonly number: number;
  body: string;
  flags: number;
  priority: number;
  sequence: number;
  enqueuedAt: number;
  /** When it expires, milliseconds since the epoch; Infinity: never. */
  expires: number;
  state: 'ready' | 'delayed' | 'reserved' | 'failed' | 'gone';
  attempts: number;
  deaths: number;
  /** Whether its last attempt ended with its connection or its lease. */
  diedSilently: boolean;
  /** Its own limit of attempts; 0: as its queue says. */
  maxAttempts: number;
  /** Its own backoff; undefined: as its queue says. */
  backoff: Backoff | undefined;
  /** While delayed. */
  due: number;
  error: string;
  /** '' for none. */
  group: string;
  /** The client's id of the job; '' for none. */
  jobId: string;
  /** When it was cancelled while it ran; 0 where it was not. */
  cancelledAt: number;
  rhythm: Rhythm | undefined;
  /** How the last run of what repeats ended. */
  lastRun: LastRun | undefined;
  /** The times of what is scheduled pass without a run. */
  isDisabled: boolean;
  /** Of the last attempt that ended otherwise than by being given back; 0 and '' where that is not known. */
  startedAt: number;
  heldBy: string;
  failedAt: number;
  /** The last attempts that failed, the oldest first. */
  history: readonly AttemptRecord[];
  /** Of a dead letter. */
  origin: Origin | undefined;
  /** While reserved. */
  reservation: Reservation | undefined;
}

/** A job's repetition: every so many milliseconds from `firstAt` on. */
export interface Rhythm {
  readonly everyMs: number;
  readonly firstAt: number;
  /** By a cron line, which comes at the same times; else ''. */
  readonly cron: string;
}

/** A read that holds a message. Its token is known once the engine has answered. */
export interface Reservation {
  readonly item: Item;
  /** Of a lease; 0 for an open read. */
  deadline: number;
  token: number;
  /** What was last said of how far it is; '' after a restart. */
  progress: string;
  /** 0 and '' after a restart. */
  startedAt: number;
  heldBy: string;
}

/** What a read has to answer: the message as it was then. */
export interface Expected {
  readonly seen: Item;
  readonly attempt: number;
  readonly isLast: boolean;
  readonly reservation: Reservation | undefined;
}

/** A read that waits; `answer` is called with what it is to get. */
export interface Waiter {
  readonly queue: string;
  readonly mode: Mode;
  readonly leaseMs: number;
  readonly holder: string;
  readonly until: number;
  readonly answer: (expected: Expected | undefined) => void;
}

/** Who waits for the end of a job; `answer` is called with what that message is then, and the queue that it is in. */
export interface EndWait {
  readonly queue: string;
  readonly jobId: string;
  readonly until: number;
  readonly answer: (known: Known | undefined, queue: string) => void;
  /** The message that had the id when it began. */
  readonly item: Item;
  /** Its run was discarded. */
  isDiscarded: boolean;
}

/** What is remembered of a job that has ended. */
export interface Ended {
  readonly item: Item;
  readonly state: LastRun['state'];
  readonly endedAt: number;
  readonly forgetAt: number;
  readonly result: string;
}

/** As if nobody had ever tried it. */
export function beginAnew(item: Item): void {
  item.attempts = 0;
  item.deaths = 0;
  item.diedSilently = false;
}

/** (priority, sequence) */
export function inOrder(x: Item, y: Item): number {
  return x.priority - y.priority || x.sequence - y.sequence;
}
