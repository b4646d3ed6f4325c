import { type MemqError, ServerError, UnreachableError } from '../../../shared/errors.ts';
import type { Outcome } from '../../executor.ts';
import type { Job, JobSource } from '../../job-source.ts';
import { type Adrift, markOf } from './adrift.ts';
import type { Allowance } from './allowance.ts';
import type { JobRunner } from './job-runner.ts';
import type { Link } from './link.ts';
import { resultText } from './result-text.ts';

export interface LaneOptions {
  /** Its place on the board. */
  readonly slot: number;
  readonly runner: JobRunner;
  readonly allowance: Allowance;
  readonly link: Link;
  readonly adrift: Adrift;
  readonly connect: () => JobSource;
  /** Whether it waits for jobs and comes back after a lost connection, or ends. */
  readonly isWatching: boolean;
  /** Whether it may hold a second job on a second connection; jobs keep their order. */
  readonly looksAhead: boolean;
  readonly listener: LaneListener;
}

export interface LaneListener {
  /** A job has ended, and the server knows. */
  ended(job: Job, outcome: Outcome, ms: number): void;
  /** A job has ended, and the server could not be told. */
  unsettled(job: Job, outcome: Outcome): void;
  /** A job's connection was lost while it ran, or before the server knew that it had ended. */
  adrift(job: Job, outcome: Promise<Outcome>): void;
  /** A job does not end. */
  stuck(): void;
}

/** A job, and the source on whose connection it is open. */
interface Held {
  readonly source: JobSource;
  readonly job: Job;
}

/**
 * As long as jobs are over sooner than this (milliseconds), the next one is taken ahead, while the last one is being
 * finished: then the way to the server and back costs next to nothing. Behind a longer job none is kept waiting,
 * since another worker may be free for it.
 */
const QUICK_MS = 1;

/** How long one read waits for a job, milliseconds. */
const WAIT_MS = 30_000;

/** Runs jobs one after another, in the order in which they come. */
export class Lane {
  readonly #options: LaneOptions;
  #sources: readonly JobSource[] = [];
  #waiting: JobSource | undefined;
  #running: Held | undefined;
  /** What `#running` will come to. */
  #outcome: Promise<Outcome> | undefined;
  /** Whether a word of progress is on its way, and the latest one that is to follow. */
  #isTelling = false;
  #latest: string | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /**
   * Until no job waits, or none may be taken any more. What a job does never ends it.
   *
   * @throws UnreachableError, ServerError or NotAllowedError when the server does not take part any more
   */
  async work(stopping: AbortSignal): Promise<void> {
    const { allowance, link, isWatching, connect, looksAhead, runner, slot } = this.#options;
    do {
      this.#sources = looksAhead ? [connect(), connect()] : [connect()];
      const { era } = link;
      for (const source of this.#sources) {
        source.onLost = (error) => this.#lost(source, error, era);
        source.onWelcome = () => link.works();
      }
      try {
        await this.#serve();
      } catch (error) {
        if (!isPassing(error) || !isWatching) throw error;
        if (!allowance.isOver) await link.retry(error, era, stopping);
      } finally {
        for (const source of this.#sources) source.close();
        runner.rest(slot);
      }
    } while (isWatching && !allowance.isOver);
  }

  /** Ends a wait for a job. */
  interrupt(): void {
    this.#waiting?.endWait();
  }

  /** Puts back what is open. */
  async giveBack(): Promise<void> {
    const sources = this.#sources.filter(({ lost }) => lost === undefined);
    await Promise.allSettled(sources.map((source) => source.giveBack()));
  }

  async #serve(): Promise<void> {
    for (let batch = await this.#first(); batch.length > 0; batch = await this.#first()) {
      while (batch.length > 0) batch = await this.#runAll(batch);
    }
  }

