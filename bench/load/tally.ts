import { percentiles } from '../statistics.ts';
import { DONE, MISS } from './protocol.ts';
import type { LoadResult, LoadSpec } from './spec.ts';

/** Hands out the operations of one measurement to its connections and keeps count of what came of them. */
export class Tally {
  readonly #warmUp: number;
  readonly #total: number;
  readonly #latencies: Float64Array;
  readonly #finished: () => void;
  #claimed = 0;
  #answered = 0;
  #misses = 0;
  #wrong = 0;
  #startedAt = 0;
  #endedAt = 0;
  #cpuAtStart = process.cpuUsage();
  #cpuUsed = this.#cpuAtStart;

  constructor(spec: LoadSpec, finished: () => void) {
    this.#warmUp = Math.max(spec.warmUp, 1);
    this.#total = this.#warmUp + spec.ops;
    this.#latencies = new Float64Array(spec.ops);
    this.#finished = finished;
  }

  get answeredCount(): number {
    return this.#answered;
  }

  get total(): number {
    return this.#total;
  }

  /** How many of the `wanted` operations the caller is to send; 0 once all have been handed out. */
  claim(wanted: number): number {
    const granted = Math.min(wanted, this.#total - this.#claimed);
    this.#claimed += granted;
    return granted;
  }

  /** Counts an answer that arrived at `now` to a request sent at `sentAt` (milliseconds). */
  answered(outcome: number, sentAt: number, now: number): void {
    if (outcome !== DONE) {
      if (outcome === MISS) this.#misses++;
      else this.#wrong++;
    }
    const index = this.#answered++ - this.#warmUp;
    if (index >= 0) this.#latencies[index] = now - sentAt;
    if (this.#answered === this.#warmUp) this.#start(now);
    if (this.#answered === this.#total) this.#end(now);
  }

  result(): LoadResult {
    const elapsed = this.#endedAt - this.#startedAt;
    return {
      opsPerSecond: (this.#latencies.length / elapsed) * 1000,
      latency: percentiles(this.#latencies),
      misses: this.#misses,
      wrong: this.#wrong,
      busy: (this.#cpuUsed.user + this.#cpuUsed.system) / 1000 / elapsed,
    };
  }

  #start(now: number): void {
    this.#startedAt = now;
    this.#cpuAtStart = process.cpuUsage();
  }

  #end(now: number): void {
    this.#endedAt = now;
    this.#cpuUsed = process.cpuUsage(this.#cpuAtStart);
    this.#finished();
  }
}
