import type { Foundation } from '../foundation.ts';
import type { CronClock } from '../operations/cron-clock.ts';
import type { Leases } from '../operations/leases.ts';
import { MessageState } from '../state/message-table.ts';

/** Most of what is due that is done in one turn. */
const MOST_PER_TURN = 1000;
/**
 * Longest time to sleep while anything is to come, milliseconds: a timer does not count the time that the machine
 * is suspended, and does not see that the clock on the wall was set.
 */
const LONGEST_SLEEP_MS = 1000;

/** Ends delays, leases and what is remembered when their time has come: one timer, for the first of them. */
export class Deadlines {
  readonly #base: Foundation;
  readonly #leases: Leases;
  readonly #cron: CronClock;
  readonly #settle: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** Engine time for which the timer is set. */
  #next = Number.POSITIVE_INFINITY;
  #isRunning = false;
  /** Whether something is due for which the log had no space. */
  #lacksSpace = false;
  #isStopped = true;
  /** Leases that ended before, engine time, nobody could extend: there was no server. */
  #servesSince = 0;

  /** `settle` is called behind all that was due. */
  constructor(base: Foundation, leases: Leases, cron: CronClock, settle: () => void) {
    this.#base = base;
    this.#leases = leases;
    this.#cron = cron;
    this.#settle = settle;
  }

  /** From now on; until then whoever starts the engine can still say what of that was missed. */
  start(): void {
    this.#isStopped = false;
    this.#servesSince = this.#base.clock();
    this.watch();
  }

  /** Sets the timer anew when something has become the first. */
  watch(): void {
    if (this.#isRunning || this.#isStopped) return;
    const { state, clock } = this.#base;
    const due = state.deadlines.next;
    if (due >= this.#next) return;
    clearTimeout(this.#timer);
    const wait = Math.min(Math.max(due - clock(), 0), LONGEST_SLEEP_MS);
    this.#next = due;
    this.#timer = setTimeout(() => this.run(), Math.ceil(wait));
  }

  /** Does what is due before its timer does, which another one of the same moment may precede. */
  catchUp(): void {
    if (!this.#isRunning && this.#base.state.deadlines.next <= this.#base.clock()) this.run();
  }

  /** Does what is due, as far as there is space to record it. What is due at one moment is served together. */
  run(): void {
    if (this.#isStopped) return;
    this.#cron.check();
    this.#next = Number.POSITIVE_INFINITY;
    this.#isRunning = true;
    this.#lacksSpace = false;
    const isThrough = this.#runSome();
    this.#settle();
    this.#isRunning = false;
    if (isThrough) this.watch();
  }

  /** There may be space again. */
  goOn(): void {
    if (this.#lacksSpace) this.run();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isStopped = true;
  }

  /** False when it goes on by itself: in the next turn, or when there is space again. */
  #runSome(): boolean {
    const { state, ledger, admission, clock } = this.#base;
    const { deadlines } = state;
    const now = clock();
    for (let count = 0; deadlines.next <= now; count++) {
      if (count === MOST_PER_TURN) {
        // Not behind a timer, which would wait a millisecond.
        this.#next = deadlines.next;
        setImmediate(() => this.run());
        return false;
      }
      if (!admission.hasSpace()) {
        this.#lacksSpace = true;
        return false;
      }
      const slot = deadlines.first;
      if (state.isDiscarded(slot)) {
        ledger.lapse(slot);
        continue;
      }
      switch (state.stateOf(slot)) {
        case MessageState.delayed:
          this.#promote(slot);
          break;
        case MessageState.ended:
          ledger.done(slot);
          break;
        default:
          this.#leaseOver(slot);
      }
    }
    return true;
  }

  /** A delay is over. That needs no record, but where a restart has to tell what came from what was missed. */
  #promote(slot: number): void {
    const { state, ledger } = this.#base;
    if (!state.repeating.has(slot)) ledger.promote(slot);
    else if (!this.#cron.putOff(slot) && !this.#cron.leaveOut(slot)) ledger.ready(slot);
  }

  #leaseOver(slot: number): void {
    const { state, ledger } = this.#base;
    const { deadline } = state.leases.of(slot);
    ledger.lapse(slot);
    this.#leases.giveBack(slot, deadline <= this.#servesSince ? 'stop' : 'death');
  }
}
