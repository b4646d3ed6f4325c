// Runs in a child.
import type { Executor, JobResult } from '../../executor.ts';
import type { Limit } from '../../limit.ts';
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

/** An attempt at a job of which the payload has been read. */
export interface Attempt {
  readonly assigned: AssignedJob;
  readonly call: Call;
  readonly timeoutMs: number;
  /** How many of its method may run at a time. */
  readonly limit: Limit | undefined;
}

/** Attempts at jobs: reads their payloads, and has the calls executed. */
export class JobRunner {
  readonly #options: JobRunnerOptions;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  /** The attempt; or the job's end, when its payload cannot be read. */
  read(assigned: AssignedJob): Attempt | JobResult {
    const { read, executor } = this.#options;
    const { payload, flags } = assigned.job;
    let call: Call;
    try {
      call = read(payload, flags);
    } catch (error) {
      return { kind: 'rejected', reason: reasonOf(error) };
    }
    const rules = executor.rules?.(call.method);
    const timeoutMs = rules?.timeoutMs ?? this.#options.timeoutMs;
    return { assigned, call, timeoutMs, limit: rules?.limit };
  }

  /** Notes that it is about to begin; that is to be written before it does. */
  note({ assigned, timeoutMs }: Attempt): void {
    const { runningJobs, slackMs } = this.#options;
    runningJobs.begin(assigned.row, assigned.serial, timeoutMs > 0 ? timeoutMs + slackMs : 0);
  }

  /** Runs it: its result at once, if that needs no waiting. `send` gets what it says of its progress. Never throws or rejects. */
  run(attempt: Attempt, send: (text: string) => void): JobResult | Promise<JobResult> {
    const { assigned, call, timeoutMs } = attempt;
    const { executor, output, stopping, signal } = this.#options;
    const info = assigned.job;
    const progress = (percent: number, text?: string) => send(JSON.stringify({ percent, text }));
    const execution = { info, call, timeoutMs, stopping, signal, progress };
    const result = runInJob(assigned, () => output.run(info, () => executor.execute(execution)));
    return result instanceof Promise
      ? result.then((late) => this.#ended(attempt, late))
      : this.#ended(attempt, result);
  }

  #ended({ assigned, limit }: Attempt, result: JobResult): JobResult {
    this.#options.runningJobs.end(assigned.row, result.kind === 'done');
    limit?.leave();
    return result;
  }
}
