// Runs in the parent.
import { EX_CONFIG, EX_SOFTWARE } from '../../../shared/exit-status.ts';
import type { Binding } from '../../config/binding.ts';
import type { LeasedJob } from '../../queue/job-source.ts';
import type { ChildMessage, DoneJobs, EndedJob, Refusal } from '../messages.ts';
import { packJobs } from '../packed-jobs.ts';
import type { RunningJobs } from '../running-jobs.ts';
import { Assignments } from './assignments.ts';
import type { ChildOutputListener } from './child-output.ts';
import type { JobAtExit } from './death.ts';
import { crashText } from './exit-text.ts';
import { type Exit, WorkerProcess } from './worker-process.ts';

/** The pause before a process that crashed is replaced, milliseconds; it doubles while they crash without a job. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/** So many crashes without a job, one after the other, end a run, unless it watches and has worked before. */
const MAX_CRASHES = 3;

/** How long a process may take to end once it is told to, milliseconds. */
const END_MS = 2000;

/** The same where programs have to end as well. */
const PROGRAMS_END_MS = 8000;

/** How long after its grace a cancelled program may take to be gone, before the process that runs it has to end. Milliseconds. */
const PROGRAM_SLACK_MS = 2000;

/** How long after a look at a cancelled job that had not begun the next one is, at least; milliseconds. */
const LOOK_AGAIN_MS = 250;

/** So many jobs may be with a process beyond those that it runs. */
export const MOST_AHEAD = 256;

/** What has not begun after so long behind others goes back, milliseconds: another worker may be free. */
const AHEAD_MS = 100;

/** A process is replaced after this share more or less of `recycle`, so that not all are at once. */
const JITTER = 0.1;

interface WorkerSlotOptions {
  readonly binding: Binding;
  readonly isWatching: boolean;
  readonly logLevel: string;
  readonly listener: WorkerSlotListener;
}

export interface WorkerSlotListener extends ChildOutputListener {
  /** There may be room for jobs now. */
  changed(): void;
  /** Jobs were done, and have no result; `ms`: how long each ran. */
  done(jobs: readonly LeasedJob[], ms: readonly number[]): void;
  ended(slot: WorkerSlot, job: LeasedJob, ended: EndedJob): void;
  /** Had not begun. */
  returned(job: LeasedJob): void;
  progressed(job: LeasedJob, text: string): void;
  /** Its process is gone, and how it stood with a job then. */
  lost(exit: Exit, jobs: readonly JobAtExit[]): void;
  logged(line: string): void;
  /** Its process has ended without a job. */
  crashed(text: string): void;
  refused(slot: WorkerSlot, refusal: Refusal): void;
  /** The slot stays empty. */
  closed(slot: WorkerSlot): void;
}

