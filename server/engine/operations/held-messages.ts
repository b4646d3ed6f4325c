import { DamagedError } from '../../../shared/errors.ts';
import type { Completion } from '../completion.ts';
import type { Foundation } from '../foundation.ts';
import type { MessageRecord } from '../records.ts';
import { MessageState } from '../state/message-table.ts';
import type { Corrupt } from './corrupt.ts';
import type { Lifecycle } from './lifecycle.ts';

/** Finds the messages that leases hold, and their records. */
export class HeldMessages {
  readonly #base: Foundation;
  readonly #lifecycle: Lifecycle;
  readonly #corrupt: Corrupt;

  constructor(base: Foundation, lifecycle: Lifecycle, corrupt: Corrupt) {
    this.#base = base;
    this.#lifecycle = lifecycle;
    this.#corrupt = corrupt;
  }

  /** The slot of a lease; undefined when there is none, of which the operation has been told. */
  slotOf(token: number, done: Completion<boolean>): number | undefined {
    const { state, ledger, admission } = this.#base;
    if (admission.refuses(done)) return undefined;
    const slot = state.slotOfLease(token);
    if (slot === undefined) ledger.whenWritten(done, false);
    return slot;
  }

  /** Whether a message that is held was cancelled meanwhile. */
  isCancelled(slot: number): boolean {
    return this.#base.state.stateOf(slot) === MessageState.cancelled;
  }

  /** Nobody holds any more what was cancelled meanwhile: whatever its holder tells comes too late, and `done` is told so. */
  endCancelled(token: number, slot: number, done: Completion<boolean>): void {
    const { state, ledger, admission, clock } = this.#base;
    const again = () => {
      if (this.slotOf(token, done) === slot) this.endCancelled(token, slot, done);
    };
    if (!admission.hasSpace()) {
      admission.waitUnlessStalled(done, again);
      return;
    }
    const end = (record: MessageRecord | undefined) => {
      this.#lifecycle.cancel(slot, record, state.leases.of(slot).cancelledAt || clock());
      ledger.whenWritten(done, false);
    };
    if (!this.#lifecycle.cancelNeedsRecord(slot)) end(undefined);
    else this.#withRecord(token, slot, 0, done, again, end, () => end(undefined));
  }

  /**
   * Has the end of a lease act on the message's record, once that is in memory and the log has space for what it
   * leaves, with a text of that length; where there is none it is done `again`. Where the record is lost, that is the
   * end of it, unless `without` does without. Where the job was cancelled meanwhile, the end of the lease comes too late.
   */
  withRecord(
    token: number,
    slot: number,
    textLength: number,
    done: Completion<boolean>,
    again: () => void,
    act: (record: MessageRecord) => void,
    without?: () => void,
  ): void {
    const orTooLate = (end: () => void) => {
      if (this.isCancelled(slot)) this.endCancelled(token, slot, done);
      else end();
    };
    const actInTime = (record: MessageRecord) => orTooLate(() => act(record));
    this.#withRecord(token, slot, textLength, done, again, actInTime, without && (() => orTooLate(without)));
  }

  #withRecord(
    token: number,
    slot: number,
    textLength: number,
    done: Completion<boolean>,
    again: () => void,
    act: (record: MessageRecord) => void,
    without?: () => void,
  ): void {
    const { state, ledger, records, admission } = this.#base;
    const order = state.orderOf(slot);
    records.use(
      slot,
      (record) => {
        if (admission.refuses(done)) return;
        if (state.slotOfLease(token) !== slot) ledger.whenWritten(done, false);
        else if (admission.hasSpace(this.#lifecycle.cost(slot, textLength))) act(record);
        else admission.waitUnlessStalled(done, again);
      },
      (problem) => {
        const isHeld = state.slotOfLease(token) === slot;
        if (isHeld && without !== undefined && problem instanceof DamagedError) without();
        else this.#corrupt.settle(slot, order, problem, done, () => ledger.whenDurable(done, isHeld));
      },
    );
  }
}
