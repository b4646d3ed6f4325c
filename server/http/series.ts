import type { Histogram } from '../engine/api.ts';

/** What has happened in a step, by its place in a sample. */
export const FLOWS = ['enqueued', 'delivered', 'done', 'failed'] as const;
/** What else there is of a step. */
export const LEVELS = ['depth', 'oldest_age', 'wait_p95', 'run_p95'] as const;
export const COLUMNS = [...FLOWS, ...LEVELS] as const;

export type Column = (typeof COLUMNS)[number];
/** As many numbers as there are of `FLOWS`. */
export type Flows = readonly number[];

export const DEPTH: number = COLUMNS.indexOf('depth');
export const OLDEST: number = COLUMNS.indexOf('oldest_age');
const WAIT = COLUMNS.indexOf('wait_p95');
const RUN = COLUMNS.indexOf('run_p95');

/** The part that has waited, or run, for no longer than is told. */
const PART = 0.95;

/** What a queue has counted, and how long that took, at one moment. */
export interface Latest {
  readonly flows: Flows;
  readonly wait: Histogram;
  readonly run: Histogram;
}

/** How much waits at a time, and for how long the first of that has, seconds. */
export interface Backlog {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly depth: number;
  readonly oldestAge: number;
}

/**
 * The last steps of one length, each a row of figures, in a ring of a fixed size: 36 bytes a step. A step in which nothing was
 * sampled is not there.
 */
export class Series {
  readonly stepMs: number;
  readonly length: number;
  /** Which step is at which place. */
  readonly #steps: Uint32Array;
  readonly #values: Float32Array;
  /** The one that is filled. */
  #step = 0;
  /** What had been counted before it. */
  #flows: Flows;
  readonly #wait: Histogram;
  readonly #run: Histogram;

  /** `before`: what had been counted before the first sample; its histograms are this series' own. */
  constructor(stepMs: number, length: number, before: Latest) {
    this.stepMs = stepMs;
    this.length = length;
    this.#steps = new Uint32Array(length);
    this.#values = new Float32Array(length * COLUMNS.length);
    this.#flows = before.flows;
    this.#wait = before.wait;
    this.#run = before.run;
  }

  /** The step of a time. */
  stepOf(time: number): number {
    return Math.floor(time / this.stepMs);
  }

  /** A sample. `previous`: what had been counted with the last one. */
  add({ time, depth, oldestAge }: Backlog, previous: Latest, now: Latest): void {
    const step = this.stepOf(time);
    if (step !== this.#step) this.#begin(step, previous);
    const at = this.#at(step);
    const values = this.#values;
    for (let i = 0; i < FLOWS.length; i++) values[at + i] = now.flows[i] - this.#flows[i];
    values[at + DEPTH] = Math.max(values[at + DEPTH], depth);
    values[at + OLDEST] = Math.max(values[at + OLDEST], oldestAge);
  }

  /** Whether there was a sample in a step that is not too long ago. */
  has(step: number): boolean {
    return this.#steps[step % this.length] === step;
  }

  /** The figures of a step, in the order of `COLUMNS`; undefined where there are none. `latest`: what the last sample had. */
  read(step: number, latest: Latest): readonly number[] | undefined {
    if (!this.has(step)) return undefined;
    if (step === this.#step) this.#measure(latest);
    const at = this.#at(step);
    return [...this.#values.subarray(at, at + COLUMNS.length)];
  }

  /** How much of a flow was counted in so many steps from one on; in those that are not there, nothing. */
  sum(flow: number, from: number, count: number): number {
    let sum = 0;
    for (let step = from; step < from + count; step++)
      if (this.has(step)) sum += this.#values[this.#at(step) + flow];
    return sum;
  }

  /** What is counted begins at 0 again; it was that with the last sample. */
  beginFlows(last: Flows): void {
    this.#flows = this.#flows.map((count, i) => count - last[i]);
  }

  /** How long it took begins anew. */
  beginLatency(): void {
    this.#wait.clear();
    this.#run.clear();
  }

  #begin(step: number, previous: Latest): void {
    if (this.has(this.#step)) this.#measure(previous);
    this.#step = step;
    this.#steps[step % this.length] = step;
    this.#values.fill(0, this.#at(step), this.#at(step) + COLUMNS.length);
    this.#flows = previous.flows;
    // What has as many as before is as it was.
    if (this.#wait.count !== previous.wait.count) this.#wait.copy(previous.wait);
    if (this.#run.count !== previous.run.count) this.#run.copy(previous.run);
  }

  /** How long it took in the step that is filled. */
  #measure({ wait, run }: Latest): void {
    const at = this.#at(this.#step);
    this.#values[at + WAIT] = quantileSince(wait, this.#wait);
    this.#values[at + RUN] = quantileSince(run, this.#run);
  }

  #at(step: number): number {
    return (step % this.length) * COLUMNS.length;
  }
}

/** NaN where nothing came. */
function quantileSince(histogram: Histogram, earlier: Histogram): number {
  return histogram.count === earlier.count ? Number.NaN : histogram.quantile(PART, earlier);
}
