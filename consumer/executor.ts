import type { JobInfo } from './job-info.ts';
import type { Limit } from './limit.ts';
import type { Call } from './payload/payload.ts';

/** How an attempt at a job ended. */
export type JobResult =
  /** `value` is what it returned, kept with the status of a job that has an id. */
  | { readonly kind: 'done'; readonly value?: unknown }
  /** It may work at another time: the server tries it again, as its policy says. */
  | {
      readonly kind: 'failed';
      readonly reason: string;
      /** The process that ran it died of it. */
      readonly died?: true;
      /** It still runs, and nothing but the end of this process ends it. */
      readonly isStuck?: true;
    }
  /** No other time will change it: it goes to the failed ones at once. */
  | {
      readonly kind: 'rejected';
      readonly reason: string;
      /** It ran, and said so itself; else it could not be called at all. */
      readonly isThrown?: true;
    };

/** One attempt at a job. */
export interface Execution {
  readonly info: JobInfo;
  readonly call: Call;
  /** How long it may run, milliseconds; 0: as long as it takes. */
  readonly timeoutMs: number;
  /** Aborts when a stop begins: the job should come to its end. */
  readonly stopping: AbortSignal;
  /** Aborts when a stop waits no longer. */
  readonly signal: AbortSignal;
  /** How far it is, for its status: 0 to 100. */
  progress(percent: number, text?: string): void;
}

/** What holds for a method in place of what the binding says. */
export interface MethodRules {
  /** How long a job may run, milliseconds; 0: as long as it takes; undefined: what the binding says. */
  readonly timeoutMs: number | undefined;
  /** How many may run at a time. */
  readonly limit: Limit | undefined;
}

/** What runs jobs: a class in this process, or programs beside it. */
export interface Executor {
  /** @throws ConfigError or NotAllowedError when it cannot run any job */
  start(): Promise<void>;
  rules?(method: string): MethodRules | undefined;
  /** Runs one job: its result at once, if that needs no waiting. Never throws or rejects. */
  execute(execution: Execution): JobResult | Promise<JobResult>;
  /** Has a job that runs end, since it was cancelled; `graceMs`: how long that may take, where nothing else ends it. */
  cancel(info: JobInfo, graceMs: number): void;
  close(): Promise<void>;
  /** Kills what it has started beside this process, which is about to end. */
  kill?(): void;
}
