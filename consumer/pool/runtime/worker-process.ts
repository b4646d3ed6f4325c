// Runs in the parent.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { JobName } from '../../report/report.ts';
import type { Assigned, ChildCommand, ChildMessage, ChildOptions, Refusal } from '../messages.ts';
import { RunningJobs } from '../running-jobs.ts';
import { ChildOutput, type ChildOutputListener } from './child-output.ts';

const entry = fileURLToPath(new URL('../entry/main.js', import.meta.url));

/** Without this cron would mail, each time, that a class file is a module though its package.json does not say so. */
const NO_ADVICE = '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON';

/** How often the table of running jobs is looked at, milliseconds. */
const LOOK_MS = 250;

/** How long after a deadline a job may take to end in order, before its process is killed. Milliseconds. */
const KILL_AFTER_MS = 1000;

/** What begins none of its jobs for so long, while it runs none, is replaced. Milliseconds. */
const BEGIN_MS = 30_000;

/** How long a process without its channel may take to end, milliseconds. */
const CUT_OFF_MS = 2000;

/** How long what a process wrote may take to come after its end, milliseconds: others may hold its pipes. */
const LAG_MS = 1000;

/** So long after the end of a job what comes out of its process may still be its output, milliseconds. */
const TAIL_MS = 1000;

/** How a process ended. */
export interface Exit {
  readonly pid: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it ended as it was told to. */
  readonly isOrderly: boolean;
  readonly refusal: Refusal | undefined;
  /** The error that ended it. */
  readonly crash: string | undefined;
  /** The job whose code ended it; undefined: not known. */
  readonly culprit: Assigned | undefined;
  readonly isOutOfMemory: boolean;
  /** The last lines that it printed outside of jobs. */
  readonly lastLines: readonly string[];
  /** When it was killed for a job that ran too long, milliseconds since 1970. */
  readonly killedAt: number | undefined;
}

/** The jobs that a process has. */
interface ItsJobs {
  rows(): readonly (Assigned & { readonly job: JobName })[];
  /** That of a row. */
  at(row: number): JobName | undefined;
}

interface WorkerProcessListener extends ChildOutputListener {
  received(message: ChildMessage): void;
  /** `runningJobs` tells how it stood with the jobs. */
  exited(exit: Exit, runningJobs: RunningJobs): void;
}

