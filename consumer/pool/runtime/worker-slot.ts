// Runs in the parent.
import { EX_SOFTWARE } from '../../../shared/exit-status.ts';
import type { Binding } from '../../config/binding.ts';
import type { Counts, JobTrouble } from '../../report/report.ts';
import type { ChildMessage, PoolCommand, Refusal } from '../messages.ts';
import type { ChildOutputListener } from './child-output.ts';
import { crashText, killedJob } from './exit-text.ts';
import { type Exit, WorkerProcess } from './worker-process.ts';

/** The pause before a process that crashed is replaced, milliseconds; it doubles while they crash without a job. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/** So many crashes without a job, one after the other, end a run, unless it watches and has worked before. */
const MAX_CRASHES = 3;

/** How much longer than it was told a process may take to stop, milliseconds. */
const STOP_SLACK_MS = 2000;

/** The same where programs have to end as well. */
const PROGRAM_SLACK_MS = 8000;

/** A process is replaced after this share more or less of `recycle`, so that not all are at once. */
const JITTER = 0.1;

interface WorkerSlotOptions {
  readonly binding: Binding;
  readonly isWatching: boolean;
  /** How many jobs all of its processes together may take. */
  readonly maxJobs: number;
  readonly logLevel: string;
  readonly countsWaiting: boolean;
  readonly listener: WorkerSlotListener;
}

export interface WorkerSlotListener extends ChildOutputListener {
  received(slot: WorkerSlot, message: ChildMessage): void;
  /** Jobs that ended with their process. */
  killed(troubles: readonly JobTrouble[]): void;
  crashed(slot: WorkerSlot, text: string): void;
  refused(slot: WorkerSlot, refusal: Refusal): void;
  /** A process is there to take commands. */
  started(slot: WorkerSlot): void;
  /** A process has ended. */
  exited(slot: WorkerSlot): void;
  /** The slot stays empty. */
  closed(slot: WorkerSlot): void;
}

/** A place for a process in the pool: when one ends before the work is done, another one takes it. */
export class WorkerSlot {
  readonly binding: Binding;
  readonly #options: WorkerSlotOptions;
  #process: WorkerProcess | undefined;
  /** How many jobs may still be taken. */
  #jobsLeft: number;
  /** Processes that ended without a job, one after the other. */
  #crashes = 0;
  #isStopping = false;
  #isPaused = false;
  #wasReady = false;
  #pause: NodeJS.Timeout | undefined;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
    this.binding = options.binding;
    this.#jobsLeft = options.maxJobs;
  }

  /** Whether a process has been able to run jobs. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  start(): void {
    const { binding, isWatching, logLevel, countsWaiting, listener } = this.#options;
    const maxJobs = Math.min(this.#jobsLeft, recycleAfter(binding));
    const options = {
      binding,
      isWatching,
      logLevel,
      maxJobs: Number.isFinite(maxJobs) ? maxJobs : null,
      countsWaiting: countsWaiting && !this.#wasReady,
    };
    const process = new WorkerProcess(options, {
      received: (message) => this.#received(message),
      exited: (exit) => this.#exited(process.pid, exit),
      printed: (line) => listener.printed(line),
      succeeded: (job) => listener.succeeded(job),
    });
    this.#process = process;
    if (this.#isPaused) process.send({ type: 'pause' });
    listener.started(this);
  }

  send(command: PoolCommand): void {
    if (command.type === 'pause' || command.type === 'resume') this.#isPaused = command.type === 'pause';
    this.#process?.send(command);
  }

  /** Lets the jobs that run come to their end for so long. */
  stop(graceMs: number): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    if (this.#pause !== undefined) {
      clearTimeout(this.#pause);
      this.#options.listener.closed(this);
      return;
    }
    this.send({ type: 'stop', graceMs });
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

  #received(message: ChildMessage): void {
    if (message.type === 'ready') this.#wasReady = true;
    if (message.type === 'counted') this.#count(message.counts);
    this.#options.listener.received(this, message);
  }

  #count({ done, failed, rejected }: Counts): void {
    this.#jobsLeft -= done + failed + rejected;
    this.#crashes = 0;
  }

  #exited(pid: number, exit: Exit): void {
    const { listener } = this.#options;
    clearTimeout(this.#killTimer);
    this.#process = undefined;
    listener.exited(this);
    const { running } = exit;
    this.#jobsLeft -= running.length;
    if (running.length > 0) listener.killed(running.map((job) => killedJob(job, pid, exit)));
    this.#explain(exit);
    if (this.#isOver(exit)) {
      listener.closed(this);
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
      if (refusal === undefined) listener.crashed(this, crashText(exit));
    }
    if (refusal === undefined && (this.#crashes < MAX_CRASHES || (isWatching && this.#wasReady))) return;
    const crashed = {
      code: 'CRASHED',
      message: `processes end one after the other: ${crashText(exit)}`,
      exitCode: EX_SOFTWARE,
    };
    listener.refused(this, refusal ?? crashed);
    if (!isWatching || !this.#wasReady) this.#isStopping = true;
  }

  #isOver({ reason }: Exit): boolean {
    return reason === 'empty' || this.#jobsLeft <= 0 || this.#isStopping;
  }

  #pauseMs({ reason, running }: Exit): number {
    if (reason === 'enough') return 0;
    if (reason !== undefined || running.length > 0) return FIRST_PAUSE_MS;
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#crashes);
  }
}

/** How many jobs the next process takes before it is replaced. */
function recycleAfter({ recycle, worker }: Binding): number {
  // Programs beside a process are replaced by it.
  if (recycle === 0 || worker.kind === 'command') return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.round(recycle * (1 + (Math.random() * 2 - 1) * JITTER)));
}
