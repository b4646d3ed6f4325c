/** Buckets a doubling. */
const PER_DOUBLING = 4;
/** The first bucket ends at this, milliseconds. */
const FIRST_MS = 1 / 64;
/** So that the last one begins beyond a year. */
const BUCKETS = 42 * PER_DOUBLING;

/**
 * How long something took: counts in 168 buckets, 700 bytes. The first one ends at 1/64 ms, each other at 2^(1/4) times the
 * end of the one before, the last but one at 562 days. A figure is the end of a bucket: never less than what it stands for,
 * and at most 19 % more, where that is between 1/64 ms and 562 days.
 */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  count = 0;
  /** Of all of them, milliseconds. */
  sumMs = 0;

  /** `also`: another one that has it, too. */
  add(ms: number, also?: Histogram): void {
    const place = ms <= FIRST_MS ? 0 : Math.ceil(Math.log2(ms / FIRST_MS) * PER_DOUBLING);
    const bucket = Math.min(place, BUCKETS - 1);
    this.#put(bucket, ms);
    if (also !== undefined) also.#put(bucket, ms);
  }

  /** What a part of them, 0 to 1, was not over; 0 where there are none. `since`: without those that it has. */
  quantile(part: number, since?: Histogram): number {
    const earlier = since === undefined ? NO_COUNTS : since.#counts;
    const total = this.count - (since?.count ?? 0);
    if (total <= 0) return 0;
    let left = part * total;
    for (let place = 0; place < BUCKETS; place++) {
      const count = (this.#counts[place] as number) - (earlier[place] as number);
      left -= count;
      if (left <= 0 && count > 0) return upperBound(place);
    }
    return upperBound(BUCKETS - 1);
  }

  /** How many took so long at most, to the accuracy of a bucket, for each of these times, which ascend. */
  countsUpTo(times: readonly number[]): number[] {
    let count = 0;
    let place = 0;
    return times.map((ms) => {
      for (; place < BUCKETS && (BOUNDS[place] as number) <= ms * 1.0001; place++)
        count += this.#counts[place] as number;
      return count;
    });
  }

  /** Has what another one has. */
  copy(other: Histogram): void {
    this.#counts.set(other.#counts);
    this.count = other.count;
    this.sumMs = other.sumMs;
  }

  clear(): void {
    this.#counts.fill(0);
    this.count = this.sumMs = 0;
  }

  #put(bucket: number, ms: number): void {
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.count++;
    if (ms > 0) this.sumMs += ms;
  }
}

const NO_COUNTS = new Uint32Array(BUCKETS);
/** Where each bucket ends. */
const BOUNDS = Float64Array.from({ length: BUCKETS }, (_, place) => upperBound(place));

function upperBound(place: number): number {
  return FIRST_MS * 2 ** (place / PER_DOUBLING);
}
