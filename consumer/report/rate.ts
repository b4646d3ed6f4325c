/** How far back it looks, and how near samples are taken, in milliseconds. */
const WINDOW_MS = 10_000;
const STEP_MS = 200;

interface Sample {
  readonly ms: number;
  readonly count: number;
}

/** How fast a count has grown lately. */
export class Rate {
  readonly #now: () => number;
  /** The last one before the window, or the start. */
  #oldest: Sample;
  /** Those within the window. */
  readonly #samples: Sample[] = [];

  /** `now`: a clock, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#oldest = { ms: now(), count: 0 };
  }

  /** `count` is what has been counted by now. */
  perSecond(count: number): number {
    const now = this.#now();
    for (
      let [next] = this.#samples;
      next !== undefined && next.ms <= now - WINDOW_MS;
      [next] = this.#samples
    ) {
      this.#oldest = next;
      this.#samples.shift();
    }
    const latest = this.#samples.at(-1) ?? this.#oldest;
    if (now - latest.ms >= STEP_MS) this.#samples.push({ ms: now, count });
    const { ms, count: before } = this.#oldest;
    return now > ms ? ((count - before) * 1000) / (now - ms) : 0;
  }
}
