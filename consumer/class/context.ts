import type { Logger } from '../../shared/logger.ts';
import type { Execution } from '../executor.ts';
import type { JobContext } from '../job-info.ts';

/** The context of one attempt. */
export class Context implements JobContext {
  readonly queue: string;
  readonly id: string;
  readonly job?: string;
  readonly attempt: number;
  readonly enqueued: number;
  readonly signal: AbortSignal;
  readonly #execution: Execution;
  readonly #log: () => Logger;
  #ownLog: Logger | undefined;

  /** Can be called without its object, as all else can be taken out of it. */
  readonly progress = (percent: number, text?: string): void => {
    if (!(percent >= 0 && percent <= 100)) throw new RangeError(`percent must be 0 to 100, not ${percent}`);
    this.#execution.progress(percent, text);
  };

  constructor(execution: Execution, signal: AbortSignal, log: () => Logger) {
    const { queue, id, job, attempt, enqueued } = execution.info;
    this.queue = queue;
    this.id = id;
    if (job !== undefined) this.job = job;
    this.attempt = attempt;
    this.enqueued = enqueued;
    this.#execution = execution;
    this.signal = signal;
    this.#log = log;
  }

  get log(): Logger {
    const { queue, id, job, attempt } = this;
    this.#ownLog ??= this.#log().child({ queue, message: id, job, attempt });
    return this.#ownLog;
  }
}
