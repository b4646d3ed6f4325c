import type { QueueEngine, QueueName, QueueStats } from '../engine/api.ts';
import { conditionsOf } from './queue-conditions.ts';
import type { Sampler } from './sampler.ts';
import type { QUEUE_SORTS } from './schemas/queues.ts';
import { sorted } from './sorted.ts';
import { Slices } from './turns.ts';

export type QueueSort = (typeof QUEUE_SORTS)[number];

/** A queue's place in an order: greater values at first, then by name. */
export interface Place {
  readonly value: number;
  readonly name: QueueName;
}

/** What is known of a queue without another look at it: see `conditionsOf`. */
export interface ListedPlace extends Place {
  readonly conditions: number;
}

/** Of more queues than this an order is good for so many times as long as it took to make: these are listed as they were lately. */
const FEW = 2000;
const GOOD_FOR = 20;
const AT_ONCE = 200;
/** Orders that are kept. */
const KEPT = 3;

interface Order {
  readonly places: Promise<readonly ListedPlace[]>;
  validUntil: number;
}

/** All queues in one order or another, for lists that are paged. */
export class QueueOrders {
  readonly #engine: QueueEngine;
  readonly #sampler: Sampler;
  readonly #orders = new Map<QueueSort, Order>();

  constructor(engine: QueueEngine, sampler: Sampler) {
    this.#engine = engine;
    this.#sampler = sampler;
  }

  /** From the place after `cursor` on. */
  async from(sort: QueueSort, cursor: Place | undefined): Promise<Iterable<ListedPlace>> {
    return rest(await this.#order(sort), cursor);
  }

  #order(sort: QueueSort): Promise<readonly ListedPlace[]> {
    const known = this.#orders.get(sort);
    const began = performance.now();
    if (known !== undefined && began <= known.validUntil) return known.places;
    const order: Order = { places: this.#made(sort), validUntil: Number.POSITIVE_INFINITY };
    order.places.then(
      ({ length }) => {
        const now = performance.now();
        order.validUntil = length <= FEW ? 0 : now + GOOD_FOR * (now - began);
      },
      () => this.#orders.delete(sort),
    );
    this.#orders.delete(sort);
    this.#orders.set(sort, order);
    const [oldest] = this.#orders.keys();
    if (this.#orders.size > KEPT) this.#orders.delete(oldest as QueueSort);
    return order.places;
  }

  async #made(sort: QueueSort): Promise<readonly ListedPlace[]> {
    const slices = new Slices();
    const places: ListedPlace[] = [];
    for (let cursor: number | undefined = 0; cursor !== undefined; ) {
      const { queues, next } = this.#engine.page(cursor, AT_ONCE);
      for (const queue of queues)
        places.push({ value: this.#value(queue, sort), name: queue.name, conditions: conditionsOf(queue) });
      cursor = next;
      await slices.giveWay();
    }
    return sorted(places, compare, slices);
  }

  #value(queue: QueueStats, sort: QueueSort): number {
    switch (sort) {
      case 'name':
        return 0;
      case 'oldest':
        // Ages grow while somebody goes from page to page: places stay where they are.
        return queue.oldestAt === 0 ? -Number.MAX_SAFE_INTEGER : -queue.oldestAt;
      case 'in':
      case 'out':
        return this.#sampler.rates(queue.name)[sort];
      case 'wait':
        return this.#engine.figures.latency(queue.name)?.wait.quantile(0.95) ?? 0;
      default:
        return queue[sort];
    }
  }
}

function compare(a: Place, b: Place): number {
  if (a.value !== b.value) return b.value - a.value;
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

function* rest(places: readonly ListedPlace[], cursor: Place | undefined): Iterable<ListedPlace> {
  let from = 0;
  for (let to = cursor === undefined ? 0 : places.length; from < to; ) {
    const middle = (from + to) >> 1;
    if (compare(places[middle] as Place, cursor as Place) <= 0) from = middle + 1;
    else to = middle;
  }
  for (; from < places.length; from++) yield places[from] as ListedPlace;
}
