// Runs in the parent.
import { shownText } from '../../../shared/payload/text.ts';
import type { LeasedJob } from '../../queue/job-source.ts';
import type { Counts, JobTrouble } from '../../report/report.ts';

/** How long the report waits for counts, milliseconds. */
const COUNT_MS = 100;

/** What people are shown of a payload's beginning, bytes. */
const MAX_CALL_BYTES = 200;

const NO_COUNTS = { done: 0, failed: 0, rejected: 0, cancelled: 0 };

/** Counts how jobs ended, and tells it in groups. */
export class JobReports {
  readonly #counted: (counts: Counts) => void;
  #counts = { ...NO_COUNTS };
  #timer: NodeJS.Timeout | undefined;

  constructor(counted: (counts: Counts) => void) {
    this.#counted = counted;
  }

  add(kind: keyof Counts, jobs = 1): void {
    this.#counts[kind] += jobs;
    this.#timer ??= setTimeout(() => this.flush(), COUNT_MS);
  }

  /** Tells the counts now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const counts = this.#counts;
    if (counts.done + counts.failed + counts.rejected + counts.cancelled === 0) return;
    this.#counts = { ...NO_COUNTS };
    this.#counted(counts);
  }
}

/** What people are told of a job that did not end well. */
export function troubleOf(
  { queue, id, job, attempt, isLast, payload }: LeasedJob,
  charset: string,
  how: Pick<JobTrouble, 'kind' | 'reason' | 'ms' | 'pid'>,
): JobTrouble {
  const call = shownText(payload.subarray(0, MAX_CALL_BYTES), charset);
  return { queue, id, ...(job !== undefined && { job }), attempt, isLast, call, ...how };
}
