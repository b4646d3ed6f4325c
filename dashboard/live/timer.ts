import type { Clock } from './environment.ts';

/** One call that is to come, or none. */
export class Timer {
  readonly #clock: Clock;
  #dueAt = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isSet(): boolean {
    return this.#cancel !== undefined;
  }

  /** Calls this then, and what was set before no more. */
  set(ms: number, call: () => void): void {
    this.stop();
    this.#dueAt = this.#clock.now() + ms;
    this.#cancel = this.#clock.after(ms, () => {
      this.#cancel = undefined;
      this.#dueAt = Number.POSITIVE_INFINITY;
      call();
    });
  }

  /** The same, unless something comes earlier. */
  setEarlier(ms: number, call: () => void): void {
    if (this.#clock.now() + ms < this.#dueAt) this.set(ms, call);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }
}
