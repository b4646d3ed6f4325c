/** Failures that an address and a name may have at once, and the time after which it may have one more. */
const BURST = 10;
const PACE_MS = 6000;
/** Addresses and names that are remembered. */
const MOST = 10_000;

/** Counts who has failed to log in, by address and name: ten times a minute, then one may be tried every six seconds. */
export class FailedLogins {
  /** When all failures will be forgotten, milliseconds of `performance.now()`; the last to fail last. */
  readonly #until = new Map<string, number>();

  add(address: string, name: string): void {
    const pair = JSON.stringify([address, name]);
    const now = performance.now();
    const until = Math.max(this.#until.get(pair) ?? now, now) + PACE_MS;
    this.#until.delete(pair);
    this.#until.set(pair, until);
    for (const oldest of this.#until.keys()) {
      if (this.#until.size <= MOST) break;
      this.#until.delete(oldest);
    }
  }

  /** How long the next try has to wait. */
  pauseMs(address: string, name: string): number {
    const until = this.#until.get(JSON.stringify([address, name])) ?? 0;
    return Math.max(Math.ceil(until - performance.now() - (BURST - 1) * PACE_MS), 0);
  }
}
