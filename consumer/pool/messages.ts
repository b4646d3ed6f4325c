// What the parent and its children say to each other.
import type { Binding } from '../config/binding.ts';
import type { JobResult } from '../executor.ts';
import type { Job } from '../queue/job.ts';

/** What a child is to do; its first command brings it. */
export interface ChildOptions {
  /** Without the server: no code of a class needs the login, or the key. */
  readonly binding: Omit<Binding, 'server'>;
  readonly logLevel: string;
}

/** What tells an assignment from all others. */
export interface Assigned {
  /** Its row in the table of running jobs. */
  readonly row: number;
  /** A row is used for one after the other. */
  readonly serial: number;
}

/** A job for a child. */
export interface AssignedJob extends Assigned {
  readonly job: Job;
}

/** The jobs of one message: a few long values, since each small one costs about as much as a short job. */
export interface PackedJobs {
  readonly rows: readonly number[];
  readonly serials: readonly number[];
  readonly flags: readonly number[];
  /** Where the answer of each ends in `answers`. */
  readonly ends: readonly number[];
  readonly answers: Buffer;
}

/** Those that were done and have no result, as most are. */
export interface DoneJobs {
  readonly rows: readonly number[];
  /** How long each ran. */
  readonly ms: readonly number[];
}

/** How another job ended in a child. */
export interface EndedJob {
  readonly row: number;
  readonly kind: JobResult['kind'];
  /** Where it was not done. */
  readonly reason?: string;
  /** What it returned, as text. */
  readonly value?: string;
  /** The program that ran it has died of it. */
  readonly hasDied?: boolean;
  /** It still runs, and nothing but the end of its process ends it. */
  readonly isStuck?: boolean;
  /** Rejected: it ran, and said so itself. */
  readonly isThrown?: boolean;
  /** How long it ran. */
  readonly ms: number;
}

/** From the parent to a child. */
export type ChildCommand =
  | { readonly type: 'start'; readonly options: ChildOptions }
  | { readonly type: 'jobs'; readonly jobs: PackedJobs }
  /** Give back what has not begun. */
  | { readonly type: 'return' }
  /** A job was cancelled: one that has begun has so long to end, one that has not comes back. */
  | ({ readonly type: 'cancel'; readonly graceMs: number } & Assigned)
  /** A stop has begun: jobs should come to their end. */
  | { readonly type: 'stop' }
  /** Nothing more is to come: end, at once with what still runs. */
  | { readonly type: 'end' };

/** Why a child cannot go on, and another would fare no better. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
}

/** From a child to the parent. */
export type ChildMessage =
  /** It can run jobs. */
  | { readonly type: 'ready' }
  | { readonly type: 'ended'; readonly done: DoneJobs; readonly jobs: readonly EndedJob[] }
  /** What had not begun. */
  | { readonly type: 'returned'; readonly rows: readonly number[] }
  /** How far a job is. */
  | { readonly type: 'progress'; readonly row: number; readonly text: string }
  /** A line of a job's own log, pino's JSON. */
  | { readonly type: 'log'; readonly line: string }
  | ({ readonly type: 'refused' } & Refusal)
  /** Something that nothing has caught, or a call of `process.exit`, ends the process; `culprit`: in which job, if that is known. */
  | { readonly type: 'dies'; readonly reason: string | undefined; readonly culprit: Assigned | undefined }
  /** It ends, as it was told to. */
  | { readonly type: 'ends' };
