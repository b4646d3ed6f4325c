/** What tells a job from all others. */
export interface JobName {
  readonly queue: string;
  readonly id: string;
  /** The client's own id. */
  readonly job?: string | undefined;
  readonly attempt: number;
}

/** A job that did not end well. */
export interface JobTrouble extends JobName {
  /** The payload's beginning, as text. */
  readonly call: string;
  /**
   * `failed`: it threw; `final`: it threw a `Fail`; `rejected`: it could not be called at all; `killed`: its process
   * ended.
   */
  readonly kind: 'failed' | 'final' | 'rejected' | 'killed';
  /** Message and stack. */
  readonly reason: string;
  /** Whether this was its last attempt, so that the server keeps it as failed; undefined: unknown. */
  readonly isLast?: boolean | undefined;
  /** The end of what it printed. */
  readonly output?: string | undefined;
  /** How long it ran. */
  readonly ms: number;
  /** The process that ran it. */
  readonly pid: number;
}

export type StreamName = 'stdout' | 'stderr';

/** A line that came out of a process that runs jobs. */
export interface PrintedLine {
  /** Undefined when it cannot be told which job printed it, or none did. */
  readonly job: JobName | undefined;
  readonly pid: number;
  readonly stream: StreamName;
  /** As it was printed, without its end: anything can be in it. */
  readonly text: string;
}

/** How many jobs ended in which way; those that were killed, or threw a `Fail`, have failed. */
export interface Counts {
  readonly done: number;
  readonly failed: number;
  readonly rejected: number;
  readonly cancelled: number;
}

/** What is told beside jobs. */
export type Level = 'debug' | 'info' | 'warn' | 'error';

/** Says how a run goes, to people and to programs that read logs. */
export interface Report {
  /** So many jobs ended since the last call. Those that did not end well are in `trouble` as well, one by one. */
  counted(counts: Counts): void;
  trouble(trouble: JobTrouble): void;
  log(level: Level, fields: object, text: string): void;
  printed(line: PrintedLine): void;
  /** A job that has printed something has ended well: what it printed explains no trouble. */
  succeeded(job: JobName): void;
  /** So many jobs wait, besides those that were told of before. */
  waiting(count: number): void;
  /** Says what is still to be said; what comes later is said at once. */
  end(): void;
  /** Opens the log file anew: it may have been renamed. */
  reopen(): void;
}

/** One of the places that a report goes to. */
export type ReportOutput = Omit<Report, 'waiting' | 'succeeded' | 'reopen'> & Partial<Report>;
