import type { QueueEngine, QueueName, QueueStats } from '../../engine/api.ts';
import { AMOUNTS } from './families.ts';
import { type Flows, flowsOf, QueueFlows } from './flows.ts';
import { queueLabels } from './queue-label.ts';
import type { Slice } from './slice.ts';

/** Queues that are looked at in one go. */
const PAGE = 50;

/** A queue that has series of its own. */
export interface Chosen {
  readonly name: QueueName;
  /** `queue="..."` */
  readonly labels: string;
  readonly flows: QueueFlows;
}

/** What a walk through all queues has found. */
export interface Walk {
  queues: number;
  paused: number;
  withoutReaders: number;
  readonly rest: Rest;
}

/** What the queues without series of their own have together, in the order of the samples of `AMOUNTS`. */
export class Rest {
  readonly amounts: number[] = AMOUNT_NAMES.map(() => 0);
  oldestAge = 0;

  add(queue: QueueStats): void {
    for (const [i, name] of AMOUNT_NAMES.entries())
      this.amounts[i] = (this.amounts[i] as number) + queue[name];
    this.oldestAge = Math.max(this.oldestAge, queue.oldestAge);
  }
}

const AMOUNT_NAMES = AMOUNTS.flatMap(({ samples }) => samples.map(([, amount]) => amount));

/**
 * Which queues have series of their own: the deepest and most active, as many as are allowed. One that once has them keeps
 * them until it is gone; another may then have its place.
 */
export class ChosenQueues {
  readonly #engine: QueueEngine;
  readonly #most: () => number;
  readonly #chosen = new Map<QueueName, Chosen>();

  constructor(engine: QueueEngine, most: () => number) {
    this.#engine = engine;
    this.#most = most;
  }

  /** In the order in which they were chosen. */
  get all(): readonly Chosen[] {
    return [...this.#chosen.values()];
  }

  /** Looks at all queues, and chooses while there are places. `chosen`: is told the flows of each that is new. */
  async walk(slice: Slice, chosen: (flows: Flows) => void): Promise<Walk> {
    for (const name of this.#chosen.keys()) {
      if (this.#engine.figures.queue(name) === undefined) this.#chosen.delete(name);
      await slice.pause();
    }
    const walk: Walk = { queues: 0, paused: 0, withoutReaders: 0, rest: new Rest() };
    const places = Math.max(0, this.#most() - this.#chosen.size);
    let best: QueueStats[] = [];
    for (let cursor: number | undefined = 0; cursor !== undefined; ) {
      const page = this.#engine.page(cursor, PAGE);
      for (const queue of page.queues) {
        count(queue, walk);
        if (this.#chosen.has(queue.name)) continue;
        if (places === 0 || weightOf(queue) === 0) walk.rest.add(queue);
        else best.push(queue);
      }
      if (best.length > 2 * places + PAGE) best = this.#best(best, places, walk.rest);
      cursor = page.next;
      await slice.pause();
    }
    for (const { name } of this.#best(best, places, walk.rest)) {
      const flows = this.#choose(name);
      if (flows !== undefined) chosen(flows);
      await slice.pause();
    }
    return walk;
  }

  /** The best of them; the others go to the rest. */
  #best(queues: QueueStats[], places: number, rest: Rest): QueueStats[] {
    queues.sort((a, b) => weightOf(b) - weightOf(a));
    for (const queue of queues.slice(places)) rest.add(queue);
    return queues.slice(0, places);
  }

  /** Undefined where it is gone meanwhile. */
  #choose(name: QueueName): Flows | undefined {
    const { figures } = this.#engine;
    const counts = figures.counts(name);
    if (counts === undefined) return undefined;
    const now = flowsOf(counts, figures.latency(name));
    this.#chosen.set(name, { name, labels: queueLabels(name), flows: new QueueFlows(now) });
    return now;
  }
}

function count({ paused, ready, reserved, waiters }: QueueStats, walk: Walk): void {
  walk.queues++;
  if (paused) walk.paused++;
  else if (ready > 0 && waiters === 0 && reserved === 0) walk.withoutReaders++;
}

/** How deep and active it is. What nothing is in, and nothing has happened to, has no weight. */
function weightOf({ ready, delayed, reserved, failed, enqueued, taken }: QueueStats): number {
  return ready + delayed + reserved + failed + enqueued + taken;
}
