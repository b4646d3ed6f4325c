import type { Limit } from './limit.ts';
import type { Call } from './payload/payload.ts';

/** How a job ended. */
export type Outcome =
  /** `result` is kept with the status of a job that has an id. */
  | { readonly kind: 'done'; readonly result?: unknown }
  /** It may work at another time: the server tries it again, as its policy says. */
  | {
      readonly kind: 'failed';
      readonly reason: string;
      /** It still runs, and nothing but the end of this process ends it. */
      readonly isStuck?: true;
    }
  /** No other time will change it: it goes to the failed ones at once. */
  | { readonly kind: 'rejected'; readonly reason: string };

/** What is known of a job besides what it is to do. */
export interface JobInfo {
  readonly queue: string;
  /** The message that carries it. */
  readonly id: string;
  /** The id that its client gave it. */
  readonly job?: string | undefined;
  /** 1 the first time. */
  readonly attempt: number;
  /** When it was put on the queue, in milliseconds since 1970. */
  readonly enqueued: number;
}

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

export interface Rules {
  /** How long a job may run, milliseconds; 0: as long as it takes. */
  readonly timeoutMs: number | undefined;
  /** How many may run at a time. */
  readonly limit: Limit | undefined;
}

/** What runs jobs: a class in this process, or programs beside it. */
export interface Executor {
  /** @throws ConfigError or NotAllowedError when it cannot run any job */
  start(): Promise<void>;
  /** What holds for a method in place of what the binding says. */
  rules?(method: string): Rules | undefined;
  /** Runs one job; never rejects. */
  execute(execution: Execution): Promise<Outcome>;
  close(): Promise<void>;
  /** Kills what it has started beside this process, which is about to end. */
  kill?(): void;
}

/** How many characters of a reason are passed on; the server keeps 4096 bytes. */
export const MAX_REASON = 4096;
