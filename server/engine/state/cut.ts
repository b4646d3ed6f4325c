import type { FailedMessages } from './failed-messages.ts';
import { idOf, MessageState } from './message-table.ts';
import type { ReadyMessages } from './ready-messages.ts';

import type { SlotList } from './slot-list.ts';

/**
 * A cut through a queue: the messages that waited in it, or had failed, when it was made, and that have not left the
 * queue's lists since. So all of them can go, or be put aside, without a look at each.
 */
export class Cut {
  readonly of: 'waiting' | 'failed';
  /** Ids of the messages that it may cover are below. */
  readonly #before: number;
  /** Slots of messages with such an id that it does not cover: they were elsewhere when it was made, or left since. */
  readonly #spared = new Set<number>();

  constructor(of: 'waiting' | 'failed', before: number) {
    this.of = of;
    this.#before = before;
  }

  /** Whether it covers the message of that order in a slot, which is in a list of the kind. */
  covers(slot: number, order: number): boolean {
    return idOf(order) < this.#before && !this.#spared.has(slot);
  }

  /** The message in that slot is not covered, whatever becomes of it. */
  spare(slot: number, order: number): void {
    if (idOf(order) < this.#before) this.#spared.add(slot);
  }

  /** A message leaves the list of its state. What leaves another list than those of the cut is not covered when it comes back. */
  leave(slot: number, order: number, state: number): void {
    const isOfKind = this.isOf(state);
    if (!isOfKind) this.spare(slot, order);
  }

  protected isOf(state: number): boolean {
    if (this.of === 'failed') return state === MessageState.failed;
    return state === MessageState.ready || state === MessageState.delayed;
  }
}

/**
 * Messages that are aside for the time of an operation: the queue answers as if it did not have them, and each of them
 * can still be found by its job's id.
 */
export class Aside extends Cut {
  /** All that is ready, or all that failed; and all that is delayed. */
  readonly ready: ReadyMessages | FailedMessages;
  readonly delayed: SlotList;
  /** Of the records of what waits, which do not count as the queue's meanwhile. */
  readyBytes = 0;
  delayedBytes = 0;

  constructor(
    of: 'waiting' | 'failed',
    before: number,
    ready: ReadyMessages | FailedMessages,
    delayed: SlotList,
  ) {
    super(of, before);
    this.ready = ready;
    this.delayed = delayed;
  }

  /** Whether the message of that order and state in a slot is aside. */
  holds(slot: number, order: number, state: number): boolean {
    return this.isOf(state) && this.covers(slot, order);
  }
}
