import { TryLaterError } from '../shared/errors.ts';
import type { Configuration } from './config/configuration.ts';
import { takePlace } from './overlap-lock.ts';
import { Team } from './pool/runtime/team.ts';
import type { Counts, Report } from './report/report.ts';

export interface RunOptions {
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
}

/** Runs the jobs of a configuration. */
export class Run {
  readonly #options: RunOptions;
  readonly #tally = { done: 0, failed: 0, rejected: 0 };
  /** All that have not ended: the one that works, the one that is to take its place, and those that end. */
  readonly #alive = new Set<Team>();
  #team: Team | undefined;
  #next: Team | undefined;
  #isStopping = false;
  #isPaused = false;
  /** Whether the configuration may have changed since it was read. */
  #isOutdated = false;
  #reloading: Promise<void> | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  /**
   * Works until no job waits, or until it is told to stop; how many jobs ended in which way. Does nothing when
   * enough other runs of the configuration are at it.
   *
   * @throws MemqError when it cannot work; TryLaterError when it is to watch, and enough others do
   */
  async work(config: Configuration): Promise<Counts> {
    const place = takePlace(config.file, config.overlap);
    if (place === undefined) {
      if (!this.#options.isWatching) return this.#tally;
      throw new TryLaterError(
        `${config.file}: ${config.overlap} at work already (overlap = ${config.overlap})`,
      );
    }
    try {
      if (!this.#isStopping) this.#team = this.#assemble(config);
      await this.#whenOver();
    } finally {
      place.release();
    }
    return this.#tally;
  }

  /** Brings what runs to its end; a second time it ends at once. */
  stop(): void {
    this.#isStopping = true;
    for (const team of this.#alive) team.stop();
  }

  kill(): void {
    for (const team of this.#alive) team.kill();
  }

  pause(): void {
    this.#isPaused = true;
    for (const team of this.#alive) team.tell({ type: 'pause' });
    this.#options.report.log('info', {}, 'paused: no job is taken');
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    for (const team of this.#alive) team.tell({ type: 'resume' });
    this.#options.report.log('info', {}, 'resumed');
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
      await this.#replaceTeam();
    }
  }

  async #replaceTeam(): Promise<void> {
    const { report, reread } = this.#options;
    try {
      const config = await reread();
      if (this.#isStopping) return;
      const next = this.#assemble(config);
      this.#next = next;
      await Promise.race([next.ready, next.over]);
      if (this.#isStopping || this.#isOutdated) return;
      this.#team?.stop();
      this.#team = next;
      report.log('info', {}, 'the configuration was read again');
    } catch (error) {
      report.log('error', {}, `${(error as Error).message}; nothing was changed`);
    } finally {
      this.#next = undefined;
    }
  }

  #assemble(config: Configuration): Team {
    const { isWatching, maxJobs, logLevel, report, countsWaiting } = this.#options;
    const { bindings, graceMs } = config;
    const counted = (counts: Counts) => {
      this.#tally.done += counts.done;
      this.#tally.failed += counts.failed;
      this.#tally.rejected += counts.rejected;
      report.counted(counts);
    };
    const team = new Team({
      bindings,
      graceMs,
      isWatching,
      maxJobs,
      logLevel,
      report,
      countsWaiting,
      counted,
    });
    this.#alive.add(team);
    const leave = () => this.#alive.delete(team);
    team.over.then(leave, leave);
    if (this.#isPaused) team.tell({ type: 'pause' });
    return team;
  }

  /** Also of a team that took the place of the first one. */
  async #whenOver(): Promise<void> {
    let team: Team | undefined;
    do {
      team = this.#team;
      await team?.over;
      await this.#reloading;
    } while (team !== this.#team);
    await Promise.all([...this.#alive].map(({ over }) => over));
  }
}
