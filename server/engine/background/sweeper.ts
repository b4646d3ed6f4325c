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
  readonly #onDone: () => void;
  #isPlanned = false;
  #isStopped = true;

  /** `onDone` is called when nothing that was discarded is left, or it is all over. */
  constructor(state: StateView, ledger: Ledger, admission: Admission, onDone: () => void) {
    this.#state = state;
    this.#ledger = ledger;
    this.#admission = admission;
    this.#onDone = onDone;
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
    if (this.#isStopped) return;
    if (this.#admission.isOver) {
      this.#onDone();
      return;
    }
    // Compaction waits for the sweep, so it may have what is kept for that.
    if (!this.#admission.admitsCompaction(SMALL_COST)) return;
    const { sweep, table } = this.#state;
    const to = sweep.cursor + SLOTS_PER_SLICE;
    this.#ledger.sweep(to < table.end ? to : NONE);
    if (this.#state.sweep.isUnderWay) this.watch();
    else this.#onDone();
  }
}
