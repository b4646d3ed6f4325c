import type { Core } from '../core.ts';
import { messageSize } from '../log/codec/message-record.ts';
import { RESERVE_SIZE, SHARE_OF_HEADERS } from '../log/codec/record.ts';
import { at, MessageState, NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';

/** Messages and statuses that may be discarded for one that comes, beside those that take as much as it does. */
const MOST_DISCARDED = 100;
/** Bytes that a message takes at least. */
const LEAST_SIZE = messageSize(0, 0);
const NO_JOBS: ReadonlyMap<string, number> = new Map();

/**
 * What the policies of queues say of how much may be in them. A message that comes adds `growth` bytes, and takes the
 * place of the one at slot `overwritten`, or NONE. The statuses of jobs that have ended give way to any message.
 */
export class Limits {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  isFull(queue: Queue, growth: number, overwritten: number): boolean {
    const { maxItems, maxBytes } = this.#core.policy(queue);
    const isOneMore = overwritten === NONE;
    if (maxItems > 0 && isOneMore && queue.waitingCount + queue.reservedCount >= maxItems) return true;
    return maxBytes > 0 && growth > 0 && queue.bytes - queue.finishedBytes + growth > maxBytes;
  }

  /** Whether a full queue takes it, once all that its policy gives up for it is discarded. */
  canMakeRoom(queue: Queue, growth: number, overwritten: number): boolean {
    return this.#core.policy(queue).whenFull === 'drop_oldest' && this.#canDrop(queue, growth, overwritten);
  }

  /** Discards what a queue gives up for what it takes. The caller has seen to room for the records. */
  makeRoom(queue: Queue, growth: number, overwritten: number): void {
    const { maxBytes, whenFull } = this.#core.policy(queue);
    let left = mostDiscarded(growth);
    if (whenFull === 'drop_oldest' && this.isFull(queue, growth, overwritten)) {
      left = this.#drop(queue, growth, overwritten, left);
    }
    if (maxBytes === 0 || growth <= 0) return;
    for (; left > 0 && queue.finishedCount > 0 && queue.bytes + growth > maxBytes; left--) {
      this.#core.endings.remove(queue.finished.head);
    }
  }

  /** Whether it fits once all that waits for a reader is discarded. */
  #canDrop(queue: Queue, growth: number, overwritten: number): boolean {
    const { maxItems, maxBytes } = this.#core.policy(queue);
    if (queue.ready.size === 0) return false;
    const mostItems = maxItems === 0 || overwritten !== NONE ? Number.POSITIVE_INFINITY : maxItems - 1;
    const mostBytes = maxBytes === 0 ? Number.POSITIVE_INFINITY : maxBytes - growth;
    let items = queue.delayedCount + queue.reservedCount;
    let bytes = queue.bytes - queue.finishedBytes - queue.readyBytes;
    if (overwritten !== NONE && this.#isReady(overwritten)) bytes += this.#sizeOf(overwritten);
    if (bytes > mostBytes) return false;
    const { state } = this.#core;
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
      bytes += this.#sizeOf(slot);
    }
    return items <= mostItems && bytes <= mostBytes;
  }

  /** Discards what is next until it fits; how many more may be discarded. */
  #drop(queue: Queue, growth: number, overwritten: number, most: number): number {
    const { placement } = this.#core.state;
    // What is overwritten may be what is next, but is not discarded.
    const isAside = overwritten !== NONE && this.#isReady(overwritten);
    if (isAside) placement.unlink(overwritten, queue);
    let left = most;
    do {
      const slot = queue.ready.peek();
      if (slot === NONE) break;
      queue.dropped++;
      this.#core.outcomes.discard(slot);
    } while (--left > 0 && this.isFull(queue, growth, overwritten));
    if (isAside) placement.relink(overwritten, queue);
    return left;
  }

  #isReady(slot: number): boolean {
    return this.#core.state.table.page(slot).state[at(slot)] === MessageState.ready;
  }

  #sizeOf(slot: number): number {
    return this.#core.state.table.page(slot).size[at(slot)] as number;
  }
}

/** Most bytes of the records of what is discarded for a message of `size` bytes. */
export function discardSize(size: number): number {
  return mostDiscarded(size) * (RESERVE_SIZE + SHARE_OF_HEADERS);
}

/** Most messages and statuses that are discarded for one of `size` bytes. */
export function mostDiscarded(size: number): number {
  return MOST_DISCARDED + Math.ceil(size / LEAST_SIZE);
}
