import { type Completion, IGNORED } from '../completion.ts';
import { type Foundation, isExpired } from '../foundation.ts';
import { Count } from '../state/counters.ts';
import { NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import type { HeldMessages } from './held-messages.ts';
import type { Lifecycle } from './lifecycle.ts';

/** Expired messages that are removed before whoever found them lets the others have their turn. */
const EXPIRED_PER_TURN = 250;

/** Instead of a slot: there may be one, but what has expired before it has to be removed first, later on. */
export const LATER = NONE - 1;

/** Lets what has expired go, and finds what is next behind it. */
export class Expired {
  readonly #base: Foundation;
  readonly #lifecycle: Lifecycle;
  readonly #held: HeldMessages;
  /** What the message for which `next` said LATER needs, bytes. */
  wantedSpace = 0;

  constructor(base: Foundation, lifecycle: Lifecycle, held: HeldMessages) {
    this.#base = base;
    this.#lifecycle = lifecycle;
    this.#held = held;
  }

  /** The next message that has not expired and whose group may go on, paused or not; NONE, or LATER. */
  next(queue: Queue): number {
    return this.#first(queue, false);
  }

  /** The same, whether its group may go on or not. */
  first(queue: Queue): number {
    return this.#first(queue, true);
  }

  #first({ ready }: Queue, isAny: boolean): number {
    for (let count = 0; count < EXPIRED_PER_TURN; count++) {
      const slot = isAny ? ready.peek() : ready.next();
      if (slot === NONE) return NONE;
      if (!isExpired(this.#base, slot)) return slot;
      this.wantedSpace = this.#lifecycle.cost(slot);
      if (!this.#base.admission.hasSpace(this.wantedSpace)) return LATER;
      this.expire(slot);
    }
    return LATER;
  }

  /**
   * Lets the next message go where it has expired and its end takes nothing from the disk; whether it did. Undefined
   * where there is no space yet to record that.
   */
  expireNext(queue: Queue): boolean | undefined {
    const slot = queue.ready.peek();
    if (slot === NONE || !isExpired(this.#base, slot) || !this.canExpireNow(slot)) return false;
    if (!this.#base.admission.hasSpace(this.#lifecycle.cost(slot))) return undefined;
    this.expire(slot);
    return true;
  }

  /** Whether the end of a message whose time to live is over has to wait for nothing from the disk. */
  canExpireNow(slot: number): boolean {
    return !this.#lifecycle.expiryNeedsRecord(slot) || this.#base.records.find(slot) !== undefined;
  }

  /** The end of a message that was next when its time to live was over. There has to be space for it. */
  expire(slot: number, done: Completion<boolean> = IGNORED): void {
    const { state, ledger, records } = this.#base;
    state.queueOf(slot).count(Count.expired);
    const needsRecord = this.#lifecycle.expiryNeedsRecord(slot);
    const record = needsRecord ? records.find(slot) : undefined;
    if (!needsRecord || record !== undefined) {
      this.#lifecycle.expire(slot, record);
      done.resolve(true);
      return;
    }
    const token = ledger.setAside(slot);
    const expireLater = () => {
      this.#held.withRecord(token, slot, 0, done, expireLater, (loaded) => {
        this.#lifecycle.expire(slot, loaded);
        done.resolve(true);
      });
    };
    expireLater();
  }
}
