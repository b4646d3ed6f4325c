import type { Counts, QueueLatency } from '../../engine/api.ts';
import { BOUNDS, COUNTERS, HISTOGRAMS } from './families.ts';

/**
 * All that only rises, of a queue or of all: the counts in the order of `COUNTERS`, then of each histogram how many were at
 * most so big, how many there were, and their sum, seconds.
 */
export type Flows = Float64Array;

const COUNTS = COUNTERS.flatMap(({ samples }) => samples.map(([, count]) => count));
const PER_HISTOGRAM = BOUNDS.length + 2;
const BOUNDS_MS = BOUNDS.map((bound) => bound * 1000);
const LENGTH = COUNTS.length + HISTOGRAMS.length * PER_HISTOGRAM;
/** Where each part begins that begins anew as a whole. */
const PARTS = [0, ...HISTOGRAMS.map((_, i) => histogramStart(i)), LENGTH];

export function flowsOf(counts: Readonly<Counts>, latency: QueueLatency | undefined): Flows {
  const flows = new Float64Array(LENGTH);
  for (const [i, count] of COUNTS.entries()) flows[i] = counts[count];
  if (latency === undefined) return flows;
  for (const [i, { of }] of HISTOGRAMS.entries()) {
    const { count, sumMs } = latency[of];
    flows.set([...latency[of].countsUpTo(BOUNDS_MS), count, sumMs / 1000], histogramStart(i));
  }
  return flows;
}

export function histogramIn(flows: Flows, histogram: number) {
  const start = histogramStart(histogram);
  const end = start + BOUNDS.length;
  return { buckets: flows.subarray(start, end), count: flows[end] as number, sum: flows[end + 1] as number };
}

function histogramStart(histogram: number): number {
  return COUNTS.length + histogram * PER_HISTOGRAM;
}

/** The flows of a queue that has series: they never fall, though it is made anew, or its histograms are. */
export class QueueFlows {
  readonly values: Flows;
  #last: Flows;

  constructor(now: Flows) {
    this.values = now.slice();
    this.#last = now;
  }

  /** Takes what they are now; by how much they have risen is added to `risen`. */
  update(now: Flows, risen: Flows): void {
    for (const [part, start] of PARTS.slice(0, -1).entries()) {
      const end = PARTS[part + 1] as number;
      const isNew = now.subarray(start, end).some((value, i) => value < (this.#last[start + i] as number));
      for (let i = start; i < end; i++) {
        const more = (now[i] as number) - (isNew ? 0 : (this.#last[i] as number));
        this.values[i] = (this.values[i] as number) + more;
        risen[i] = (risen[i] as number) + more;
      }
    }
    this.#last = now;
  }
}

/**
 * The flows of all queues that have no series of their own, together: what all have risen by, without those that have some.
 * What was counted to a queue before it got series stays here: so nothing falls, and no rise is told twice.
 */
export class RestFlows {
  readonly values: Flows = new Float64Array(LENGTH);
  readonly #exact: Flows = new Float64Array(LENGTH);
  #lastAll: Flows = new Float64Array(LENGTH);

  /** `all`: of all queues; `chosen`: by how much those with series have risen, looked at no earlier. */
  update(all: Flows, chosen: Flows): void {
    for (let i = 0; i < LENGTH; i++) {
      const risen = (all[i] as number) - (this.#lastAll[i] as number) - (chosen[i] as number);
      this.#exact[i] = (this.#exact[i] as number) + risen;
      // What happened to the chosen ones after `all` was looked at is missing until the next time.
      this.values[i] = Math.max(this.values[i] as number, this.#exact[i] as number);
    }
    this.#lastAll = all;
    for (const i of HISTOGRAMS.keys()) {
      const start = histogramStart(i);
      for (let j = start + 1; j <= start + BOUNDS.length; j++)
        this.values[j] = Math.max(this.values[j] as number, this.values[j - 1] as number);
    }
  }
}

export function noFlows(): Flows {
  return new Float64Array(LENGTH);
}
