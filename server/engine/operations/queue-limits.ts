import { COST_OF_ONE_AMONG_MANY, LEAST_MESSAGE_COST } from '../costs.ts';
import type { Foundation } from '../foundation.ts';
import { Count } from '../state/counters.ts';
import { MessageState, NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import type { Runs } from './runs.ts';

/** Messages and statuses that may be discarded for one that comes, beside those that take as much as it does. */
const MOST_DISCARDED = 100;
const NO_JOBS: ReadonlyMap<string, number> = new Map();

/**
 * What the policies of queues say of how much may be in them. A message that comes adds `growth` bytes, and takes the
 * place of the one at slot `overwritten`, or NONE. The statuses of jobs that have ended give way to any message.
 */
export class QueueLimits {
  readonly #base: Foundation;
  readonly #runs: Runs;

  constructor(base: Foundation, runs: Runs) {
    this.#base = base;
    this.#runs = runs;
  }

  isFull(queue: Queue, growth: number, overwritten: number): boolean {
    const { maxItems, maxBytes } = this.#base.policies.of(queue);
    const isOneMore = overwritten === NONE;
    if (maxItems > 0 && isOneMore && queue.waitingCount + queue.reservedCount >= maxItems) return true;
    return maxBytes > 0 && growth > 0 && queue.bytes - queue.endedBytes + growth > maxBytes;
  }

  /** Whether a full queue takes it, once all that its policy gives up for it is discarded. */
  canMakeWay(queue: Queue, growth: number, overwritten: number): boolean {
    return (
      this.#base.policies.of(queue).whenFull === 'drop_oldest' && this.#canDrop(queue, growth, overwritten)
    );
  }

  /** Discards what a queue gives up for what it takes. The caller has seen to space for the records. */
  makeWay(queue: Queue, growth: number, overwritten: number): void {
    const { maxBytes, whenFull } = this.#base.policies.of(queue);
    let left = mostDiscarded(growth);
    if (whenFull === 'drop_oldest' && this.isFull(queue, growth, overwritten)) {
      left = this.#drop(queue, growth, overwritten, left);
    }
    if (maxBytes === 0 || growth <= 0) return;
    for (; left > 0 && queue.endedCount > 0 && queue.bytes + growth > maxBytes; left--) {
      this.#base.ledger.done(queue.ended.last);
    }
  }

  /** Whether it fits once all that waits for a reader is discarded. */
  #canDrop(queue: Queue, growth: number, overwritten: number): boolean {
    const { state, policies } = this.#base;
    const { maxItems, maxBytes } = policies.of(queue);
    if (queue.ready.size === 0) return false;
    const mostItems = maxItems === 0 || overwritten !== NONE ? Number.POSITIVE_INFINITY : maxItems - 1;
    const mostBytes = maxBytes === 0 ? Number.POSITIVE_INFINITY : maxBytes - growth;
    let items = queue.delayedCount + queue.reservedCount;
    let bytes = queue.bytes - queue.endedBytes - queue.readyBytes;
    if (overwritten !== NONE && this.#isReady(overwritten)) bytes += state.sizeOf(overwritten);
    if (bytes > mostBytes) return false;
    const { repeating } = state;
    const jobs = queue.jobs ?? NO_JOBS;
    // Few queues have as many jobs that repeat as it takes to look.
    if (maxBytes === 0 && items + Math.min(repeating.size, jobs.size, queue.ready.size) <= mostItems)
      return true;
    for (const slot of jobs.size < repeating.size ? jobs.values() : repeating.keys()) {
      if (items > mostItems || bytes > mostBytes) return false;
      // Of a job that repeats only the run is discarded.
      const isRun = repeating.has(slot) && this.#isReady(slot);
      if (!isRun || slot === overwritten || state.queueOf(slot) !== queue) continue;
      items++;
      bytes += state.sizeOf(slot);
    }
    return items <= mostItems && bytes <= mostBytes;
  }

  /** Discards what is next until it fits; how many more may be discarded. */
  #drop(queue: Queue, growth: number, overwritten: number, most: number): number {
    let left = most;
    const discard = (): void => {
      do {
        const slot = queue.ready.peek();
        if (slot === NONE) break;
        queue.count(Count.dropped);
        this.#runs.discard(slot);
      } while (--left > 0 && this.isFull(queue, growth, overwritten));
    };
    // What is overwritten may be what is next, but is not discarded.
    if (overwritten !== NONE && this.#isReady(overwritten)) this.#base.ledger.without(overwritten, discard);
    else discard();
    return left;
  }

  #isReady(slot: number): boolean {
    return this.#base.state.stateOf(slot) === MessageState.ready;
  }
}

/** Most bytes of the records of what is discarded for a message of `size` bytes. */
export function discardCost(size: number): number {
  return mostDiscarded(size) * COST_OF_ONE_AMONG_MANY;
}

/** Most messages and statuses that are discarded for one of `size` bytes. */
export function mostDiscarded(size: number): number {
  return MOST_DISCARDED + Math.ceil(size / LEAST_MESSAGE_COST);
}
