import { DamagedError } from '../../../shared/errors.ts';
import type { Completion } from '../completion.ts';
import { messageCost } from '../costs.ts';
import type { Foundation } from '../foundation.ts';
import { MOST_ATTRIBUTES } from '../state/attributes.ts';
import { Count } from '../state/counters.ts';
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
   * Has an operation that could not load a message's record done again, once the message is among the failed ones, or
   * is not there any more. Where that is not to be, the operation is told the problem.
   */
  settle(slot: number, order: number, problem: Error, done: Completion<never>, again: () => void): void {
    const { admission } = this.#base;
    // At the end files are closed, which says nothing about the message.
    if (admission.refuses(done)) return;
    if (this.#isOver(slot, order, problem)) again();
    else if (!this.#canFail(problem)) done.reject(problem);
    else if (!admission.hasSpace(COST)) {
      admission.wait(done, () => this.settle(slot, order, problem, done, again));
    } else {
      this.#fail(slot, problem);
      again();
    }
  }

  /** The same for what goes on by itself. Rejects with the problem. */
  async settled(slot: number, order: number, problem: Error): Promise<void> {
    while (!this.#isOver(slot, order, problem)) {
      if (!this.#canFail(problem)) throw problem;
      if (this.#base.admission.hasSpace(COST)) this.#fail(slot, problem);
      else await this.#base.admission.space(COST, 'event');
    }
  }

  /** Whether there is nothing left to do: somebody else may have met it before. */
  #isOver(slot: number, order: number, problem: Error): boolean {
    if (!(problem instanceof DamagedError)) return false;
    const { state, records } = this.#base;
    return !state.holds(slot, order) || records.find(slot) !== undefined;
  }

  #canFail(problem: Error): boolean {
    const { admission } = this.#base;
    return problem instanceof DamagedError && !admission.isOver && admission.refusal === undefined;
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
    state.queueOf(slot).count(Count.failed);
    const error = Buffer.from(problem.message).subarray(0, LONGEST_TEXT);
    const attributes = { ...state.leases.lastAttempt(slot), recurrence: undefined, isLost: true };
    ledger.rewrite(slot, { state: MessageState.failed, time: clock(), error, attributes });
  }
}
