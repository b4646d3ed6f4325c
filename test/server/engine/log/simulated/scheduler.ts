import type { Timing } from '../../../../../server/engine/log/replicated/log-database.ts';

/** Draws numbers from a seed, the same ones each time. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed + 1, 0x9e37_79b1) >>> 0) % 0x7fff_fffe;
  }

  /** In [0, below), whole. */
  below(below: number): number {
    this.#state = (this.#state * 48271 + 11) % 0x7fff_ffff;
    return this.#state % below;
  }

  /** In [0, 1). */
  part(): number {
    return this.below(2 ** 30) / 2 ** 30;
  }

  /** True with that probability. */
  is(probability: number): boolean {
    return this.below(1_000_000) < probability * 1_000_000;
  }
}

interface Task {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Time that stands still until somebody asks for what comes next. */
export class Scheduler {
  readonly #tasks: Task[] = [];
  #count = 0;
  /** Milliseconds. */
  now = 0;

  /** Has something done after so many milliseconds. */
  after(ms: number, run: () => void): void {
    this.#tasks.push({ at: this.now + ms, order: this.#count++, run });
  }

  /** Does what comes next; false when there is nothing. */
  step(): boolean {
    let next = this.#tasks[0];
    if (next === undefined) return false;
    for (const task of this.#tasks) {
      if (task.at < next.at || (task.at === next.at && task.order < next.order)) next = task;
    }
    this.#tasks.splice(this.#tasks.indexOf(next), 1);
    this.now = Math.max(this.now, next.at);
    next.run();
    return true;
  }
}

/** A process: what it has asked for waits while it is paused, and is never done once it has ended. */
export class Process implements Timing {
  readonly #scheduler: Scheduler;
  #waiting: (() => void)[] = [];
  isPaused = false;
  #hasEnded = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Milliseconds of its monotonic clock. */
  get now(): number {
    return this.#scheduler.now;
  }

  after(ms: number, run: () => void): void {
    this.#scheduler.after(ms, () => this.deliver(run));
  }

  /** Something comes from outside. */
  deliver(run: () => void): void {
    if (this.#hasEnded) return;
    if (this.isPaused) this.#waiting.push(run);
    else run();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) this.after(0, run);
  }

  end(): void {
    this.#hasEnded = true;
  }
}
