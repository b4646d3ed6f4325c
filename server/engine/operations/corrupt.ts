import { DamagedError } from '../../../shared/errors.ts';
import type { Core } from '../core.ts';
import { messageSize } from '../log/codec/message-record.ts';
import { MOST_ATTRIBUTES } from '../state/attributes.ts';
import { at, MessageState } from '../state/message-table.ts';

/** Most bytes of the text that tells which file is damaged, and where. */
const LONGEST_TEXT = 8192;
/** Most bytes that setting a message aside takes. */
const SIZE = messageSize(MOST_ATTRIBUTES + LONGEST_TEXT, 0);
const NO_BODY = Buffer.alloc(0);

/**
 * Messages whose records the disk has lost. Each goes to the failed messages of its queue, so that somebody sees it
 * and the others go on: with all that is known of it, and without its body, so it is never tried again.
 */
export class Losses {
  readonly #core: Core;
  /** Since the start. */
  count = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Whether an operation that could not load a message's record can be done again, because the message is set aside
   * now, or is not there any more. Else the operation is to be told the problem.
   */
  settle(slot: number, sequence: number, problem: Error): boolean {
    const { state, recorder, journal, isStopping } = this.#core;
    if (!(problem instanceof DamagedError)) return false;
    const isThere = state.table.has(slot) && state.table.page(slot).sequence[at(slot)] === sequence;
    // Somebody else may have met it before.
    if (!isThere || recorder.find(slot) !== undefined) return true;
    if (isStopping || journal.committer.failure !== undefined) return false;
    if (!journal.hasRoomForOutcome(SIZE)) return false;
    this.#setAside(slot, problem);
    return true;
  }

  #setAside(slot: number, problem: Error): void {
    const { state, recorder, endings, clock } = this.#core;
    this.count++;
    switch (state.table.page(slot).state[at(slot)]) {
      // Of these nobody expects anything any more.
      case MessageState.finished:
      case MessageState.cancelled:
        endings.remove(slot);
        return;
    }
    const error = Buffer.from(problem.message).subarray(0, LONGEST_TEXT);
    const attributes = { ...state.reservations.lastAttempt(slot), recurrence: undefined, isLost: true };
    recorder.rewrite(slot, { state: MessageState.failed, time: clock(), error, attributes, body: NO_BODY });
  }
}
