// Runs in a child.
import type { JobResult } from '../../executor.ts';
import type { Job } from '../../queue/job.ts';
import type { JobTrouble } from '../../report/report.ts';
import type { ChildMessage } from '../messages.ts';

/** How long the parent waits for counts, milliseconds. */
const COUNT_MS = 100;

/** What the parent is told of a payload's beginning, bytes. */
const MAX_CALL_BYTES = 200;

const NO_COUNTS = { done: 0, failed: 0, rejected: 0 };

/** Tells the parent how jobs ended: how many, in groups, and each that did not end well. */
export class JobReports {
  readonly #send: (message: ChildMessage) => void;
  #counts = { ...NO_COUNTS };
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (message: ChildMessage) => void) {
    this.#send = send;
  }

  add(job: Job, result: JobResult, ms: number): void {
    this.#timer ??= setTimeout(() => this.flush(), COUNT_MS);
    if (result.kind === 'done') {
      this.#counts.done++;
      return;
    }
    const { queue, id, attempt, isLast, payload } = job;
    const { reason } = result;
    const kind: JobTrouble['kind'] = result.kind === 'rejected' && result.isThrown ? 'final' : result.kind;
    this.#counts[kind === 'rejected' ? 'rejected' : 'failed']++;
    const call = payload.toString('utf8', 0, MAX_CALL_BYTES);
    const named = job.job === undefined ? {} : { job: job.job };
    const trouble = { queue, id, ...named, attempt, call, kind, reason, isLast, ms, pid: process.pid };
    this.#send({ type: 'trouble', trouble });
  }

  /** Sends the counts now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const counts = this.#counts;
    if (counts.done + counts.failed + counts.rejected === 0) return;
    this.#counts = { ...NO_COUNTS };
    this.#send({ type: 'counted', counts });
  }
}
