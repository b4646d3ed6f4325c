// Runs in the parent.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildCommand, ChildMessage, ChildOptions, Refusal } from '../messages.ts';
import { RunningJobs } from '../running-jobs.ts';

const entry = fileURLToPath(new URL('../entry/main.js', import.meta.url));

/** How often the table of running jobs is looked at, milliseconds. */
const LOOK_MS = 250;

/** How long after a deadline a job may take to end in order, before its process is killed. Milliseconds. */
const KILL_AFTER_MS = 1000;

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
  /** The row of the job whose code ended it; undefined: not known. */
  readonly culprit: number | undefined;
  /** When it was killed for a job that ran too long, milliseconds since 1970. */
  readonly killedAt: number | undefined;
}

interface WorkerProcessListener {
  received(message: ChildMessage): void;
  /** `runningJobs` tells how it stood with the jobs. */
  exited(exit: Exit, runningJobs: RunningJobs): void;
}

/** The parent's side of one child, from its start to its end. What it runs is known at any time. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #runningJobs: RunningJobs;
  readonly #listener: WorkerProcessListener;
  readonly #rowsInUse: () => Iterable<readonly [row: number, serial: number]>;
  readonly #look: NodeJS.Timeout;
  #isOrderly = false;
  #refusal: Refusal | undefined;
  #crash: string | undefined;
  #culprit: number | undefined;
  #killedAt: number | undefined;

  /** `rowsInUse`: the rows of the table that jobs have now. */
  constructor(
    options: ChildOptions,
    rows: number,
    rowsInUse: () => Iterable<readonly [row: number, serial: number]>,
    listener: WorkerProcessListener,
  ) {
    this.#listener = listener;
    this.#rowsInUse = rowsInUse;
    this.#runningJobs = new RunningJobs(rows);
    this.#child = fork(entry, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', this.#runningJobs.fd],
      serialization: 'advanced',
    });
    this.#child.on('message', (message: ChildMessage) => this.#received(message));
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
    if (this.#child.connected) this.#child.send(command, () => {});
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
        this.#isOrderly = true;
        break;
      case 'refused':
        this.#refusal = message;
        break;
      case 'dies':
        this.#crash = message.reason;
        this.#culprit = message.row;
        break;
      default:
        this.#listener.received(message);
    }
  }

  #killOverdue(): void {
    if (this.#killedAt !== undefined) return;
    const rows = [...this.#rowsInUse()];
    if (rows.length === 0) return;
    const now = Date.now();
    this.#runningJobs.read();
    const isOverdue = rows.some(([row, serial]) => {
      const entry = this.#runningJobs.entry(row, serial);
      return entry?.state === 'begun' && entry.deadline + KILL_AFTER_MS < now;
    });
    if (!isOverdue) return;
    this.#killedAt = now;
    this.kill();
  }

  #closed(code: number | null, signal: NodeJS.Signals | null): void {
    clearInterval(this.#look);
    this.#runningJobs.read();
    const exit = {
      pid: this.pid,
      code,
      signal,
      isOrderly: this.#isOrderly,
      refusal: this.#refusal,
      crash: this.#crash,
      culprit: this.#culprit,
      killedAt: this.#killedAt,
    };
    this.#listener.exited(exit, this.#runningJobs);
    this.#runningJobs.close();
  }
}