/** The parent's side of one child, from its start to its end. What it runs is known at any time. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #runningJobs: RunningJobs;
  readonly #listener: WorkerProcessListener;
  readonly #assigned: ItsJobs;
  readonly #output: ChildOutput;
  readonly #look: NodeJS.Timeout;
  #lag: NodeJS.Timeout | undefined;
  #cutOff: NodeJS.Timeout | undefined;
  /** How often one after the other it was seen with jobs of which it had begun none. */
  #idleLooks = 0;
  #isClosed = false;
  /** The job that ended last, and when. */
  #lastEnded: { readonly job: JobName; readonly at: number } | undefined;
  #isOrderly = false;
  #refusal: Refusal | undefined;
  #crash: string | undefined;
  #culprit: Assigned | undefined;
  #killedAt: number | undefined;

  /** `rows`: of the table. `assigned`: the jobs that it has now. */
  constructor(options: ChildOptions, rows: number, assigned: ItsJobs, listener: WorkerProcessListener) {
    this.#listener = listener;
    this.#assigned = assigned;
    this.#runningJobs = new RunningJobs(rows);
    this.#child = fork(entry, {
      execArgv: [...process.execArgv, NO_ADVICE],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', this.#runningJobs.fd, 'pipe'],
      serialization: 'advanced',
    });
    this.#output = new ChildOutput({
      child: this.#child,
      isPassedOn: options.binding.output === 'pass',
      onlyJob: () => this.#onlyJob(),
      listener,
    });
    this.#child.on('message', (message: ChildMessage) => this.#received(message));
    this.#child.once('disconnect', () => {
      // As a rule it ends by itself; but a job can close the channel so that the process does not hear of it.
      this.#cutOff = setTimeout(() => this.#killFor('it has lost its channel to memq-consume'), CUT_OFF_MS);
    });
    this.#child.once('exit', (code, signal) => {
      clearTimeout(this.#cutOff);
      this.#output.drain();
      this.#lag = setTimeout(() => this.#closed(code, signal), LAG_MS);
    });
    this.#child.once('close', (code, signal) => this.#closed(code, signal));
    this.#child.once('error', (error) => {
      this.#crash = error.message;
      if (this.pid === 0) this.#closed(null, null);
    });
    this.#look = setInterval(() => this.#killOverdue(), LOOK_MS);
    this.send({ type: 'start', options });
  }

  /** 0 when it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  send(command: ChildCommand): void {
    // Not when the child says so: a job can have it end as well.
    if (command.type === 'end') this.#isOrderly = true;
    if (this.#child.connected) this.#child.send(command, () => {});
  }

  /** Whether a job that it has runs, or has ended just now. */
  hasBegun({ row, serial }: Assigned): boolean {
    this.#runningJobs.read();
    return this.#runningJobs.entry(row, serial) !== undefined;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Leaves it without a parent: it ends, and kills its programs, which nobody else could. */
  abandon(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #received(message: ChildMessage): void {
    switch (message.type) {
      case 'ends':
        break;
      case 'refused':
        this.#refusal = message;
        break;
      case 'dies':
        this.#crash = message.reason;
        this.#culprit = message.culprit;
        break;
      case 'ended':
        this.#noteEnded(message.jobs.at(-1)?.row ?? message.done.rows.at(-1));
        this.#listener.received(message);
        break;
      default:
        this.#listener.received(message);
    }
  }

  #killOverdue(): void {
    if (this.#killedAt !== undefined) return;
    const assigned = this.#assigned.rows();
    if (assigned.length === 0) {
      this.#idleLooks = 0;
      return;
    }
    const now = Date.now();
    this.#runningJobs.read();
    const entries = assigned.map(({ row, serial }) => this.#runningJobs.entry(row, serial));
    // Looks are counted, not time: a machine that was asleep has not been busy.
    this.#idleLooks = entries.some((entry) => entry !== undefined) ? 0 : this.#idleLooks + 1;
    if (this.#idleLooks * LOOK_MS > BEGIN_MS) {
      this.#killFor(
        `it has begun no job for ${BEGIN_MS / 1000} s: one that had ended may have left an endless loop behind`,
      );
      return;
    }
    const isOverdue = entries.some(
      (entry) => entry?.state === 'begun' && entry.deadline + KILL_AFTER_MS < now,
    );
    if (!isOverdue) return;
    this.#killedAt = now;
    this.kill();
  }

  #killFor(reason: string): void {
    this.#crash ??= reason;
    this.kill();
  }

  #noteEnded(row: number | undefined): void {
    const job = row === undefined ? undefined : this.#assigned.at(row);
    if (job !== undefined) this.#lastEnded = { job, at: performance.now() };
  }

  /** The job that it runs, when it is one, or has run just now: what it wrote comes by another way than its end. */
  #onlyJob(): JobName | undefined {
    if (this.#isClosed) return undefined;
    this.#runningJobs.read();
    const entries = this.#assigned.rows().flatMap(({ row, serial, job }) => {
      const entry = this.#runningJobs.entry(row, serial);
      return entry === undefined ? [] : [{ job, isRunning: entry.state === 'begun' }];
    });
    const running = entries.filter(({ isRunning }) => isRunning);
    if (running.length > 0) return running.length === 1 ? running[0]?.job : undefined;
    if (entries.length > 0) return entries.at(-1)?.job;
    const last = this.#lastEnded;
    return last !== undefined && performance.now() - last.at < TAIL_MS ? last.job : undefined;
  }

  /** It has ended, and all that it wrote was read. */
  #closed(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#isClosed) return;
    clearInterval(this.#look);
    clearTimeout(this.#lag);
    this.#output.end();
    this.#isClosed = true;
    this.#runningJobs.read();
    const exit = {
      pid: this.pid,
      code,
      signal,
      isOrderly: this.#isOrderly,
      refusal: this.#refusal,
      crash: this.#crash,
      culprit: this.#culprit,
      isOutOfMemory: this.#output.isOutOfMemory,
      lastLines: this.#output.lastLines,
      killedAt: this.#killedAt,
    };
    this.#listener.exited(exit, this.#runningJobs);
    this.#runningJobs.close();
  }
}
