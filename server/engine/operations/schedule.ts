import { DEFAULT_PRIORITY, type EnqueueRequest, type QueueName, type ScheduledJob } from '../api.ts';
import { messageCost, queueCost } from '../costs.ts';
import type { Foundation } from '../foundation.ts';
import type { MessageRecord } from '../records.ts';
import { type CronLine, encodeAttributes, MOST_ATTRIBUTES, type Recurrence } from '../state/attributes.ts';
import { MessageState, row } from '../state/message-table.ts';
import { isSameBackoff } from '../state/own-rules.ts';
import type { Corrupt } from './corrupt.ts';
import type { CronClock } from './cron-clock.ts';

/** The jobs that the configuration schedules: each is one message, which waits for its next time. */
export class Schedule {
  readonly #base: Foundation;
  readonly #cron: CronClock;
  readonly #corrupt: Corrupt;
  readonly #settle: () => void;
  /** What was due before this was missed, engine time. */
  readonly #startedAt: number;
  #scheduled: readonly ScheduledJob[] = [];
  /** Their queues. */
  #queues = new Set<QueueName>();

  /** `settle` is called behind each job. */
  constructor(base: Foundation, cron: CronClock, corrupt: Corrupt, settle: () => void) {
    this.#base = base;
    this.#cron = cron;
    this.#corrupt = corrupt;
    this.#settle = settle;
    this.#startedAt = base.clock();
  }

  async set(scheduled: readonly ScheduledJob[]): Promise<void> {
    this.#scheduled = scheduled;
    this.#queues = new Set(scheduled.map(({ queue }) => queue));
    const others = this.#removeOthers();
    // Before anything is awaited: a timer would have them run.
    for (const job of scheduled) this.#resume(job);
    this.#settle();
    for (const job of scheduled) await this.#setOne(job);
    for (const { slot, order } of others) await this.#end(slot, order);
    await this.#base.ledger.flush();
  }

  /** What the configuration schedules. */
  get jobs(): readonly ScheduledJob[] {
    return this.#scheduled;
  }

  /** Whether the configuration schedules anything for a queue. */
  names(queue: QueueName): boolean {
    return this.#queues.has(queue);
  }

  /** A queue was dropped with all in it; what the configuration schedules for it comes again. */
  async restore(queue: QueueName): Promise<void> {
    for (const job of this.#scheduled) if (job.queue === queue) await this.#setOne(job);
  }

  /** Removes what is scheduled no more; those of which a run is under way are told, and are still to be ended. */
  #removeOthers(): { slot: number; order: number }[] {
    const { state, ledger, admission } = this.#base;
    const left: { slot: number; order: number }[] = [];
    for (const [slot, { recurrence }] of [...state.repeating]) {
      if (recurrence.kind !== 'cron') continue;
      if (this.#isWanted(slot)) continue;
      if (state.isHeld(slot) || !admission.hasSpace()) left.push({ slot, order: state.orderOf(slot) });
      else ledger.cancel(slot);
    }
    return left;
  }

  /** Whether the configuration schedules a job of that name for the queue. */
  #isWanted(slot: number): boolean {
    const { state } = this.#base;
    const queue = state.queueOf(slot).name;
    const name = state.jobIdOf(slot);
    return this.#scheduled.some((job) => job.queue === queue && job.name === name);
  }

  /** What is scheduled no more ends; a run that is under way goes on as a job like any other. */
  async #end(slot: number, order: number): Promise<void> {
    const { state, ledger, records, admission } = this.#base;
    if (!state.holds(slot, order) || !state.repeating.has(slot) || this.#isWanted(slot)) return;
    const cost = messageCost(MOST_ATTRIBUTES, state.sizeOf(slot));
    await admission.space(cost, 'message');
    const record = records.find(slot) ?? (await records.load(slot).catch((problem: Error) => problem));
    if (record instanceof Error) return this.#corrupt.settled(slot, order, record);
    if (!state.holds(slot, order) || !records.isLast(slot, record) || !admission.admits(cost))
      return this.#end(slot, order);
    if (state.isHeld(slot)) ledger.change(slot, record, { attributes: { recurrence: undefined } });
    else ledger.cancel(slot);
    this.#settle();
  }

  /** The slot of a job whose line says the times that it said, and that goes on; undefined for all others. */
  slotOf({ queue, name, cron }: ScheduledJob): number | undefined {
    const { state } = this.#base;
    const found = state.queues.get(queue);
    const slot = found === undefined ? undefined : state.slotOfJob(found, name);
    if (slot === undefined) return undefined;
    const recurrence = state.repeating.get(slot)?.recurrence;
    return recurrence?.kind === 'cron' && isSame(recurrence.cron, cron) ? slot : undefined;
  }

