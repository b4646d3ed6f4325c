// Runs in a child.
import type { Executor, JobResult } from '../../executor.ts';
import type { Call } from '../../payload/payload.ts';
import type { Job } from '../../queue/job.ts';
import { reasonOf } from '../../reason.ts';
import type { RunningJobsWriter } from '../running-jobs.ts';
import type { JobOutput } from './job-output.ts';

interface JobRunnerOptions {
  readonly read: (payload: Uint8Array, flags: number) => Call;
  readonly executor: Executor;
  readonly output: JobOutput;
  readonly runningJobs: Pick<RunningJobsWriter, 'begin' | 'clearDeadline' | 'clear'>;
  /** Milliseconds; 0: as long as it takes. */
  readonly timeoutMs: number;
  /** How much later the parent is to see to a job that runs too long, where the executor does so itself. */
  readonly slackMs: number;
  /** Aborts when a stop begins. */
  readonly stopping: AbortSignal;
  /** Aborts when a stop waits no longer. */
  readonly signal: AbortSignal;
}

/** One attempt at a job: reads its payload, and has the call executed. */
export class JobRunner {
  readonly #options: JobRunnerOptions;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  /** Never rejects. `row`: that of the job in the table of running jobs. `send` gets what it says of its progress. */
  async run(row: number, job: Job, send: (text: string) => void): Promise<JobResult> {
    const { read, executor, output, runningJobs, slackMs, stopping, signal } = this.#options;
    let call: Call;
    try {
      call = read(job.payload, job.flags);
    } catch (error) {
      return { kind: 'rejected', reason: reasonOf(error) };
    }
    const rules = executor.rules?.(call.method);
    const timeoutMs = rules?.timeoutMs ?? this.#options.timeoutMs;
    const limit = rules?.limit;
    if (limit !== undefined) await limit.enter();
    runningJobs.begin(row, job, timeoutMs > 0 ? timeoutMs + slackMs : 0);
    try {
      const progress = (percent: number, text?: string) => send(JSON.stringify({ percent, text }));
      const execution = { info: job, call, timeoutMs, stopping, signal, progress };
      return await output.run(job, () => executor.execute(execution));
    } finally {
      if (timeoutMs > 0) runningJobs.clearDeadline(row);
      limit?.leave();
    }
  }

  /** No job has this row. (That a job has run is not enough: until the server knows, it costs an attempt.) */
  clear(row: number): void {
    this.#options.runningJobs.clear(row);
  }
}
