import { cutUtf8 } from '../../../shared/utf8.ts';
import type { ScheduledJob, ScheduledView, Schedules } from '../api.ts';
import type { Foundation } from '../foundation.ts';
import type { CronClock } from '../operations/cron-clock.ts';
import type { Schedule } from '../operations/schedule.ts';
import type { ScheduleControl } from '../operations/schedule-control.ts';
import type { LastRun } from '../state/attributes.ts';
import type { Repeating } from '../state/job-index.ts';
import { idOf } from '../state/message-table.ts';

/** How many runs of a job are kept, and how much of an error, bytes. */
const RUNS = 20;
const LONGEST_ERROR = 1024;

/** What is known of a job besides what the state has. */
interface Known {
  /** The last runs, the oldest first. */
  readonly runs: LastRun[];
  /** The next time as it was last reckoned, and by which line. */
  next: { readonly at: number; readonly cron: string } | undefined;
}

/** The jobs of the configuration's schedule, as people see them. */
export class ScheduleViews implements Schedules {
  readonly #base: Foundation;
  readonly #schedule: Schedule;
  readonly #control: ScheduleControl;
  readonly #cron: CronClock;
  /** By queue and name. */
  readonly #known = new Map<string, Known>();

  constructor(base: Foundation, schedule: Schedule, control: ScheduleControl, cron: CronClock) {
    this.#base = base;
    this.#schedule = schedule;
    this.#control = control;
    this.#cron = cron;
  }

  all(): readonly ScheduledView[] {
    return this.#schedule.jobs.map((job) => this.#view(job));
  }

  runNow(name: string): Promise<boolean | undefined> {
    return this.#control.runNow(name);
  }

  setDisabled(name: string, isDisabled: boolean): Promise<true | undefined> {
    return this.#control.setDisabled(name, isDisabled);
  }

  /** A run of the job in a slot ends; nothing for all others. */
  ended(slot: number, run: LastRun): void {
    const { state } = this.#base;
    if (state.repeating.get(slot)?.recurrence.kind !== 'cron') return;
    const { runs } = this.#of(state.queueOf(slot).name, state.jobIdOf(slot) as string);
    const error = run.state === 'failed' ? cutUtf8(Buffer.from(run.error), LONGEST_ERROR).toString() : '';
    runs.push({ state: run.state, endedAt: run.endedAt, error });
    if (runs.length > RUNS) runs.shift();
  }

  /** The configuration has changed: what it schedules no more is forgotten. */
  changed(): void {
    const wanted = new Set(this.#schedule.jobs.map(({ queue, name }) => key(queue, name)));
    for (const each of this.#known.keys()) if (!wanted.has(each)) this.#known.delete(each);
  }

  #view(job: ScheduledJob): ScheduledView {
    const { state } = this.#base;
    const { name, queue, cron } = job;
    const { runs } = this.#of(queue, name);
    const view = { name, queue, cron, runs: [...runs] };
    const slot = this.#schedule.slotOf(job);
    const repeating = slot === undefined ? undefined : state.repeating.get(slot);
    if (slot === undefined || repeating === undefined)
      return {
        ...view,
        ref: undefined,
        state: 'waiting',
        dueAt: 0,
        isDisabled: false,
        nextAt: 0,
        lastRun: undefined,
      };
    const { lastRun, isDisabled, time } = repeating;
    const now = this.#stateOf(slot, isDisabled);
    return {
      ...view,
      ref: { slot, id: idOf(state.orderOf(slot)) },
      state: now,
      // A run by hand came before its time.
      dueAt: now === 'ready' && time <= this.#base.clock() ? time : 0,
      isDisabled,
      nextAt: this.#control.isBetweenRuns(slot) ? repeating.comesAt : this.#nextAt(job, repeating),
      lastRun,
    };
  }

  #stateOf(slot: number, isDisabled: boolean): ScheduledView['state'] {
    const { state } = this.#base;
    if (this.#control.isBetweenRuns(slot)) return isDisabled ? 'disabled' : 'waiting';
    // What is only read from the disk, to be handed out, is held by nobody.
    return state.isHeld(slot) && state.leases.of(slot).isAttempt ? 'running' : 'ready';
  }

  /** It is reckoned once for each time: that takes far longer than all else here. */
  #nextAt({ queue, name, cron }: ScheduledJob, { recurrence }: Repeating): number {
    const known = this.#of(queue, name);
    const line = `${cron.pattern} ${cron.timezone}`;
    if (known.next === undefined || known.next.at <= this.#base.wallClock() || known.next.cron !== line)
      known.next = { at: this.#cron.nextTime(recurrence), cron: line };
    return Number.isFinite(known.next.at) ? known.next.at : 0;
  }

  #of(queue: string, name: string): Known {
    const known = this.#known.get(key(queue, name)) ?? { runs: [], next: undefined };
    this.#known.set(key(queue, name), known);
    return known;
  }
}

function key(queue: string, name: string): string {
  return `${queue}/${name}`;
}
