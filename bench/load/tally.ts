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
  /** When each tenth of what is measured was over. */
  readonly #tenthsAt: number[] = [];
  /** How many will have been answered when the next one is. */
  #nextTenth: number;
  #cpuAtStart = process.cpuUsage();
  #cpuUsed = this.#cpuAtStart;

  constructor(spec: LoadSpec, finished: () => void) {
    this.#warmUp = Math.max(spec.warmUp, 1);
    this.#total = this.#warmUp + spec.ops;
    this.#latencies = new Float64Array(spec.ops);
    this.#nextTenth = this.#tenthEnd(0);
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
  answered(verdict: number, sentAt: number, now: number): void {
    if (verdict !== DONE) {
      if (verdict === MISS) this.#misses++;
      else this.#wrong++;
    }
    const index = this.#answered++ - this.#warmUp;
    if (index >= 0) this.#latencies[index] = now - sentAt;
    if (this.#answered === this.#warmUp) this.#start(now);
    if (this.#answered === this.#nextTenth) this.#endTenth(now);
    if (this.#answered === this.#total) this.#end(now);
  }

  result(): LoadResult {
    const elapsed = this.#endedAt - this.#startedAt;
    return {
      opsPerSecond: (this.#latencies.length / elapsed) * 1000,
      tenths: this.#tenths(),
      latency: percentiles(this.#latencies),
      misses: this.#misses,
      wrong: this.#wrong,
      busy: (this.#cpuUsed.user + this.#cpuUsed.system) / 1000 / elapsed,
    };
  }

  #tenths(): number[] {
    return this.#tenthsAt.map((endedAt, tenth) => {
      const from = tenth === 0 ? this.#warmUp : this.#tenthEnd(tenth - 1);
      const startedAt = tenth === 0 ? this.#startedAt : this.#tenthsAt[tenth - 1];
      return ((this.#tenthEnd(tenth) - from) / (endedAt - startedAt)) * 1000;
    });
  }

  #endTenth(now: number): void {
    while (this.#answered === this.#nextTenth && this.#tenthsAt.length < 10) {
      this.#tenthsAt.push(now);
      this.#nextTenth = this.#tenthEnd(this.#tenthsAt.length);
    }
  }

  /** How many have been answered when a tenth is over, the warm-up included. */
  #tenthEnd(tenth: number): number {
    return this.#warmUp + Math.floor((this.#latencies.length * (tenth + 1)) / 10);
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
