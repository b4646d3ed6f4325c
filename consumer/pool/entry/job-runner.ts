// Runs in a child.
import type { Executor, JobResult } from '../../executor.ts';
import type { Call } from '../../payload/payload.ts';
import { reasonOf } from '../../reason.ts';
import type { AssignedJob } from '../messages.ts';
import type { RunningJobsWriter } from '../running-jobs.ts';
import { runInJob } from './job-context.ts';
import type { JobOutput } from './job-output.ts';

interface JobRunnerOptions {
  readonly read: (payload: Uint8Array, flags: number) => Call;
  readonly executor: Executor;
  readonly output: JobOutput;
  readonly runningJobs: Pick<RunningJobsWriter, 'begin' | 'end'>;
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

  /**
   * Undefined when `isWanted` says that the job is not to begin any more. Never rejects. `send` gets what it says of its
   * progress.
   */
  async run(
    assigned: AssignedJob,
    isWanted: () => boolean,
    send: (text: string) => void,
  ): Promise<JobResult | undefined> {
    const { row, serial, job } = assigned;
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
    try {
      if (!isWanted()) return undefined;
      runningJobs.begin(row, serial, timeoutMs > 0 ? timeoutMs + slackMs : 0);
      const progress = (percent: number, text?: string) => send(JSON.stringify({ percent, text }));
      const execution = { info: job, call, timeoutMs, stopping, signal, progress };
      const result = await runInJob(assigned, () => output.run(job, () => executor.execute(execution)));
      runningJobs.end(row, result.kind === 'done');
      return result;
    } finally {
      limit?.leave();
    }
  }
}
