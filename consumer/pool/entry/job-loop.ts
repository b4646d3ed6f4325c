// Runs in a child.
import { type MemqError, ServerError, UnreachableError } from '../../../shared/errors.ts';
import { EX_TEMPFAIL } from '../../../shared/exit-status.ts';
import type { JobResult } from '../../executor.ts';
import type { Job } from '../../queue/job.ts';
import type { JobSource } from '../../queue/job-source.ts';
import type { JobQuota } from './job-quota.ts';
import type { JobRunner } from './job-runner.ts';
import { jobKey, type OrphanedJobs } from './orphaned-jobs.ts';
import { ProgressSender } from './progress-sender.ts';
import { resultText } from './result-text.ts';
import type { ServerLink } from './server-link.ts';

interface JobLoopOptions {
  /** That of its job in the table of running jobs. */
  readonly row: number;
  readonly runner: JobRunner;
  readonly quota: JobQuota;
  readonly link: ServerLink;
  readonly orphans: OrphanedJobs;
  readonly connect: () => JobSource;
  /** Whether it waits for jobs and comes back after a lost connection, or ends. */
  readonly isWatching: boolean;
  /** Whether it may hold a second job on a second connection; jobs keep their order. */
  readonly looksAhead: boolean;
  readonly listener: JobLoopListener;
}

interface JobLoopListener {
  /** A job has ended, and the server knows. */
  ended(job: Job, result: JobResult, ms: number): void;
  /** A job has ended, and the server could not be told. */
  unsettled(job: Job, result: JobResult): void;
  /** A job's connection was lost while it ran, or before the server knew that it had ended. */
  orphaned(job: Job, result: Promise<JobResult>): void;
  /** A job does not end. */
  stuck(): void;
}

/** A job, and the source on whose connection it is open. */
interface OpenJob {
  readonly source: JobSource;
  readonly job: Job;
}

/** The connections of a loop. */
interface Sources {
  readonly first: JobSource;
  /** For jobs that are taken ahead. */
  readonly second: JobSource | undefined;
}

/**
 * As long as jobs are over sooner than this (milliseconds), the next one is taken ahead, while the last one is being
 * finished: then the way to the server and back costs next to nothing. Behind a longer job none is kept waiting,
 * since another worker may be free for it.
 */
const QUICK_MS = 1;

/** How long one read waits for a job, milliseconds. */
const READ_MS = 30_000;

/** Takes jobs, runs them one after another in the order in which they come, and tells the server how they ended. */
export class JobLoop {
  readonly #options: JobLoopOptions;
  #sources: Sources | undefined;
  /** The source whose read waits for a job. */
  #blocked: JobSource | undefined;
  #running: (OpenJob & { readonly result: Promise<JobResult> }) | undefined;

  constructor(options: JobLoopOptions) {
    this.#options = options;
  }

  /**
   * Until no job waits, or none may be taken any more. What a job does never ends it.
   *
   * @throws UnreachableError, ServerError or NotAllowedError when the server does not take part any more
   */
  async work(stopping: AbortSignal): Promise<void> {
    const { quota, link, isWatching, connect, looksAhead, runner, row } = this.#options;
    do {
      const sources = { first: connect(), second: looksAhead ? connect() : undefined };
      this.#sources = sources;
      const { generation } = link;
      for (const source of each(sources)) {
        source.onLost = (error) => this.#lost(source, error, generation);
        source.onIntroduced = () => link.answered();
      }
      try {
        await this.#serve(sources);
      } catch (error) {
        if (!isPassing(error) || !isWatching) throw error;
        if (!quota.isOver) await link.retry(error, generation, stopping);
      } finally {
        for (const source of each(sources)) source.close();
        runner.clear(row);
      }
    } while (isWatching && !quota.isOver);
  }

  /** Ends a wait for a job. */
  interrupt(): void {
    this.#blocked?.endWait();
  }

  /** Puts back what is open. */
  async giveBack(): Promise<void> {
    if (this.#sources === undefined) return;
    const sources = each(this.#sources).filter(({ lost }) => lost === undefined);
    await Promise.allSettled(sources.map((source) => source.giveBack()));
  }

  async #serve(sources: Sources): Promise<void> {
    for (let batch = await this.#first(sources); batch.length > 0; batch = await this.#first(sources)) {
      while (batch.length > 0) batch = await this.#runAll(batch, sources);
    }
  }

  /** A job to begin with; none when there is none, or the wait for one was interrupted. */
  async #first({ first: source }: Sources): Promise<OpenJob[]> {
    const { quota, isWatching, runner, row } = this.#options;
    runner.clear(row);
    for (;;) {
      await quota.whenResumed();
      if (quota.isOver || source.isOver) return [];
      if (!quota.claim()) continue;
      if (isWatching) this.#blocked = source;
      const open = await this.#claimed(source, source.take(isWatching ? READ_MS : 0))
        .catch((error: unknown) => {
          // Ended before it was connected.
          if (!source.isEnding) throw error;
          return undefined;
        })
        .finally(() => {
          this.#blocked = undefined;
        });
      // What came although the wait was ended goes back with the connection.
      if (!isWatching || source.isOver) return open === undefined || source.isOver ? [] : [open];
      if (open !== undefined) return [open];
    }
  }