  /** A job that is known waits for its time by the clock as it is now, or leaves out what was missed. */
  #resume(job: ScheduledJob): void {
    const { state, ledger } = this.#base;
    const slot = this.slotOf(job);
    const repeating = slot === undefined ? undefined : state.repeating.get(slot);
    if (slot === undefined || repeating === undefined) return;
    if (state.stateOf(slot) !== MessageState.delayed || state.attemptsOf(slot) > 0) return;
    if (job.missed === 'skip' && state.table.page(slot).due(row(slot)) < this.#startedAt) {
      // Goes on record with `#setOne`; until then a restart finds the same time that was missed, and skips it again.
      ledger.skipTo(slot, this.#cron.nextTime(repeating.recurrence));
    }
    this.#cron.adjust(slot);
  }

  async #setOne(job: ScheduledJob): Promise<void> {
    const { state, ledger, records, admission } = this.#base;
    const slot = this.slotOf(job);
    const cost = messageCost(MOST_ATTRIBUTES, job.body.length) + queueCost(job.queue.length);
    if (slot !== undefined) {
      const order = state.orderOf(slot);
      const record = records.find(slot) ?? (await records.load(slot).catch((problem: Error) => problem));
      if (record instanceof Error) {
        await this.#corrupt.settled(slot, order, record);
        return this.#setOne(job);
      }
      if (!records.isLast(slot, record)) return this.#setOne(job);
      const { bytes } = record.block;
      const hasBody = bytes.subarray(record.bodyStart, record.bodyEnd).equals(job.body);
      if (hasBody && this.#hasOptions(job, slot)) {
        const skipsTo = this.#skipsTo(job, slot, record);
        if (skipsTo === undefined) return;
        if (!admission.admits(cost)) {
          await admission.space(cost, 'message');
          return this.#setOne(job);
        }
        ledger.change(slot, record, { time: skipsTo });
        this.#cron.adjust(slot);
        this.#settle();
        return;
      }
    }
    await admission.space(cost, 'message');
    this.#store(job);
    this.#settle();
  }

  /** Whether a job is what its line says, besides times and body. */
  #hasOptions({ priority, maxAttempts, backoff, group }: ScheduledJob, slot: number): boolean {
    const { state } = this.#base;
    return (
      state.table.page(slot).priority(row(slot)) === (priority ?? DEFAULT_PRIORITY) &&
      state.maxAttemptsOf(slot) === maxAttempts &&
      isSameBackoff(state.backoffOf(slot), backoff) &&
      (state.groupOf(slot) ?? '') === group
    );
  }

  /** Stores a job that is new, or whose line has changed. */
  #store(job: ScheduledJob): void {
    const { state, ledger, clock } = this.#base;
    const queue = ledger.openQueue(job.queue);
    queue.use();
    const known = this.slotOf(job);
    const named = state.slotOfJob(queue, job.name);
    const recurrence: Recurrence = { kind: 'cron', cron: job.cron };
    // One whose times are the same keeps its time.
    const isDue = known !== undefined && state.stateOf(known) === MessageState.ready;
    const time = isDue ? 0 : this.#cron.nextTime(recurrence);
    if (time === Number.POSITIVE_INFINITY) return;
    const overwritten = named !== undefined && state.waits(named) ? named : undefined;
    const lastRun = overwritten === undefined ? undefined : state.repeating.get(overwritten)?.lastRun;
    const isDisabled = named !== undefined && (state.repeating.get(named)?.isDisabled ?? false);
    const { maxAttempts, backoff, group } = job;
    const own = { maxAttempts, backoff, group };
    const attributes = encodeAttributes({ jobId: job.name, recurrence, lastRun, isDisabled, ...own });
    const request = asRequest(job);
    if (overwritten === undefined) ledger.enqueue(queue, request, clock(), 0, time, attributes);
    else ledger.overwrite(overwritten, request, clock(), 0, time, attributes);
    this.#cron.adjust(state.slotOfJob(queue, job.name) as number);
  }

  /** The time that a job waits for when its record still says the one that was missed; else undefined. */
  #skipsTo(job: ScheduledJob, slot: number, record: MessageRecord): number | undefined {
    const { state } = this.#base;
    const time = state.repeating.get(slot)?.time;
    const isDelayed = this.slotOf(job) === slot && state.stateOf(slot) === MessageState.delayed;
    // A run that is to be tried again waits for its backoff instead.
    const waits = isDelayed && state.attemptsOf(slot) === 0;
    return waits && time !== record.time ? time : undefined;
  }
}

function isSame(a: CronLine, b: CronLine): boolean {
  return a.pattern === b.pattern && a.timezone === b.timezone;
}

function asRequest(job: ScheduledJob): EnqueueRequest {
  const { queue, name, body, priority = DEFAULT_PRIORITY, maxAttempts, backoff, group } = job;
  return {
    queue,
    flags: 0,
    exptime: 0,
    ahead: false,
    priority,
    delayMs: 0,
    jobId: name,
    mode: 'set',
    everyMs: 0,
    maxAttempts,
    backoff,
    group,
    body,
    start: 0,
    end: body.length,
  };
}
