import { CLOCK_TOLERANCE_MS, type Core } from '../core.ts';
import { at, MessageState } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';

/** Most of what is due that is done in one turn. */
const MOST_PER_TURN = 1000;
/**
 * Longest time to sleep while anything is to come, milliseconds: a timer does not count the time that the machine
 * is suspended, and does not see that the clock on the wall was set.
 */
const LONGEST_SLEEP_MS = 1000;

/** Ends delays, leases and what is remembered when their time has come: one timer, for the first of them. */
export class DueTimer {
  readonly #core: Core;
  #timer: NodeJS.Timeout | undefined;
  #at = Number.POSITIVE_INFINITY;
  #isRunning = false;
  /** Whether something is due for which the journal had no room. */
  #isHindered = false;
  #isStopped = true;
  /** How far the engine's time is ahead of the clock on the wall, as far as scheduled jobs know, milliseconds. */
  #ahead: number;

  constructor(core: Core) {
    this.#core = core;
    this.#ahead = core.clock() - core.wallClock();
  }

  /** From now on; until then whoever starts the engine can still say what of that was missed. */
  start(): void {
    this.#isStopped = false;
    this.watch();
  }

  /** Sets the timer anew when something has become the first. */
  watch(): void {
    if (this.#isRunning || this.#isStopped) return;
    const { state, clock } = this.#core;
    const due = state.timetable.nextDue;
    if (due >= this.#at) return;
    clearTimeout(this.#timer);
    const wait = Math.min(Math.max(due - clock(), 0), LONGEST_SLEEP_MS);
    this.#at = due;
    this.#timer = setTimeout(() => this.run(), Math.ceil(wait));
  }

  /** Does what is due, as far as there is room to record it. */
  run(): void {
    if (this.#isStopped) return;
    this.#checkClocks();
    this.#at = Number.POSITIVE_INFINITY;
    this.#isRunning = true;
    this.#isHindered = false;
    const touched = new Set<Queue>();
    const isThrough = this.#runSome(touched);
    // What is due at one moment is served in the order of the queue.
    for (const queue of touched) this.#core.deliveries.serve(queue);
    this.#isRunning = false;
    if (isThrough) this.watch();
  }

  /** There may be room again. */
  goOn(): void {
    if (this.#isHindered) this.run();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isStopped = true;
  }

  /**
   * False when it goes on by itself: in the next turn, or when there is room again. `touched`: the queues in which
   * something may have become ready.
   */
  #runSome(touched: Set<Queue>): boolean {
    const { state, journal, clock, outcomes, endings } = this.#core;
    const { timetable, table } = state;
    const now = clock();
    for (let count = 0; timetable.nextDue <= now; count++) {
      if (count === MOST_PER_TURN) {
        // Not behind a timer, which would wait a millisecond.
        this.#at = timetable.nextDue;
        setImmediate(() => this.run());
        return false;
      }
      if (!journal.hasRoomForOutcome()) {
        this.#isHindered = true;
        return false;
      }
      const slot = timetable.first;
      touched.add(state.queueOf(slot));
      switch (table.page(slot).state[at(slot)]) {
        case MessageState.delayed:
          this.#promote(slot);
          break;
        case MessageState.finished:
          endings.remove(slot);
          break;
        default:
          state.placement.lapse(slot);
          outcomes.giveBack(slot, true);
      }
    }
    return true;
  }

  /** A delay is over. That needs no record, but where a restart has to tell what came from what was missed. */
  #promote(slot: number): void {
    const { state, journal } = this.#core;
    if (state.repeating.has(slot)) {
      if (this.#core.putOff(slot)) return;
      const page = state.table.page(slot);
      const sequence = page.sequence[at(slot)] as number;
      const attempts = page.attempts[at(slot)] as number;
      journal.appendRelease(slot, sequence, attempts);
      state.release(slot, sequence, attempts);
    } else {
      state.promote(slot);
    }
  }

  /** After the clock on the wall was set, scheduled jobs go by its new time. */
  #checkClocks(): void {
    const { state, clock, wallClock } = this.#core;
    const ahead = clock() - wallClock();
    if (Math.abs(ahead - this.#ahead) < CLOCK_TOLERANCE_MS) return;
    this.#ahead = ahead;
    for (const slot of state.repeating.keys()) this.#core.adjust(slot);
  }
}
