import type { Counts, Figures, QueueLatency, QueueName, QueueStats } from '../api.ts';
import type { Foundation } from '../foundation.ts';
import type { Histogram } from '../histogram.ts';
import type { Latencies } from '../operations/latencies.ts';
import { queueStats } from '../operations/queue-stats.ts';
import { Tally } from '../state/counters.ts';

/** What has happened to queues, in figures. */
export class QueueFigures implements Figures {
  readonly #base: Foundation;
  readonly #latencies: Latencies;
  readonly #readersOf: (name: QueueName) => number;
  readonly syncs: Histogram | undefined;

  constructor(
    base: Foundation,
    latencies: Latencies,
    syncs: Histogram | undefined,
    readersOf: (name: QueueName) => number,
  ) {
    this.#base = base;
    this.#latencies = latencies;
    this.syncs = syncs;
    this.#readersOf = readersOf;
  }

  queue(name: QueueName): QueueStats | undefined {
    const queue = this.#base.state.queues.get(name);
    return queue && queueStats(this.#base, queue, this.#readersOf(name));
  }

  get totals(): Readonly<Counts> {
    return this.#base.state.queues.counters.totals.named;
  }

  counts(name: QueueName): Readonly<Counts> | undefined {
    const queue = this.#base.state.queues.get(name);
    return queue && (queue.tally ?? NOTHING).named;
  }

  latency(name: QueueName): QueueLatency | undefined {
    const queue = this.#base.state.queues.get(name);
    return queue && this.#latencies.of(queue);
  }

  get latencies(): QueueLatency {
    return this.#latencies.all;
  }

  takeChanged(): readonly QueueName[] {
    return this.#base.state.queues.counters.takeChanged();
  }
}

const NOTHING = new Tally(0);
