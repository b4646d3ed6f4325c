// What the parent and its children say to each other.
import type { Binding } from '../config/binding.ts';
import type { JobResult } from '../executor.ts';
import type { Counts, JobTrouble } from '../report/report.ts';

/** What a child is to do; its first command brings it. */
export interface ChildOptions {
  readonly binding: Binding;
  /** Whether it waits for jobs, or ends when there are none. */
  readonly isWatching: boolean;
  /** How many jobs it may take before it ends; null: any number. */
  readonly maxJobs: number | null;
  readonly logLevel: string;
  /** Whether it is to count what waits on its queues. */
  readonly countsWaiting: boolean;
}

/** How an orphaned job ended; without a result nobody knows, and it is to run again. */
export interface OrphanResult {
  /** See `jobKey`. */
  readonly key: string;
  readonly result: { readonly kind: JobResult['kind']; readonly reason: string } | undefined;
}

/** From the parent to a child. */
export type PoolCommand =
  | { readonly type: 'start'; readonly options: ChildOptions }
  /** Take no more jobs; what still runs after `graceMs` goes back. */
  | { readonly type: 'stop'; readonly graceMs: number }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** Another child still runs this job, although the server may hand it out again. */
  | { readonly type: 'orphaned'; readonly key: string }
  | ({ readonly type: 'orphan-ended' } & OrphanResult);

/** Why a child ends by itself. */
export type EndReason = 'empty' | 'enough' | 'stopped' | 'stuck';

/** Why a child cannot go on, and another would fare no better. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
}

/** From a child to the parent. */
export type ChildMessage =
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
      readonly result: JobResult['kind'];
    }
  /** A line of a job's own log, pino's JSON. */
  | { readonly type: 'log'; readonly line: string }
  /** The connection to the server is lost, or back. */
  | { readonly type: 'lost'; readonly message: string }
  | { readonly type: 'back' }
  | { readonly type: 'orphaned'; readonly key: string }
  | ({ readonly type: 'orphan-ended' } & OrphanResult)
  | ({ readonly type: 'refused' } & Refusal)
  /** Something that nothing has caught; the process ends. */
  | { readonly type: 'crashed'; readonly reason: string }
  | { readonly type: 'end'; readonly reason: EndReason };
