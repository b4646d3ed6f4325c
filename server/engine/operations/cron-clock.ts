import type { Foundation } from '../foundation.ts';
import { nextTime } from '../recurrence.ts';
import type { Recurrence } from '../state/attributes.ts';
import type { Repeating } from '../state/job-index.ts';
import { MessageState } from '../state/message-table.ts';

/** Two clocks that differ by less go the same, milliseconds. */
const CLOCK_TOLERANCE_MS = 100;

/** When jobs come that repeat: a cron line means the time on the wall, all else goes by the engine's clock. */
export class CronClock {
  readonly #base: Foundation;
  /** How far the engine's time is ahead of the clock on the wall, as far as scheduled jobs know, milliseconds. */
  #ahead: number;

  constructor(base: Foundation) {
    this.#base = base;
    this.#ahead = base.clock() - base.wallClock();
  }

  /** The next time of a recurrence, on its own clock. */
  nextTime(recurrence: Recurrence): number {
    const { clock, wallClock } = this.#base;
    return nextTime(recurrence, recurrence.kind === 'cron' ? wallClock() : clock());
  }

  /** Has a job that waits for its cron line become ready when the clock on the wall says so. */
  adjust(slot: number): void {
    const job = this.#waitingForCron(slot);
    if (job === undefined) return;
    const { ledger, clock, wallClock } = this.#base;
    job.comesAt = this.#comesAt(job);
    const ahead = clock() - wallClock();
    const isRight = Math.abs(ahead) < CLOCK_TOLERANCE_MS;
    ledger.postpone(slot, isRight ? job.comesAt : job.comesAt + ahead);
  }

  /**
   * Puts off a job whose cron line says that it is not yet due, though the engine's clock, a little ahead, says so:
   * its next time would be this one again. False for all others.
   */
  putOff(slot: number): boolean {
    const job = this.#waitingForCron(slot);
    if (job === undefined) return false;
    const { ledger, clock, wallClock } = this.#base;
    const left = job.comesAt - wallClock();
    if (left > 0) ledger.postpone(slot, clock() + left);
    return left > 0;
  }

  /** Leaves out the time that has come of a job that is disabled. False for all others. */
  leaveOut(slot: number): boolean {
    const job = this.#waitingForCron(slot);
    if (job === undefined || !job.isDisabled) return false;
    const { state, ledger } = this.#base;
    const time = this.nextTime(job.recurrence);
    if (time === Number.POSITIVE_INFINITY) {
      ledger.done(slot);
      return true;
    }
    ledger.release(slot, 0, state.deathsOf(slot), state.diedSilently(slot), time);
    this.adjust(slot);
    return true;
  }

  /** After the clock on the wall was set, scheduled jobs go by its new time. */
  check(): void {
    const { state, clock, wallClock } = this.#base;
    const ahead = clock() - wallClock();
    if (Math.abs(ahead - this.#ahead) < CLOCK_TOLERANCE_MS) return;
    this.#ahead = ahead;
    for (const slot of state.repeating.keys()) this.adjust(slot);
  }

  #waitingForCron(slot: number): Repeating | undefined {
    const { state } = this.#base;
    const job = state.repeating.get(slot);
    if (job?.recurrence.kind !== 'cron' || state.stateOf(slot) !== MessageState.delayed) return undefined;
    // A run that is to be tried again waits for its backoff instead.
    return state.attemptsOf(slot) > 0 ? undefined : job;
  }

  /**
   * No time comes again because the clock was set back a little, but one that had been far ahead does not keep a job
   * waiting: it leaves out one of its times at most.
   */
  #comesAt({ recurrence, time }: Repeating): number {
    const next = this.nextTime(recurrence);
    return next < time && nextTime(recurrence, next) < time ? next : time;
  }
}
