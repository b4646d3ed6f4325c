/** A job that did not end well. */
export interface JobTrouble {
  readonly queue: string;
  readonly id: string;
  /** The client's own id. */
  readonly job?: string;
  readonly attempt: number;
  /** The payload's beginning, as text. */
  readonly call: string;
  readonly kind: 'failed' | 'rejected' | 'killed';
  /** Message and stack. */
  readonly reason: string;
  /** How long it ran. */
  readonly ms: number;
  /** The process that ran it. */
  readonly pid: number;
}

/** How many jobs ended in which way; those that were killed have failed. */
export interface Counts {
  readonly done: number;
  readonly failed: number;
  readonly rejected: number;
}

/** What is told beside jobs. */
export type Level = 'debug' | 'info' | 'warn' | 'error';

/** Says how a run goes, to people and to programs that read logs. */
export interface Report {
  /** So many jobs ended since the last call. Those that did not end well are in `trouble` as well, one by one. */
  counted(counts: Counts): void;
  trouble(trouble: JobTrouble): void;
  log(level: Level, fields: object, text: string): void;
  /** So many jobs wait, besides those that were told of before. */
  waiting(count: number): void;
  /** Says what is still to be said; what comes later is said at once. */
  end(): void;
  /** Opens the log file anew: it may have been renamed. */
  reopen(): void;
}

/** One of the places that a report goes to. */
export type ReportOutput = Omit<Report, 'waiting' | 'reopen'> & Partial<Report>;