/** A place for a process: when one ends before the work is done, another one takes it. */
export class WorkerSlot {
  readonly binding: Binding;
  readonly #options: WorkerSlotOptions;
  readonly #rows: number;
  #process: WorkerProcess | undefined;
  /** What the process has. */
  readonly #assigned: Assignments;
  /** How many jobs the process may still be given. */
  #jobsLeft = 0;
  /** Processes that ended without a job, one after the other. */
  #crashes = 0;
  #isReady = false;
  #wasReady = false;
  /** Whether the process has been told to end. */
  #isEnding = false;
  #isStopping = false;
  #isClosed = false;
  /** Whether a job is to run here alone. */
  isReserved = false;
  #pause: NodeJS.Timeout | undefined;
  #startTimer: NodeJS.Timeout | undefined;
  #endTimer: NodeJS.Timeout | undefined;
  #aheadTimer: NodeJS.Timeout | undefined;

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
    this.binding = options.binding;
    this.#rows = options.binding.concurrency + MOST_AHEAD;
    this.#assigned = new Assignments(this.#rows);
  }

  /** Whether a process has been able to run jobs. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** Whether there is a process that can be given jobs. */
  get isReady(): boolean {
    return this.#isReady && !this.#isEnding;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** How many jobs its process has. */
  get load(): number {
    return this.#assigned.size;
  }

  /** How many more jobs its process can be given, with so many beyond those that it runs. */
  room(ahead: number): number {
    if (!this.isReady || this.isReserved) return 0;
    return Math.max(0, Math.min(this.binding.concurrency + ahead - this.load, this.#jobsLeft));
  }

  start(): void {
    const { binding, logLevel } = this.#options;
    this.#jobsLeft = recycleAfter(binding);
    this.#isReady = false;
    this.#isEnding = false;
    const { server: _, ...forChild } = binding;
    const process = new WorkerProcess({ binding: forChild, logLevel }, this.#rows, this.#assigned, {
      received: (message) => this.#received(message),
      exited: (exit, runningJobs) => this.#exited(exit, runningJobs),
      printed: (line) => this.#options.listener.printed(line),
      succeeded: (job) => this.#options.listener.succeeded(job),
    });
    this.#process = process;
    this.#startTimer = setTimeout(() => this.#startedTooLong(), binding.startTimeoutMs);
  }

  /** Has its process run these jobs; there is room for them. */
  assign(jobs: readonly LeasedJob[]): void {
    const assigned = jobs.map((job) => this.#assigned.add(job));
    this.#jobsLeft -= jobs.length;
    this.#process?.send({ type: 'jobs', jobs: packJobs(assigned) });
    this.#watchAhead();
  }

  /** Asks for what has not begun. */
  returnWaiting(): void {
    if (this.load > 0) this.#process?.send({ type: 'return' });
  }

  /** Has a job end that was cancelled, with its process if it is not done by then; false: it is not here. */
  cancel(job: LeasedJob, graceMs: number): boolean {
    const assigned = this.#assigned.find(job);
    if (assigned === undefined) return false;
    this.#process?.send({ type: 'cancel', graceMs, ...assigned });
    this.#endCancelled(job, graceMs + (this.#runsPrograms ? PROGRAM_SLACK_MS : 0));
    return true;
  }

  /** Its jobs should come to their end: no other process comes, and this one ends when it has none. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    if (this.#pause !== undefined) {
      clearTimeout(this.#pause);
      this.#close();
      return;
    }
    this.#process?.send({ type: 'stop' });
    this.returnWaiting();
    this.#endIfUnused();
  }

  /** Ends its process, whatever still runs in it. */
  end(): void {
    if (this.#isEnding || this.#process === undefined) return;
    this.#isEnding = true;
    clearTimeout(this.#startTimer);
    this.#process.send({ type: 'end' });
    const ms = this.#runsPrograms ? PROGRAMS_END_MS : END_MS;
    this.#endTimer = setTimeout(() => this.#process?.kill(), ms);
  }

  /** Ends at once. */
  kill(): void {
    if (this.#runsPrograms) this.#process?.abandon();
    else this.#process?.kill();
  }

  /** One that has not begun is not worth the process. */
  #endCancelled(job: LeasedJob, ms: number): void {
    setTimeout(() => {
      const assigned = this.#assigned.find(job);
      if (assigned === undefined) return;
      if (this.#process?.hasBegun(assigned)) this.end();
      else this.#endCancelled(job, Math.max(ms, LOOK_AGAIN_MS));
    }, ms);
  }

  get #runsPrograms(): boolean {
    return this.binding.worker.kind === 'command';
  }

  #received(message: ChildMessage): void {
    const { listener } = this.#options;
    switch (message.type) {
      case 'ready':
        clearTimeout(this.#startTimer);
        this.#isReady = true;
        this.#wasReady = true;
        this.#endIfUnused();
        listener.changed();
        break;
      case 'ended':
        this.#ended(message.done, message.jobs);
        break;
      case 'returned':
        for (const row of message.rows) {
          const job = this.#assigned.free(row);
          this.#jobsLeft++;
          if (job !== undefined) listener.returned(job);
        }
        this.#afterJobs();
        break;
      case 'progress': {
        const job = this.#assigned.at(message.row);
        if (job !== undefined) listener.progressed(job, message.text);
        break;
      }
      case 'log':
        listener.logged(message.line);
        break;
    }
  }

  #ended(done: DoneJobs, jobs: readonly EndedJob[]): void {
    this.#crashes = 0;
    const known = done.rows.map((row) => this.#assigned.free(row)).filter((job) => job !== undefined);
    if (known.length > 0) this.#options.listener.done(known, done.ms);
    let isStuck = false;
    for (const ended of jobs) {
      const job = this.#assigned.free(ended.row);
      if (job === undefined) continue;
      this.#options.listener.ended(this, job, ended);
      isStuck ||= ended.isStuck === true;
    }
    // What runs there on would go on beside its next attempt.
    if (isStuck) this.end();
    this.#afterJobs();
  }

  #afterJobs(): void {
    this.#watchAhead();
    this.#endIfUnused();
    this.#options.listener.changed();
  }

  /** What waits behind jobs that take long goes back. */
  #watchAhead(): void {
    clearTimeout(this.#aheadTimer);
    if (this.load > this.binding.concurrency)
      this.#aheadTimer = setTimeout(() => this.returnWaiting(), AHEAD_MS);
  }

  #endIfUnused(): void {
    if (this.load === 0 && (this.#isStopping || this.#jobsLeft <= 0)) this.end();
  }

  #startedTooLong(): void {
    const { listener, binding } = this.#options;
    const { startTimeoutMs, worker } = binding;
    const what = worker.kind === 'class' ? `classfile ${worker.file}` : `command ${worker.command.join(' ')}`;
    listener.refused(this, {
      code: 'CONFIG',
      message:
        `${what} has not started within ${startTimeoutMs / 1000} s (start_timeout): ` +
        'something that it waits for while it loads, such as a top-level await, does not end',
      exitCode: EX_CONFIG,
    });
    if (!this.#options.isWatching || !this.#wasReady) this.#isStopping = true;
    this.#process?.kill();
  }

  #exited(exit: Exit, runningJobs: RunningJobs): void {
    const { listener } = this.#options;
    for (const timer of [this.#startTimer, this.#endTimer, this.#aheadTimer]) clearTimeout(timer);
    const wasEnding = this.#isEnding;
    this.#process = undefined;
    this.#isReady = false;
    const jobs = this.#assigned.freeAll(runningJobs);
    const hadBegun = jobs.some(({ entry }) => entry !== undefined);
    listener.lost(exit, jobs);
    const isTold = jobs.some(({ entry }) => entry?.state === 'begun');
    if (!wasEnding) this.#explain(exit, hadBegun, isTold);
    else if (exit.crash !== undefined) listener.crashed(`a process ended: ${crashText(exit)}`);
    if (this.#isStopping) {
      this.#close();
      return;
    }
    this.#pause = setTimeout(
      () => {
        this.#pause = undefined;
        this.start();
      },
      this.#pauseMs(wasEnding, hadBegun),
    );
  }

  /** `isTold`: jobs that ran in it have told why it ended. */
  #explain(exit: Exit, hadBegun: boolean, isTold: boolean): void {
    const { refusal } = exit;
    const { listener, isWatching } = this.#options;
    if (this.#isStopping) return;
    if (!hadBegun) this.#crashes++;
    if (!isTold && refusal === undefined) listener.crashed(`a process is replaced: ${crashText(exit)}`);
    if (refusal === undefined && (this.#crashes < MAX_CRASHES || (isWatching && this.#wasReady))) return;
    const crashed = {
      code: 'CRASHED',
      message: `processes end one after the other: ${crashText(exit)}`,
      exitCode: EX_SOFTWARE,
    };
    listener.refused(this, refusal ?? crashed);
    if (!isWatching || !this.#wasReady) this.#isStopping = true;
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.listener.closed(this);
  }

  #pauseMs(wasEnding: boolean, hadBegun: boolean): number {
    if (wasEnding) return 0;
    if (hadBegun) return FIRST_PAUSE_MS;
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#crashes);
  }
}

/** How many jobs the next process takes before it is replaced. */
function recycleAfter({ recycle, worker }: Binding): number {
  // Programs beside a process are replaced by it.
  if (recycle === 0 || worker.kind === 'command') return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.round(recycle * (1 + (Math.random() * 2 - 1) * JITTER)));
}
