/** How far back it looks, and how near samples are taken, in milliseconds. */
const WINDOW_MS = 10_000;
const STEP_MS = 200;

/** How fast a count has grown lately. */
export class Rate {
  /** Times and counts; the oldest is the last one before the window, or the start. */
  readonly #samples: [ms: number, count: number][];
  readonly #now: () => number;

  /** `now`: a clock, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#samples = [[now(), 0]];
  }

  /** Per second; `count` is what has been counted by now. */
  at(count: number): number {
    const samples = this.#samples;
    const now = this.#now();
    while (samples.length > 1 && samples[1]![0] <= now - WINDOW_MS) samples.shift();
    const [since, before] = samples[0]!;
    if (now - samples.at(-1)![0] >= STEP_MS) samples.push([now, count]);
    return now > since ? ((count - before) * 1000) / (now - since) : 0;
  }
}
