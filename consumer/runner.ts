import { dispatch, type Outcome, type Worker } from './dispatch.ts';
import type { Job, Queue } from './queue.ts';

export interface DrainOptions {
  readonly readText: (bytes: Uint8Array) => string;
  /** How many jobs to run at most. */
  readonly maxJobs: number;
  /** No job is taken once this is aborted; what was taken is brought to its end. */
  readonly signal: AbortSignal;
  /** Hears of each job, once the server knows its outcome. */
  readonly onOutcome: (job: Job, outcome: Outcome) => void;
  /** Hears of a job whose outcome the server could not be told, so that it will run again. */
  readonly onUnsettled: (job: Job, outcome: Outcome) => void;
}

/** A job, and the queue on whose connection it is open. */
interface Held {
  readonly queue: Queue;
  readonly job: Job;
}

/**
 * As long as jobs are over sooner than this (milliseconds), the next one is taken ahead, while the last one is being
 * finished: then the way to the server and back costs next to nothing. Behind a longer job none is kept waiting,
 * since another worker may be free for it.
 */
const QUICK_MS = 1;

/**
 * Runs the jobs of the queue, one after another and in their order, until none waits. What a job does never ends the
 * run, and the server puts off what failed, so that a run always ends. The two queues are the same one on the server,
 * each on a connection of its own.
 *
 * @throws UnreachableError, ServerError or NotAllowedError when the server does not take part any more
 */
export async function drain(
  queues: readonly [Queue, Queue],
  worker: Worker,
  options: DrainOptions,
): Promise<void> {
  const { readText, maxJobs, signal, onOutcome, onUnsettled } = options;
  let taken = 0;
  /** Whether one more job may be taken; it counts from here on, unless none comes. */
  const claim = (): boolean => {
    if (taken >= maxJobs || signal.aborted) return false;
    taken++;
    return true;
  };

  const hold = async (queue: Queue, request: Promise<Job | undefined>): Promise<Held | undefined> => {
    const job = await request;
    if (job !== undefined) return { queue, job };
    taken--;
    return undefined;
  };

  /** Tells the server how a job ended; a job that is done makes room for the next in the same request. */
  const settle = async ({ queue, job }: Held, outcome: Outcome, more: boolean): Promise<Held | undefined> => {
    let next: Held | undefined;
    try {
      if (outcome.kind === 'failed') await queue.fail(outcome.reason);
      else if (outcome.kind === 'rejected') await queue.reject(outcome.reason);
      else if (more) next = await hold(queue, queue.finishAndTake());
      else await queue.finish();
    } catch (error) {
      onUnsettled(job, outcome);
      throw error;
    }
    onOutcome(job, outcome);
    return more && outcome.kind !== 'done' ? hold(queue, queue.take()) : next;
  };

  let batch = claim() ? await all([hold(queues[0], queues[0].take())]) : [];
  while (batch.length > 0) {
    const next: Promise<Held | undefined>[] = [];
    for (const [index, held] of batch.entries()) {
      const started = performance.now();
      const outcome = await dispatch(worker, held.job.payload, readText);
      const isQuick = performance.now() - started < QUICK_MS;
      const isLast = index === batch.length - 1;
      const more = (isQuick || (isLast && next.length === 0)) && claim();
      const settled = settle(held, outcome, more);
      // Looked at below, when the jobs that are held have run.
      settled.catch(() => {});
      if (more) next.push(settled);
      else await settled;
      if (!more || !isQuick || batch.length > 1 || !claim()) continue;
      const other = held.queue === queues[0] ? queues[1] : queues[0];
      next.push(hold(other, other.take()));
    }
    batch = await all(next);
  }
}

/** The jobs that came, in their order; waits for all requests before it throws what one of them threw. */
async function all(requests: Promise<Held | undefined>[]): Promise<Held[]> {
  await Promise.allSettled(requests);
  const held = (await Promise.all(requests)).filter((each) => each !== undefined);
  return held.sort((a, b) => Number(a.job.id) - Number(b.job.id));
}
