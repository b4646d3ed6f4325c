import { uptime } from 'node:os';
import type { Timing } from '../engine/log/replicated/log-database.ts';

/** How long the machine's uptime is good for, milliseconds: it is read from a file. */
const LOOK_MS = 1;

/**
 * The time of this process: by a monotonic clock, or by the uptime of the machine where that is more, which counts the time
 * that the machine was suspended.
 */
export class ProcessTiming implements Timing {
  readonly #awakeAtStart = performance.now();
  readonly #upAtStart = uptime() * 1000;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #suspended = 0;

  get now(): number {
    const awake = performance.now() - this.#awakeAtStart;
    if (awake - this.#lookedAt >= LOOK_MS) {
      this.#lookedAt = awake;
      this.#suspended = Math.max(this.#suspended, uptime() * 1000 - this.#upAtStart - awake);
    }
    return awake + this.#suspended;
  }

  after(ms: number, run: () => void): void {
    if (ms <= 0) setImmediate(run);
    else setTimeout(run, ms);
  }
}
