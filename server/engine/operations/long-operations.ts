import type { Admission } from '../admission.ts';
import type { Completion } from '../completion.ts';
import type { StateView } from '../state/state-view.ts';

/**
 * Operations on whole queues that take many turns of the event loop: a move, a retry of all. What is about one of these
 * queues as a whole waits until they are over, and they wait until what was discarded is freed.
 */
export class LongOperations {
  readonly #state: StateView;
  readonly #admission: Admission;
  /** Names of the queues that one is under way in. */
  readonly #busy = new Set<string>();
  /** Operations that wait, to be done again. */
  #waiting: { readonly done: Completion<never>; readonly again: () => void }[] = [];
  readonly #settle: () => void;

  /** `settle` is called behind each operation that is done again. */
  constructor(state: StateView, admission: Admission, settle: () => void) {
    this.#state = state;
    this.#admission = admission;
    this.#settle = settle;
  }

  /** Whether an operation on a queue, or with `undefined` on all, has to wait; it is done again. */
  defers(queue: string | undefined, done: Completion<never>, again: () => void): boolean {
    const isFree = queue === undefined ? this.#busy.size === 0 : !this.#busy.has(queue);
    if (isFree) return false;
    this.#waiting.push({ done, again });
    return true;
  }

  /** The same for one that takes many turns itself. */
  defersLong(queue: string, done: Completion<never>, again: () => void): boolean {
    if (!this.#state.sweep.isUnderWay) return this.defers(queue, done, again);
    this.#waiting.push({ done, again });
    return true;
  }

  /** Runs one in queues that are free. It has to end before long once the engine stops. */
  async run(queues: readonly string[], operation: () => Promise<void>): Promise<void> {
    for (const queue of queues) this.#busy.add(queue);
    try {
      await operation();
    } finally {
      for (const queue of queues) this.#busy.delete(queue);
      this.goOn();
    }
  }

  /** Those that wait are done again: one is over, or all that was discarded is freed. */
  goOn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { done, again } of waiting) {
      if (this.#admission.refuses(done)) continue;
      again();
      this.#settle();
    }
  }
}
