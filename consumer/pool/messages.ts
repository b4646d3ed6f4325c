import type { Binding } from '../config/configuration.ts';
import type { Counts, JobTrouble } from '../report/report.ts';

/** What a process is to do; the first message that it gets. */
export interface Assignment {
  readonly binding: Binding;
  /** Whether it waits for jobs, or ends when there are none. */
  readonly isWatching: boolean;
  /** How many jobs it may take before it ends; null: any number. */
  readonly maxJobs: number | null;
  readonly logLevel: string;
  /** Whether it is to count what waits on its queues. */
  readonly countsWaiting: boolean;
}

/** How a job ended that ran while its connection was lost; no outcome: nobody knows, it is to run again. */
export interface Landing {
  /** See `markOf`. */
  readonly mark: string;
  readonly outcome: { readonly kind: 'done' | 'failed' | 'rejected'; readonly reason: string } | undefined;
}

/** From the parent to a child. */
export type Order =
  | { readonly type: 'start'; readonly assignment: Assignment }
  /** Take no more jobs; what still runs after `graceMs` goes back. */
  | { readonly type: 'stop'; readonly graceMs: number }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** Another process still runs this job, although the server may hand it out again. */
  | { readonly type: 'adrift'; readonly mark: string }
  | ({ readonly type: 'landed' } & Landing);

/** Why a child ends by itself. */
export type EndReason = 'empty' | 'enough' | 'stopped' | 'stuck';

/** Why a process cannot go on, and another would fare no better. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
}

/** From a child to the parent. */
export type News =
  /** It can run jobs, as soon as the server is there. */
  | { readonly type: 'ready' }
  | { readonly type: 'counted'; readonly counts: Counts }
  | { readonly type: 'waiting'; readonly count: number }
  | { readonly type: 'trouble'; readonly trouble: JobTrouble }
  /** A job has run, but the server could not be told. */
  | {
      readonly type: 'unsettled';
      readonly queue: string;
      readonly id: string;
      readonly attempt: number;
      readonly outcome: string;
    }
  /** A line of a job's own log, pino's JSON. */
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'lost'; readonly message: string }
  | { readonly type: 'back' }
  | { readonly type: 'adrift'; readonly mark: string }
  | ({ readonly type: 'landed' } & Landing)
  | ({ readonly type: 'refused' } & Refusal)
  /** Something that nothing has caught; the process ends. */
  | { readonly type: 'crashed'; readonly reason: string }
  | { readonly type: 'end'; readonly reason: EndReason };
