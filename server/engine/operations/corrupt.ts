import { DamagedError } from '../../../shared/errors.ts';
import { messageCost } from '../costs.ts';
import type { Foundation } from '../foundation.ts';
import { MOST_ATTRIBUTES } from '../state/attributes.ts';
import { MessageState } from '../state/message-table.ts';

/** Most bytes of the text that tells which file is damaged, and where. */
const LONGEST_TEXT = 8192;
const COST = messageCost(MOST_ATTRIBUTES + LONGEST_TEXT, 0);

/**
 * Messages whose records are corrupt. Each goes to the failed messages of its queue, so that somebody sees it and the
 * others go on: with all that is known of it, and without its body, so it is never tried again.
 */
export class Corrupt {
  readonly #base: Foundation;
  /** Since the start. */
  count = 0;

  constructor(base: Foundation) {
    this.#base = base;
  }

  /**
   * Whether an operation that could not load a message's record can be done again, because the message is among the
   * failed ones now, or is not there any more. Else the operation is to be told the problem.
   */
  settle(slot: number, order: number, problem: Error): boolean {
    const { state, records, admission } = this.#base;
    if (!(problem instanceof DamagedError)) return false;
    // Somebody else may have met it before.
    if (!state.holds(slot, order) || records.find(slot) !== undefined) return true;
    if (admission.isOver || !admission.hasSpace(COST)) return false;
    this.#fail(slot, problem);
    return true;
  }

  #fail(slot: number, problem: Error): void {
    const { state, ledger, clock } = this.#base;
    this.count++;
    switch (state.stateOf(slot)) {
      // Of these nobody expects anything any more.
      case MessageState.ended:
      case MessageState.cancelled:
        ledger.done(slot);
        return;
    }
    const error = Buffer.from(problem.message).subarray(0, LONGEST_TEXT);
    const attributes = { ...state.leases.lastAttempt(slot), recurrence: undefined, isLost: true };
    ledger.rewrite(slot, { state: MessageState.failed, time: clock(), error, attributes });
  }
}
