import type { Core } from './core.ts';
import { MessageState } from './message-table.ts';

/** Most delays and leases that end in one turn. */
const MOST_PER_TURN = 1000;
/** setTimeout takes no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Ends delays and leases when their time has come: one timer, for the first of them. */
export class DueTimer {
  readonly #core: Core;
  #timer: NodeJS.Timeout | undefined;
  #at = Number.POSITIVE_INFINITY;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Sets the timer anew when something has become the first. */
  watch(): void {
    const { state, clock } = this.#core;
    const due = state.timetable.nextDue;
    if (due >= this.#at) return;
    clearTimeout(this.#timer);
    this.#at = due;
    const wait = Math.min(Math.max(due - clock(), 0), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.run(), Math.ceil(wait));
  }

  /** Ends what is due, as far as there is room to record it. */
  run(): void {
    const { state, journal, clock, outcomes, deliveries } = this.#core;
    const { timetable } = state;
    this.#at = Number.POSITIVE_INFINITY;
    const now = clock();
    for (let count = 0; timetable.nextDue <= now && count < MOST_PER_TURN; count++) {
      if (!journal.hasRoomForOutcome()) return;
      const slot = timetable.firstSlot;
      const what = state.firstDue();
      timetable.removeFirst();
      if (what === undefined) continue;
      const queue = state.queueOf(slot);
      if (what === MessageState.reserved) outcomes.giveBack(slot, true);
      else state.promote(slot);
      deliveries.serve(queue);
    }
    this.watch();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
