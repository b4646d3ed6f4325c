import type { Binding } from '../../config/configuration.ts';
import type { Counts, JobTrouble } from '../../report/report.ts';
import type { Posted } from '../board.ts';
import type { News, Order, Refusal } from '../messages.ts';
import { type Exit, WorkerProcess } from './worker-process.ts';

/** The pause before a process that crashed is replaced, milliseconds; it doubles while they crash without a job. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/** So many crashes without a job, one after the other, end a run, unless it watches and has worked before. */
const MOST_CRASHES = 3;

/** How much longer than it was told a process may take to stop, milliseconds. */
const STOP_SLACK_MS = 2000;

/** The same where programs have to end as well. */
const PROGRAM_SLACK_MS = 8000;

/** A process is replaced after this share more or less of `recycle`, so that not all are at once. */
const JITTER = 0.1;

export interface SeatOptions {
  readonly binding: Binding;
  readonly isWatching: boolean;
  /** How many jobs all of its processes together may take. */
  readonly maxJobs: number;
  readonly logLevel: string;
  readonly countsWaiting: boolean;
  readonly listener: SeatListener;
}

export interface SeatListener {
  heard(seat: Seat, news: News): void;
  /** Jobs that ended with their process. */
  killed(troubles: readonly JobTrouble[]): void;
  crashed(seat: Seat, text: string): void;
  refused(seat: Seat, refusal: Refusal): void;
  /** A process is there to take orders. */
  started(seat: Seat): void;
  /** A process has ended. */
  exited(seat: Seat): void;
  /** It stays empty. */
  left(seat: Seat): void;
}

/** A place for a process: when one ends before the work is done, another one takes it. */
export class Seat {
  readonly binding: Binding;
  readonly #options: SeatOptions;
  #process: WorkerProcess | undefined;
  #left: number;
  #crashes = 0;
  #isStopping = false;
  #isPaused = false;
  /** Whether a process has been able to run jobs. */
  #wasReady = false;
  #pause: NodeJS.Timeout | undefined;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(options: SeatOptions) {
    this.#options = options;
    this.binding = options.binding;
    this.#left = options.maxJobs;
  }

  get wasReady(): boolean {
    return this.#wasReady;
  }

  start(): void {
    const { binding, isWatching, logLevel, countsWaiting, listener } = this.#options;
    const most = Math.min(this.#left, jobsOf(binding));
    const assignment = {
      binding,
      isWatching,
      logLevel,
      maxJobs: Number.isFinite(most) ? most : null,
      countsWaiting: countsWaiting && !this.#wasReady,
    };
    const process = new WorkerProcess(assignment, {
      heard: (news) => this.#heard(news),
      exited: (exit) => this.#exited(process.pid, exit),
    });
    this.#process = process;
    if (this.#isPaused) process.tell({ type: 'pause' });
    listener.started(this);
  }

  tell(order: Order): void {
    if (order.type === 'pause' || order.type === 'resume') this.#isPaused = order.type === 'pause';
    this.#process?.tell(order);
  }

  /** Lets the jobs that run come to their end for so long. */
  stop(graceMs: number): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    if (this.#pause !== undefined) {
      clearTimeout(this.#pause);
      this.#options.listener.left(this);
      return;
    }
    this.tell({ type: 'stop', graceMs });
    const slackMs = this.#runsPrograms ? PROGRAM_SLACK_MS : STOP_SLACK_MS;
    this.#killTimer = setTimeout(() => this.#process?.kill(), graceMs + slackMs);
  }

  /** Ends at once. */
  kill(): void {
    // A process that loses its parent ends, and kills its programs, which nobody else could.
    if (this.#runsPrograms) this.#process?.abandon();
    else this.#process?.kill();
  }

  get #runsPrograms(): boolean {
    return this.binding.worker.kind === 'command';
  }

  #heard(news: News): void {
    if (news.type === 'ready') this.#wasReady = true;
    if (news.type === 'counted') this.#count(news.counts);
    this.#options.listener.heard(this, news);
  }

  #count({ done, failed, rejected }: Counts): void {
    this.#left -= done + failed + rejected;
    this.#crashes = 0;
  }

  #exited(pid: number, exit: Exit): void {
    const { listener } = this.#options;
    clearTimeout(this.#killTimer);
    this.#process = undefined;
    listener.exited(this);
    const { running } = exit;
    this.#left -= running.length;
    if (running.length > 0) listener.killed(running.map((job) => trouble(job, pid, exit)));
    this.#explain(exit);
    if (this.#isOver(exit)) {
      listener.left(this);
      return;
    }
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.start();
    }, this.#pauseMs(exit));
  }

  #explain(exit: Exit): void {
    const { reason, refusal, running } = exit;
    const { listener, isWatching } = this.#options;
    if (reason !== undefined || this.#isStopping) return;
    // Else the jobs have told why it ended.
    if (running.length === 0) {
      this.#crashes++;
      if (refusal === undefined) listener.crashed(this, endText(exit));
    }
    if (refusal === undefined && (this.#crashes < MOST_CRASHES || (isWatching && this.#wasReady))) return;
    const crashed = {
      code: 'CRASHED',
      message: `processes end one after the other: ${endText(exit)}`,
      exitCode: 70,
    };
    listener.refused(this, refusal ?? crashed);
    if (!isWatching || !this.#wasReady) this.#isStopping = true;
  }

  #isOver({ reason }: Exit): boolean {
    return reason === 'empty' || this.#left <= 0 || this.#isStopping;
  }

  #pauseMs({ reason, running }: Exit): number {
    if (reason === 'enough') return 0;
    if (reason !== undefined || running.length > 0) return FIRST_PAUSE_MS;
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#crashes);
  }
}

/** How many jobs the next process takes before it is replaced. */
function jobsOf({ recycle, worker }: Binding): number {
  // Programs beside a process are replaced by it.
  if (recycle === 0 || worker.kind === 'command') return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.round(recycle * (1 + (Math.random() * 2 - 1) * JITTER)));
}

/** What became of a job whose process ended. */
function trouble({ since, deadline, ...job }: Posted, pid: number, exit: Exit): JobTrouble {
  const ms = Date.now() - since;
  const seconds = (deadline - since) / 1000;
  const reason = !exit.isOverdue
    ? endText(exit)
    : deadline <= Date.now()
      ? `it ran longer than its timeout of ${seconds} s, and was killed with its process`
      : 'its process was killed because of another job, which ran longer than its timeout';
  return { ...job, kind: 'killed', reason, ms, pid };
}

function endText({ code, signal, crash }: Exit): string {
  if (crash !== undefined) return `its process ended: ${crash}`;
  return `its process ended ${signal === null ? `with exit status ${code}` : `by ${signal}`}`;
}
