// Runs in the parent.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildMessage, ChildOptions, EndReason, PoolCommand, Refusal } from '../messages.ts';
import { type RunningJob, RunningJobs } from '../running-jobs.ts';
import { ChildOutput, type ChildOutputListener } from './child-output.ts';

const entry = fileURLToPath(new URL('../entry/main.js', import.meta.url));

/** How often the table of running jobs is looked at, milliseconds. */
const LOOK_MS = 250;

/** How long after a deadline a job may take to end in order, before its process is killed. Milliseconds. */
const KILL_AFTER_MS = 1000;

/** How long what a process wrote may take to come after its end, milliseconds: others may hold its pipes. */
const LAG_MS = 1000;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it ended by itself. */
  readonly reason: EndReason | undefined;
  readonly refusal: Refusal | undefined;
  /** The error that ended it. */
  readonly crash: string | undefined;
  /** The jobs that it ran when it ended. */
  readonly running: readonly RunningJob[];
  /** The last lines that it printed outside of jobs. */
  readonly lastLines: readonly string[];
  /** Whether it was killed for a job that ran too long. */
  readonly isOverdue: boolean;
}

interface WorkerProcessListener extends ChildOutputListener {
  received(message: ChildMessage): void;
  exited(exit: Exit): void;
}

/** The parent's side of one child, from its start to its end. What it runs is known at any time. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #runningJobs: RunningJobs;
  readonly #listener: WorkerProcessListener;
  readonly #output: ChildOutput;
  readonly #look: NodeJS.Timeout;
  #lag: NodeJS.Timeout | undefined;
  #isClosed = false;
  #reason: EndReason | undefined;
  #refusal: Refusal | undefined;
  #crash: string | undefined;
  #isOverdue = false;

  constructor(options: ChildOptions, listener: WorkerProcessListener) {
    this.#listener = listener;
    this.#runningJobs = new RunningJobs(options.binding.concurrency);
    this.#child = fork(entry, { stdio: ['ignore', 'pipe', 'pipe', 'ipc', this.#runningJobs.fd, 'pipe'] });
    this.#output = new ChildOutput({
      child: this.#child,
      isPassedOn: options.binding.output === 'pass',
      onlyJob: () => this.#onlyJob(),
      listener,
    });
    this.#child.on('message', (message: ChildMessage) => this.#received(message));
    this.#child.once('exit', (code, signal) => {
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

  send(command: PoolCommand): void {
    if (this.#child.connected) this.#child.send(command, () => {});
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Leaves it without a parent. */
  abandon(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #received(message: ChildMessage): void {
    if (message.type === 'end') this.#reason = message.reason;
    else if (message.type === 'refused') this.#refusal = message;
    else if (message.type === 'crashed') this.#crash = message.reason;
    else this.#listener.received(message);
  }

  #killOverdue(): void {
    if (this.#isOverdue) return;
    const now = Date.now();
    if (!this.#runningJobs.read().some(({ deadline }) => deadline + KILL_AFTER_MS < now)) return;
    this.#isOverdue = true;
    this.kill();
  }

  #onlyJob(): RunningJob | undefined {
    if (this.#isClosed) return undefined;
    const jobs = this.#runningJobs.read();
    return jobs.length === 1 ? jobs[0] : undefined;
  }

  /** It has ended, and all that it wrote was read. */
  #closed(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#isClosed) return;
    clearInterval(this.#look);
    clearTimeout(this.#lag);
    this.#output.end();
    this.#isClosed = true;
    const running = this.#reason === undefined ? this.#runningJobs.read() : [];
    this.#runningJobs.close();
    this.#listener.exited({
      code,
      signal,
      running,
      reason: this.#reason,
      refusal: this.#refusal,
      crash: this.#crash,
      lastLines: this.#output.lastLines,
      isOverdue: this.#isOverdue,
    });
  }
}
