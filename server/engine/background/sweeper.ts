import type { Admission } from '../admission.ts';
import { SMALL_COST } from '../costs.ts';
import type { Ledger } from '../ledger.ts';
import { NONE } from '../state/message-table.ts';
import type { StateView } from '../state/state-view.ts';

/** About a millisecond, where all of them are to be freed. */
const SLOTS_PER_SLICE = 2048;

/** Frees in slices, one a turn, what a purge or a drop has discarded at once. */
export class Sweeper {
  readonly #state: StateView;
  readonly #ledger: Ledger;
  readonly #admission: Admission;
  readonly #onRound: () => void;
  #isPlanned = false;
  #isStopped = true;

  /** `onRound` is called at the end of each round. */
  constructor(state: StateView, ledger: Ledger, admission: Admission, onRound: () => void) {
    this.#state = state;
    this.#ledger = ledger;
    this.#admission = admission;
    this.#onRound = onRound;
  }

  start(): void {
    this.#isStopped = false;
    this.watch();
  }

  /** Something may have been discarded, or there may be space again to record the next slice. */
  watch(): void {
    if (this.#isPlanned || this.#isStopped || !this.#state.sweep.isUnderWay) return;
    this.#isPlanned = true;
    setImmediate(() => this.#run());
  }

  stop(): void {
    this.#isStopped = true;
  }

  #run(): void {
    this.#isPlanned = false;
    if (this.#isStopped || this.#admission.isOver) return;
    // Compaction waits for the sweep, so it may have what is kept for that.
    if (!this.#admission.admitsCompaction(SMALL_COST)) return;
    const { sweep, table } = this.#state;
    const to = sweep.cursor + SLOTS_PER_SLICE;
    const isLast = to >= table.end;
    this.#ledger.sweep(isLast ? NONE : to);
    if (isLast) this.#onRound();
    this.watch();
  }
}
