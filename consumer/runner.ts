import { dispatch, type Outcome, type Worker } from './dispatch.ts';
import type { Job, Queue } from './queue.ts';

export interface DrainOptions {
  readonly readText: (bytes: Uint8Array) => string;
  /** How many jobs to run at most. */
  readonly maxJobs: number;
  /** No job is taken once this is aborted; the one that runs is brought to its end. */
  readonly signal: AbortSignal;
  /** Hears of each job, once the server knows its outcome. */
  readonly onOutcome: (job: Job, outcome: Outcome) => void;
  /** Hears of a job whose outcome the server could not be told, so that it will run again. */
  readonly onUnsettled: (job: Job, outcome: Outcome) => void;
}

/**
 * Runs the jobs of the queue, one after another, until none waits. What a job does never ends the run, and the
 * server puts off what failed, so that a run always ends.
 *
 * @throws UnreachableError, ServerError or NotAllowedError when the server does not take part any more
 */
export async function drain(queue: Queue, worker: Worker, options: DrainOptions): Promise<void> {
  const { readText, maxJobs, signal, onOutcome, onUnsettled } = options;
  let job = signal.aborted ? undefined : await queue.take();
  for (let run = 1; job !== undefined; run++) {
    const outcome = await dispatch(worker, job.payload, readText);
    const more = run < maxJobs && !signal.aborted;
    let next: Job | undefined;
    try {
      next = await settle(queue, outcome, more);
    } catch (error) {
      onUnsettled(job, outcome);
      throw error;
    }
    onOutcome(job, outcome);
    if (more && outcome.kind !== 'done') next = await queue.take();
    job = next;
  }
}

/** Tells the server how the open job ended; a job that is done makes room for the next in the same request. */
async function settle(queue: Queue, outcome: Outcome, more: boolean): Promise<Job | undefined> {
  switch (outcome.kind) {
    case 'done':
      if (more) return queue.finishAndTake();
      await queue.finish();
      return undefined;
    case 'failed':
      await queue.fail(outcome.reason);
      return undefined;
    case 'rejected':
      await queue.reject(outcome.reason);
      return undefined;
  }
}
