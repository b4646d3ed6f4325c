import type { Logger } from '../shared/logger.ts';

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

/** What a job is told of itself, and what it can say. */
export interface JobContext extends JobInfo {
  /**
   * Aborts at the job's deadline, with a TimeoutError; when the job is cancelled, with a CancelledError; and when the worker
   * is told to stop, with an AbortError.
   */
  readonly signal: AbortSignal;
  /** Writes log lines that name the job. */
  readonly log: Logger;
  /** How far the job is, 0 to 100, and what it is at: shown in its status, if it has an id. */
  progress(percent: number, text?: string): void;
}
