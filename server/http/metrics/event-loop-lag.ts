import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;
const NANOSECONDS_PER_MS = 1e6;

export interface Lag {
  /** Seconds. */
  readonly mean: number;
  readonly p99: number;
}

/** How late the event loop is. Nothing is measured, nor the process woken, before somebody has asked. */
export class EventLoopLag {
  #histogram: IntervalHistogram | undefined;

  /** Since this was last called; 0 at the first time. */
  take(): Lag {
    if (this.#histogram === undefined) {
      this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      this.#histogram.enable();
      return { mean: 0, p99: 0 };
    }
    const lag = { mean: late(this.#histogram.mean), p99: late(this.#histogram.percentile(99)) };
    this.#histogram.reset();
    return lag;
  }
}

/** Of nanoseconds between two looks, what is over the time that is meant to be between them; seconds. */
function late(nanoseconds: number): number {
  const ms = nanoseconds / NANOSECONDS_PER_MS;
  return Number.isNaN(ms) ? 0 : Math.max(0, ms - RESOLUTION_MS) / 1000;
}
