import type { ScheduledJob } from '../api.ts';
import { messageCost, SMALL_COST } from '../costs.ts';
import type { Foundation } from '../foundation.ts';
import { MOST_ATTRIBUTES } from '../state/attributes.ts';
import { MessageState } from '../state/message-table.ts';
import type { Corrupt } from './corrupt.ts';
import type { CronClock } from './cron-clock.ts';
import type { Schedule } from './schedule.ts';

/** What people do with scheduled jobs by hand, whatever their times are. Each resolves once it is durable. */
export class ScheduleControl {
  readonly #base: Foundation;
  readonly #schedule: Schedule;
  readonly #cron: CronClock;
  readonly #corrupt: Corrupt;
  readonly #settle: () => void;

  /** `settle` is called behind what has happened. */
  constructor(base: Foundation, schedule: Schedule, cron: CronClock, corrupt: Corrupt, settle: () => void) {
    this.#base = base;
    this.#schedule = schedule;
    this.#cron = cron;
    this.#corrupt = corrupt;
    this.#settle = settle;
  }

  /** Whether it waits for its next time: no run of it is live. */
  isBetweenRuns(slot: number): boolean {
    const { state } = this.#base;
    // A run that is to be tried again waits for its backoff.
    return state.stateOf(slot) === MessageState.delayed && state.attemptsOf(slot) === 0;
  }

  /** Has a run come now, also of a job that is disabled. False where one is live, undefined where there is no such job. */
  async runNow(name: string): Promise<boolean | undefined> {
    const { ledger, admission } = this.#base;
    await admission.space(SMALL_COST, 'event');
    const slot = this.#slotOf(name);
    const runs = slot === undefined ? undefined : this.isBetweenRuns(slot);
    if (slot !== undefined && runs) {
      ledger.ready(slot);
      this.#settle();
    }
    await ledger.flush();
    return runs;
  }

  /** Has the times of a job pass without a run, or no more. A run that has come goes on. */
  async setDisabled(name: string, isDisabled: boolean): Promise<true | undefined> {
    for (;;) {
      const slot = this.#slotOf(name);
      const isChanged = slot === undefined || (await this.#change(slot, isDisabled));
      if (!isChanged) continue;
      await this.#base.ledger.flush();
      return slot === undefined ? undefined : true;
    }
  }

  /** False where it is to be tried again: it has become another message meanwhile. */
  async #change(slot: number, isDisabled: boolean): Promise<boolean> {
    const { state, ledger, records, admission } = this.#base;
    if (state.repeating.get(slot)?.isDisabled === isDisabled) return true;
    const order = state.orderOf(slot);
    const cost = messageCost(MOST_ATTRIBUTES, state.sizeOf(slot));
    await admission.space(cost, 'message');
    if (!state.holds(slot, order)) return false;
    const record = records.find(slot) ?? (await records.load(slot).catch((problem: Error) => problem));
    if (record instanceof Error) {
      await this.#corrupt.settled(slot, order, record);
      return false;
    }
    if (!state.holds(slot, order) || !records.isLast(slot, record) || !admission.admits(cost)) return false;
    ledger.change(slot, record, { ...this.#time(slot), attributes: { isDisabled } });
    this.#cron.adjust(slot);
    this.#settle();
    return true;
  }

  /** When it is due: its record may not know, where a time has passed since. */
  #time(slot: number): { time?: number } {
    const { state } = this.#base;
    const time = state.repeating.get(slot)?.time;
    return time !== undefined && state.stateOf(slot) === MessageState.delayed ? { time } : {};
  }

  #slotOf(name: string): number | undefined {
    const job = this.#schedule.jobs.find((each: ScheduledJob) => each.name === name);
    return job && this.#schedule.slotOf(job);
  }
}