  /** Runs the jobs that are open, and takes the next ones meanwhile. */
  async #runAll(batch: readonly OpenJob[], { first, second }: Sources): Promise<OpenJob[]> {
    const { quota } = this.#options;
    const next: Promise<OpenJob | undefined>[] = [];
    try {
      for (const [index, open] of batch.entries()) {
        if (open.source.lost !== undefined) throw open.source.lost;
        const began = performance.now();
        const result = await this.#run(open);
        const ms = performance.now() - began;
        const isQuick = ms < QUICK_MS;
        const isLast = index === batch.length - 1;
        const takesNext = (isQuick || (isLast && next.length === 0)) && !isStuck(result) && quota.claim();
        const settled = this.#settle(open, result, ms, takesNext);
        // Looked at below, when the jobs that are open have run.
        settled.catch(() => {});
        if (takesNext) next.push(settled);
        else await settled;
        if (isStuck(result)) this.#options.listener.stuck();
        const other = open.source === first ? second : first;
        if (!takesNext || !isQuick || batch.length > 1 || other === undefined || !quota.claim()) continue;
        const ahead = this.#claimed(other, other.take());
        ahead.catch(() => {});
        next.push(ahead);
      }
    } finally {
      // Nothing is closed before it is answered.
      await Promise.allSettled(next);
    }
    const taken = (await Promise.all(next)).filter((open) => open !== undefined);
    return taken.sort((a, b) => Number(a.job.id) - Number(b.job.id));
  }

  /** A job that the quota allows, once it has come. */
  async #claimed(source: JobSource, request: Promise<Job | undefined>): Promise<OpenJob | undefined> {
    let job: Job | undefined;
    try {
      job = await request;
    } finally {
      if (job === undefined) this.#options.quota.release();
    }
    return job && { source, job };
  }

  async #run(open: OpenJob): Promise<JobResult> {
    const { job, source } = open;
    const { runner, row, orphans } = this.#options;
    const earlier = await orphans.result(jobKey(job));
    if (earlier !== undefined) return earlier;
    // Of a job without an id nobody could ask.
    const progress = job.job === undefined ? undefined : new ProgressSender(source);
    const result = runner.run(row, job, (text) => progress?.send(text));
    this.#running = { ...open, result };
    try {
      return await result;
    } finally {
      this.#running = undefined;
      progress?.end();
    }
  }

  /** Tells the server how a job ended; a job that is done makes room for the next in the same request. */
  async #settle(
    { source, job }: OpenJob,
    result: JobResult,
    ms: number,
    takesNext: boolean,
  ): Promise<OpenJob | undefined> {
    const { listener, orphans, isWatching, quota } = this.#options;
    const text = resultText(job, result);
    let next: Promise<OpenJob | undefined> | undefined;
    try {
      if (result.kind === 'failed') await source.fail(result.reason);
      else if (result.kind === 'rejected') await source.reject(result.reason);
      else if (!takesNext || text !== undefined) await source.finish(text);
      else {
        next = this.#claimed(source, source.finishAndTake());
        await next;
      }
    } catch (error) {
      if (takesNext && next === undefined) quota.release();
      if (isWatching) listener.orphaned(job, Promise.resolve(result));
      else listener.unsettled(job, result);
      throw error;
    }
    orphans.forget(jobKey(job));
    listener.ended(job, result, ms);
    return takesNext ? (next ?? this.#claimed(source, source.take())) : undefined;
  }

  #lost(source: JobSource, error: MemqError, generation: number): void {
    const { listener, link, isWatching } = this.#options;
    if (!isWatching) return;
    if (isPassing(error)) link.lost(error, generation);
    const running = this.#running;
    if (running?.source === source) listener.orphaned(running.job, running.result);
  }
}

function each({ first, second }: Sources): readonly JobSource[] {
  return second === undefined ? [first] : [first, second];
}

function isStuck(result: JobResult): boolean {
  return result.kind === 'failed' && result.isStuck === true;
}

/** Whether another attempt may find the server well. */
function isPassing(error: unknown): error is MemqError {
  return (
    error instanceof UnreachableError || (error instanceof ServerError && error.exitCode === EX_TEMPFAIL)
  );
}
