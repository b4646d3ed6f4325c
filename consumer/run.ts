import { errorMessage, TryLaterError } from '../shared/errors.ts';
import type { Configuration } from './config/configuration.ts';
import { acquireOverlapLock } from './overlap-lock.ts';
import { JobQuota } from './pool/runtime/job-quota.ts';
import { type OwnOrder, Pool } from './pool/runtime/pool.ts';
import type { Counts, Report } from './report/report.ts';

interface RunOptions {
  /** Whether it goes on when no job waits. */
  readonly isWatching: boolean;
  /** How many jobs to run at most. */
  readonly maxJobs: number;
  readonly logLevel: string;
  readonly report: Report;
  /** Whether the report shows how many jobs wait. */
  readonly countsWaiting: boolean;
  /** Reads the configuration again. */
  readonly reread: () => Promise<Configuration>;
  readonly listener: RunListener;
}

/** Who wants to hear how a run goes along. */
export interface RunListener {
  /** It begins to work by this configuration. */
  serving?(config: Configuration): void;
  /** All processes can run jobs; `isCutOff`: but a server cannot be reached. */
  ready?(isCutOff: boolean): void;
  /** It takes no more jobs. */
  stopping?(config: Configuration): void;
}

/** Runs the jobs of a configuration. */
export class Run {
  readonly #options: RunOptions;
  /** Of all pools together. */
  readonly #quota: JobQuota;
  readonly #counts = { done: 0, failed: 0, rejected: 0, cancelled: 0 };
  /** All that have not ended: the one that works, the one that is to take its place, and those that end. */
  readonly #pools = new Set<Pool>();
  #pool: Pool | undefined;
  /** What it works by. */
  #config: Configuration | undefined;
  /** The one that gets ready to take its place. */
  #next: Pool | undefined;
  #isStopping = false;
  #isPaused = false;
  /** Whether a server has told it to take no more jobs. */
  #wasQuieted = false;
  /** Whether the configuration may have changed since it was read. */
  #isOutdated = false;
  #reloading: Promise<void> | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#quota = new JobQuota(options.maxJobs);
  }

  /**
   * Works until no job waits, or until it is told to stop; how many jobs ended in which way. Does nothing, and says
   * so to a terminal, when enough other runs of the configuration are at it.
   *
   * @throws MemqError when it cannot work; TryLaterError when it is to watch, and enough others do
   */
  async work(config: Configuration): Promise<Counts> {
    const place = acquireOverlapLock(config);
    if (place.others !== undefined) {
      if (this.#options.isWatching) throw new TryLaterError(place.others);
      this.#options.report.log('info', {}, place.others);
      return this.#counts;
    }
    try {
      if (!this.#isStopping) {
        this.#serves(config);
        const pool = this.#createPool(config);
        this.#pool = pool;
        void pool.isReady.then(() => this.#options.listener.ready?.(pool.isCutOff));
      }
      await this.#whenOver();
    } finally {
      place.release();
    }
    return this.#counts;
  }

  /** Takes no more jobs, and lets those that run come to their end. */
  stop(): void {
    if (this.#config !== undefined && !this.#isStopping) this.#options.listener.stopping?.(this.#config);
    this.#isStopping = true;
    for (const pool of this.#pools) pool.stop();
  }

  /** Ends at once: what runs goes back. Resolves when the server knows, or has not answered for a while. */
  async kill(): Promise<void> {
    await Promise.all([...this.#pools].map((pool) => pool.kill()));
  }

  pause(): void {
    this.#isPaused = true;
    for (const pool of this.#pools) pool.pause();
    this.#options.report.log('info', {}, 'paused: no job is taken');
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    for (const pool of this.#pools) pool.resume();
    this.#options.report.log('info', {}, 'resumed');
  }

  /** Does what a server tells it to. What it is told again after somebody had it go on is not done again. */
  #obey({ order }: OwnOrder, mayBeRepeated: boolean): void {
    const isKnown = mayBeRepeated && this.#wasQuieted;
    this.#wasQuieted ||= order === 'quiet';
    if (this.#isStopping || (order === 'quiet' && (isKnown || this.#isPaused))) return;
    this.#options.report.log('info', { order }, `the server's order is: ${order}`);
    // A run from cron stays for nothing but jobs.
    if (order === 'stop' || !this.#options.isWatching) return this.stop();
    this.pause();
  }

  /** New processes by the configuration as it is now; with a mistake in it the old ones go on. */
  reload(): void {
    this.#isOutdated = true;
    // One that gets ready just now has been made from the old one.
    this.#next?.stop();
    this.#reloading ??= this.#readAgain().finally(() => {
      this.#reloading = undefined;
    });
  }

  async #readAgain(): Promise<void> {
    while (this.#isOutdated && !this.#isStopping) {
      this.#isOutdated = false;
      await this.#replacePool();
    }
  }

  async #replacePool(): Promise<void> {
    const { report, reread } = this.#options;
    try {
      const config = await reread();
      if (this.#isStopping) return;
      const next = this.#createPool(config);
      this.#next = next;
      await Promise.race([next.isReady, next.over]);
      if (this.#isStopping || this.#isOutdated) return;
      this.#pool?.stop();
      this.#pool = next;
      report.log('info', {}, 'the configuration was read again');
      this.#serves(config);
    } catch (error) {
      report.log('error', {}, `${errorMessage(error)}; nothing was changed`);
    } finally {
      this.#next = undefined;
    }
  }

  #serves(config: Configuration): void {
    this.#config = config;
    this.#options.listener.serving?.(config);
  }

  #createPool(config: Configuration): Pool {
    const { isWatching, logLevel, report, countsWaiting } = this.#options;
    const { bindings, graceMs } = config;
    const counted = (counts: Counts) => {
      this.#counts.done += counts.done;
      this.#counts.failed += counts.failed;
      this.#counts.rejected += counts.rejected;
      this.#counts.cancelled += counts.cancelled;
      report.counted(counts);
    };
    const pool = new Pool({
      bindings,
      graceMs,
      isWatching,
      quota: this.#quota,
      logLevel,
      report,
      countsWaiting,
      counted,
      ordered: (order, mayBeRepeated) => this.#obey(order, mayBeRepeated),
    });
    this.#pools.add(pool);
    const forget = () => this.#pools.delete(pool);
    pool.over.then(forget, forget);
    if (this.#isPaused) pool.pause();
    return pool;
  }

  /** Also of a pool that took the place of the first one. */
  async #whenOver(): Promise<void> {
    let pool: Pool | undefined;
    do {
      pool = this.#pool;
      await pool?.over;
      await this.#reloading;
    } while (pool !== this.#pool);
    await Promise.all([...this.#pools].map(({ over }) => over));
  }
}
