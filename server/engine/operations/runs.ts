import { type Completion, IGNORED } from '../completion.ts';
import type { Foundation } from '../foundation.ts';
import { MessageState } from '../state/message-table.ts';
import type { HeldMessages } from './held-messages.ts';
import type { Lifecycle } from './lifecycle.ts';

/** Runs of jobs that repeat: discarded, they end, and the job goes on with its next time. */
export class Runs {
  readonly #base: Foundation;
  readonly #lifecycle: Lifecycle;
  readonly #held: HeldMessages;
  readonly #settle: () => void;

  /** `settle` is called behind a run that ends in a turn of its own. */
  constructor(base: Foundation, lifecycle: Lifecycle, held: HeldMessages, settle: () => void) {
    this.#base = base;
    this.#lifecycle = lifecycle;
    this.#held = held;
    this.#settle = settle;
  }

  /** Runs that wait for a reader or for their backoff, in one queue or in all. */
  waiting(queueName: string | undefined): number[] {
    const { state } = this.#base;
    const repeating =
      queueName === undefined ? state.repeating.keys() : (state.queues.get(queueName)?.repeating ?? []);
    return [...repeating].filter((slot) => {
      if (state.stateOf(slot) === MessageState.ready) return true;
      // Else it waits for its next time.
      return state.stateOf(slot) === MessageState.delayed && state.attemptsOf(slot) > 0;
    });
  }

  /** The end of a ready message for which there is no space any more; of a job that repeats only this run ends. */
  discard(slot: number): void {
    const { state, ledger } = this.#base;
    if (!state.repeating.has(slot)) {
      ledger.done(slot);
      return;
    }
    const token = ledger.setAside(slot);
    // Its record would take the space that the new message counts on.
    setImmediate(() => {
      this.skip(token, IGNORED);
      this.#settle();
    });
  }

  /** The end of a run that nobody has taken, and that was set aside: the job goes on with its next time. */
  skip(token: number, done: Completion<boolean>): void {
    const slot = this.#held.slotOf(token, done);
    if (slot === undefined) return;
    const again = () => this.skip(token, done);
    this.#held.withRecord(token, slot, 0, done, again, (record) => {
      this.#lifecycle.skip(slot, record);
      done.resolve(true);
    });
  }
}
