import { itself, upperBound } from '../upper-bound.ts';

/** A sample is taken at most this often, milliseconds of engine time. */
const INTERVAL_MS = 1000;
/** More samples than this are thinned out. */
const MOST_SAMPLES = 100_000;

/**
 * When ids were given out, roughly: ids ascend with time, so a sample a second tells the age of any message without
 * a look at the disk, and for all queues together.
 */
export class AgeIndex {
  #ids: number[] = [];
  #times: number[] = [];

  /** Notes that `id` was given out at `time`; both ascend. */
  note(id: number, time: number): void {
    const last = this.#times.length - 1;
    if (last >= 0 && (time < this.#times[last] + INTERVAL_MS || id <= this.#ids[last])) return;
    this.#ids.push(id);
    this.#times.push(time);
    if (this.#ids.length <= MOST_SAMPLES) return;
    this.#ids = this.#ids.filter((_, i) => i % 2 === 0);
    this.#times = this.#times.filter((_, i) => i % 2 === 0);
  }

  /** The time of the last sample at or before `id`; of the first one when there is none before. */
  timeOf(id: number): number | undefined {
    return this.#times[Math.max(upperBound(this.#ids, id, itself) - 1, 0)];
  }
}
