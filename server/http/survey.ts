import type { QueueEngine, QueueName, QueueStats } from '../engine/api.ts';
import { queueCondition } from './conditions.ts';
import type { Condition } from './schemas/server.ts';
import { Slices } from './turns.ts';

/** What all queues have together, and what is wrong with them. */
export interface Totals {
  queues: number;
  ready: number;
  delayed: number;
  reserved: number;
  failed: number;
  /** The queue whose oldest ready message is the oldest, and its age, seconds. */
  oldest: { readonly name: QueueName; readonly age: number } | undefined;
  readonly conditions: Condition[];
}

/** Queues between two looks at the clock. */
const AT_ONCE = 100;
/** Totals of more queues than these are good for so many times as long as they took; of few they are made anew each time. */
const FEW = 1000;
const GOOD_FOR = 50;
const LONGEST_MS = 10_000;
/** Conditions of queues that are told. */
const MOST_CONDITIONS = 20;

/** Walks through all queues, a slice a turn, for those who ask for their totals; all who ask meanwhile get the same. */
export class Survey {
  readonly #engine: QueueEngine;
  #latest: { readonly totals: Promise<Totals>; validUntil: number } | undefined;

  constructor(engine: QueueEngine) {
    this.#engine = engine;
  }

  totals(): Promise<Totals> {
    const began = performance.now();
    if (this.#latest !== undefined && began <= this.#latest.validUntil) return this.#latest.totals;
    const latest = { totals: this.#walk(), validUntil: Number.POSITIVE_INFINITY };
    this.#latest = latest;
    latest.totals.then(
      ({ queues }) => {
        const took = performance.now() - began;
        latest.validUntil = queues <= FEW ? 0 : began + took + Math.min(GOOD_FOR * took, LONGEST_MS);
      },
      () => {
        latest.validUntil = 0;
      },
    );
    return latest.totals;
  }

  async #walk(): Promise<Totals> {
    const slices = new Slices();
    const totals: Totals = { ...NOTHING, conditions: [] };
    for (let cursor: number | undefined = 0; cursor !== undefined; ) {
      const { queues, next } = this.#engine.page(cursor, AT_ONCE);
      for (const queue of queues) this.#add(totals, queue);
      cursor = next;
      await slices.giveWay();
    }
    return totals;
  }

  #add(totals: Totals, queue: QueueStats): void {
    const { name, ready, delayed, reserved, failed, oldestAge: age } = queue;
    totals.queues++;
    totals.ready += ready;
    totals.delayed += delayed;
    totals.reserved += reserved;
    totals.failed += failed;
    if (ready > 0 && age >= (totals.oldest?.age ?? 0)) totals.oldest = { name, age };
    if (totals.conditions.length === MOST_CONDITIONS || ready + delayed + reserved === 0) return;
    const condition = queueCondition(queue, this.#engine.policy(name));
    if (condition !== undefined) totals.conditions.push(condition);
  }
}

const NOTHING: Omit<Totals, 'conditions'> = {
  queues: 0,
  ready: 0,
  delayed: 0,
  reserved: 0,
  failed: 0,
  oldest: undefined,
};
