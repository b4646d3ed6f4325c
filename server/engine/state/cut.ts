import { idOf } from './message-table.ts';
import type { ReadyQueue } from './ready-queue.ts';
import type { SlotList } from './slot-list.ts';

/**
 * A cut through a queue: the messages that waited in it, or had failed, when it was made, and that have not left the
 * queue's lists since. So all of them can go, or be put aside, without a look at each. At most one a queue.
 *
 * Without lists they are discarded: nobody finds them any more, and the sweep frees them. With lists they are aside:
 * the queue answers as if it did not have them, and each of them can still be found by its job's id.
 */
export class Cut {
  readonly of: 'waiting' | 'failed';
  readonly aside: { readonly ready: ReadyQueue; readonly delayed: SlotList } | undefined;
  /** Ids of the messages that it may cover are below. */
  readonly #before: number;
  /** Slots of messages with such an id that it does not cover: they were elsewhere when it was made, or left since. */
  readonly #spared = new Set<number>();

  constructor(of: 'waiting' | 'failed', before: number, aside?: { ready: ReadyQueue; delayed: SlotList }) {
    this.of = of;
    this.#before = before;
    this.aside = aside;
  }

  /** Whether it covers the message of that order in a slot, which is in a list of the kind. */
  covers(slot: number, order: number): boolean {
    return idOf(order) < this.#before && !this.#spared.has(slot);
  }

  /** The message in that slot is not covered, whatever becomes of it. */
  spare(slot: number, order: number): void {
    if (idOf(order) < this.#before) this.#spared.add(slot);
  }
}
