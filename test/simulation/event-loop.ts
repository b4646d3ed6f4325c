import type { Clock } from './clock.ts';

/** What the machine's own event loop offers, under the names that it has there. */
const REAL = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
};
const REAL_CLOCKS = { date: Date.now, performance: performance.now, random: Math.random };

interface Timer {
  at: number;
  readonly everyMs: number;
  readonly run: () => void;
  unref(): Timer;
}

/** Input and output that the loop waits for. */
export interface Poll {
  /** What is done by now, to be called one by one. */
  take(): (() => void)[];
  readonly isEmpty: boolean;
}

/**
 * An event loop whose every turn is asked for, and whose clock stands still between. While it is in force, timers,
 * immediates, clocks and chance are those of the simulation; there is one in force at a time.
 */
export class EventLoop {
  readonly clock: Clock;
  /** What work takes, as far as only performance.now() sees it, milliseconds. */
  busyMs = 0;
  /** Called with what nobody caught: it would end the process. */
  onUncaught: (error: Error) => void = (error) => {
    throw error;
  };
  readonly #poll: Poll;
  readonly #start: number;
  readonly #timers = new Set<Timer>();
  #immediates: (() => void)[] = [];

  constructor(clock: Clock, poll: Poll) {
    this.clock = clock;
    this.#start = clock.now;
    this.#poll = poll;
  }

  get now(): number {
    return this.clock.now;
  }

  /** Puts this loop in force. */
  enter(): void {
    const set = (run: () => void, ms = 0): Timer => this.#add(run, ms, 0);
    const clear = (timer: Timer | undefined): void => {
      if (timer !== undefined) this.#timers.delete(timer);
    };
    Object.assign(globalThis, {
      setTimeout: set,
      clearTimeout: clear,
      setInterval: (run: () => void, ms: number) => this.#add(run, ms, ms),
      clearInterval: clear,
      setImmediate: (run: (...values: unknown[]) => void, ...values: unknown[]) => {
        this.#immediates.push(() => run(...values));
      },
    });
    Date.now = () => this.now;
    performance.now = () => this.now - this.#start + this.busyMs;
    // The jitter of backoffs, which the model has to draw as well.
    Math.random = () => 0.5;
  }

  /** The machine's own event loop is in force again. */
  static leave(): void {
    Object.assign(globalThis, REAL);
    Date.now = REAL_CLOCKS.date;
    performance.now = REAL_CLOCKS.performance;
    Math.random = REAL_CLOCKS.random;
  }

  /** One turn: timers that are due, input and output, immediates. */
  async turn(): Promise<void> {
    await settled();
    for (const timer of this.#due()) {
      if (!this.#timers.has(timer)) continue;
      if (timer.everyMs > 0) timer.at += timer.everyMs;
      else this.#timers.delete(timer);
      await this.#run(timer.run);
    }
    for (const done of this.#poll.take()) await this.#run(done);
    const immediates = this.#immediates;
    this.#immediates = [];
    for (const immediate of immediates) await this.#run(immediate);
  }

  /** Nothing will happen until the clock moves, or somebody asks for something. */
  get isIdle(): boolean {
    return this.#immediates.length === 0 && this.#poll.isEmpty && this.#due().length === 0;
  }

  /** When the next timer is due; Infinity when there is none. */
  get nextTimer(): number {
    return Math.min(...[...this.#timers].map(({ at }) => at));
  }

  async #run(callback: () => void): Promise<void> {
    try {
      callback();
    } catch (error) {
      this.onUncaught(error as Error);
    }
    await settled();
  }

  #due(): Timer[] {
    return [...this.#timers].filter(({ at }) => at <= this.now).sort((a, b) => a.at - b.at);
  }

  #add(run: () => void, ms: number, everyMs: number): Timer {
    const timer = { at: this.now + ms, everyMs, run, unref: () => timer };
    this.#timers.add(timer);
    return timer;
  }
}

/** Resolves when no promise has anything to do any more. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    REAL.setImmediate(resolve);
  });
}