  /** A job to begin with; none when there is none, or the wait for one was interrupted. */
  async #first(): Promise<Held[]> {
    const { allowance, isWatching, runner, slot } = this.#options;
    const source = this.#sources[0]!;
    runner.rest(slot);
    for (;;) {
      await allowance.whenResumed();
      if (allowance.isOver || source.isOver) return [];
      if (!allowance.claim()) continue;
      if (isWatching) this.#waiting = source;
      const held = await this.#hold(source, source.take(isWatching ? WAIT_MS : 0))
        .catch((error: unknown) => {
          // Ended before it was connected.
          if (!source.isEnding) throw error;
          return undefined;
        })
        .finally(() => {
          this.#waiting = undefined;
        });
      // What came although the wait was ended goes back with the connection.
      if (!isWatching || source.isOver) return held === undefined || source.isOver ? [] : [held];
      if (held !== undefined) return [held];
    }
  }

  /** Runs the jobs that are held, and takes the next ones meanwhile. */
  async #runAll(batch: readonly Held[]): Promise<Held[]> {
    const { allowance } = this.#options;
    const next: Promise<Held | undefined>[] = [];
    try {
      for (const [index, held] of batch.entries()) {
        if (held.source.lost !== undefined) throw held.source.lost;
        const started = performance.now();
        const outcome = await this.#run(held);
        const ms = performance.now() - started;
        const isQuick = ms < QUICK_MS;
        const isLast = index === batch.length - 1;
        const more = (isQuick || (isLast && next.length === 0)) && !isStuck(outcome) && allowance.claim();
        const settled = this.#settle(held, outcome, ms, more);
        // Looked at below, when the jobs that are held have run.
        settled.catch(() => {});
        if (more) next.push(settled);
        else await settled;
        if (isStuck(outcome)) this.#options.listener.stuck();
        if (!more || !isQuick || batch.length > 1 || this.#sources.length === 1 || !allowance.claim())
          continue;
        const other = held.source === this.#sources[0] ? this.#sources[1]! : this.#sources[0]!;
        const ahead = this.#hold(other, other.take());
        ahead.catch(() => {});
        next.push(ahead);
      }
    } finally {
      // Nothing is closed before it is answered.
      await Promise.allSettled(next);
    }
    const held = (await Promise.all(next)).filter((each) => each !== undefined);
    return held.sort((a, b) => Number(a.job.id) - Number(b.job.id));
  }

  /** A job that was claimed, once it has come. */
  async #hold(source: JobSource, request: Promise<Job | undefined>): Promise<Held | undefined> {
    let job: Job | undefined;
    try {
      job = await request;
    } finally {
      if (job === undefined) this.#options.allowance.giveBack();
    }
    return job && { source, job };
  }

  async #run(held: Held): Promise<Outcome> {
    const { job } = held;
    const { runner, slot, adrift } = this.#options;
    const earlier = await adrift.outcome(markOf(job));
    if (earlier !== undefined) return earlier;
    this.#running = held;
    this.#outcome = runner.run(slot, job, (text) => this.#tellProgress(held, text));
    try {
      return await this.#outcome;
    } finally {
      this.#running = undefined;
    }
  }

  /** Tells the server how a job ended; a job that is done makes room for the next in the same request. */
  async #settle(
    { source, job }: Held,
    outcome: Outcome,
    ms: number,
    more: boolean,
  ): Promise<Held | undefined> {
    const { listener, adrift, isWatching } = this.#options;
    const result = resultText(job, outcome);
    let next: Promise<Held | undefined> | undefined;
    try {
      if (outcome.kind === 'failed') await source.fail(outcome.reason);
      else if (outcome.kind === 'rejected') await source.reject(outcome.reason);
      else if (!more || result !== undefined) await source.finish(result);
      else {
        next = this.#hold(source, source.finishAndTake());
        await next;
      }
    } catch (error) {
      if (more && next === undefined) this.#options.allowance.giveBack();
      if (isWatching) listener.adrift(job, Promise.resolve(outcome));
      else listener.unsettled(job, outcome);
      throw error;
    }
    adrift.forget(markOf(job));
    listener.ended(job, outcome, ms);
    return more ? (next ?? this.#hold(source, source.take())) : undefined;
  }

  #lost(source: JobSource, error: MemqError, era: number): void {
    const { listener, link, isWatching } = this.#options;
    if (!isWatching) return;
    if (isPassing(error)) link.lost(error, era);
    if (this.#running?.source === source) listener.adrift(this.#running.job, this.#outcome!);
  }

  /** Sends the latest word, one at a time. */
  #tellProgress(held: Held, text: string): void {
    // Of a job without an id nobody could ask.
    if (this.#running !== held || held.job.job === undefined) return;
    this.#latest = text;
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#latest = undefined;
    const told = () => {
      this.#isTelling = false;
      if (this.#latest !== undefined) this.#tellProgress(held, this.#latest);
    };
    // What goes wrong with it, the end of the job will find out.
    held.source.progress(text).then(told, told);
  }
}

function isStuck(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && outcome.isStuck === true;
}

/** Whether another attempt may find the server well. */
function isPassing(error: unknown): error is MemqError {
  return error instanceof UnreachableError || (error instanceof ServerError && error.exitCode === 75);
}
