import type { Admission } from '../admission.ts';
import type { Completion } from '../completion.ts';

interface Waiting {
  /** Names; undefined: all queues. */
  readonly queues: readonly string[] | undefined;
  readonly done: Completion<never>;
  readonly again: () => void;
}

/**
 * Operations on whole queues that take many turns of the event loop: a move, a retry of all. What is about one of these
 * queues as a whole waits until they are over, each in its turn.
 */
export class LongOperations {
  readonly #admission: Admission;
  readonly #settle: () => void;
  /** Names of the queues that one is under way in. */
  readonly #busy = new Set<string>();
  /** To be done again, in the order in which they came. */
  #waiting: Waiting[] = [];

  /** `settle` is called behind each operation that is done again. */
  constructor(admission: Admission, settle: () => void) {
    this.#admission = admission;
    this.#settle = settle;
  }

  /** Whether an operation on queues, or with `undefined` on all, has to wait; then it is done again. */
  defers(queues: readonly string[] | undefined, done: Completion<never>, again: () => void): boolean {
    const isBusy = queues === undefined ? this.#busy.size > 0 : queues.some((name) => this.#busy.has(name));
    if (!isBusy && !this.#waiting.some((other) => isSame(queues, other.queues))) return false;
    this.#waiting.push({ queues, done, again });
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

  /** Those that wait are done again, or refused once it is all over. */
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

/** Whether two operations are about the same queue. */
function isSame(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined || a.some((name) => b.includes(name));
}
