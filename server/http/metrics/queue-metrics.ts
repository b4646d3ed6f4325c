import type { QueueStats } from '../../engine/api.ts';
import type { Rest } from './chosen-queues.ts';
import { Family } from './exposition.ts';
import { AMOUNTS, BOUNDS, COUNTERS, HISTOGRAMS, OLDEST, PAUSED } from './families.ts';
import { type Flows, histogramIn } from './flows.ts';

/** What the queues without series of their own have for labels; no queue has an empty name. */
const REST = 'queue="",rest="1"';

/** The metrics of queues: one queue after the other is added. */
export class QueueMetrics {
  readonly #amounts = AMOUNTS.map(({ name, help }) => new Family(name, 'gauge', help));
  readonly #oldest = new Family(OLDEST.name, 'gauge', OLDEST.help);
  readonly #paused = new Family(PAUSED.name, 'gauge', PAUSED.help);
  readonly #counters = COUNTERS.map(({ name, help }) => new Family(name, 'counter', help));
  readonly #histograms = HISTOGRAMS.map(({ name, help }) => new Family(name, 'histogram', help));

  add(queue: QueueStats, flows: Flows, labels: string): void {
    for (const [i, { samples }] of AMOUNTS.entries())
      for (const [more, amount] of samples) this.#amounts[i]?.add(queue[amount], joined(labels, more));
    this.#oldest.add(queue.oldestAge, labels);
    this.#paused.add(queue.paused ? 1 : 0, labels);
    this.#addFlows(flows, labels);
  }

  addRest({ amounts, oldestAge }: Rest, flows: Flows): void {
    let place = 0;
    for (const [i, { samples }] of AMOUNTS.entries())
      for (const [more] of samples) this.#amounts[i]?.add(amounts[place++] as number, joined(REST, more));
    this.#oldest.add(oldestAge, REST);
    this.#addFlows(flows, REST);
  }

  get families(): readonly Family[] {
    return [...this.#amounts, this.#oldest, this.#paused, ...this.#counters, ...this.#histograms];
  }

  #addFlows(flows: Flows, labels: string): void {
    let place = 0;
    for (const [i, { samples }] of COUNTERS.entries())
      for (const [more] of samples) this.#counters[i]?.add(flows[place++] as number, joined(labels, more));
    for (const [i, family] of this.#histograms.entries()) {
      const { buckets, count, sum } = histogramIn(flows, i);
      // Most queues are only read in one way, so that nothing is known of how long they are held; or not at all.
      if (count > 0) family.addHistogram(BOUNDS, buckets, { count, sum, labels });
    }
  }
}

function joined(labels: string, more: string): string {
  return more === '' ? labels : `${labels},${more}`;
}
