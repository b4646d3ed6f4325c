import { DEFAULT_PRIORITY, type EnqueueRequest, IGNORED, type QueueName, type ScheduledJob } from '../api.ts';
import type { Core } from '../core.ts';
import { type MessageReader, messageSize } from '../log/codec/message-record.ts';
import { BATCH_HEADER_SIZE, queueSize } from '../log/codec/record.ts';
import type { CronLine, Recurrence } from '../recurrence.ts';
import { encodeAttributes, MOST_ATTRIBUTES } from '../state/attributes.ts';
import { at, MessageState } from '../state/message-table.ts';
import type { Jobs } from './jobs.ts';

/** The jobs that the configuration schedules: each is one message, which waits for its next time. */
export class Schedule {
  readonly #core: Core;
  readonly #jobs: Jobs;
  /** What was due before this was missed, engine time. */
  readonly #startedAt: number;
  #scheduled: readonly ScheduledJob[] = [];

  constructor(core: Core, jobs: Jobs) {
    this.#core = core;
    this.#jobs = jobs;
    this.#startedAt = core.clock();
  }

  async set(scheduled: readonly ScheduledJob[]): Promise<void> {
    this.#scheduled = scheduled;
    this.#cancelOthers(scheduled);
    // Before anything is awaited: a timer would have them run.
    for (const job of scheduled) this.#resume(job);
    this.#core.due.watch();
    for (const job of scheduled) await this.#setOne(job);
    await this.#core.journal.committer.flush();
  }

  /** A queue was dropped with all in it; what the configuration schedules for it comes again. */
  async restore(queue: QueueName): Promise<void> {
    for (const job of this.#scheduled) if (job.queue === queue) await this.#setOne(job);
  }

  #cancelOthers(scheduled: readonly ScheduledJob[]): void {
    const { state } = this.#core;
    for (const [slot, { recurrence }] of [...state.repeating]) {
      if (recurrence.kind !== 'cron') continue;
      const queue = state.queueOf(slot).name;
      const name = state.table.page(slot).jobId(at(slot)) as string;
      if (scheduled.some((job) => job.queue === queue && job.name === name)) continue;
      this.#jobs.cancel(queue, name, IGNORED);
    }
  }

  /** The slot of a job whose line says what it said, and that goes on; undefined for all others. */
  #known({ queue, name, cron }: ScheduledJob): number | undefined {
    const { table, queues, repeating } = this.#core.state;
    const slot = queues.get(queue)?.jobs?.get(name);
    if (slot === undefined || table.page(slot).state[at(slot)] === MessageState.cancelled) return undefined;
    const recurrence = repeating.get(slot)?.recurrence;
    return recurrence?.kind === 'cron' && isSame(recurrence.cron, cron) ? slot : undefined;
  }

  /** A job that is known waits for its time by the clock as it is now, or leaves out what was missed. */
  #resume(job: ScheduledJob): void {
    const { state } = this.#core;
    const slot = this.#known(job);
    const repeating = slot === undefined ? undefined : state.repeating.get(slot);
    if (slot === undefined || repeating === undefined) return;
    const page = state.table.page(slot);
    const waits = page.state[at(slot)] === MessageState.delayed && page.attempts[at(slot)] === 0;
    if (!waits) return;
    if (job.missed === 'skip' && page.due(at(slot)) < this.#startedAt) {
      // Goes on record with `#setOne`; until then a restart finds the same time that was missed, and skips it again.
      repeating.time = this.#core.nextTime(repeating.recurrence);
    }
    this.#core.adjust(slot);
  }

  async #setOne(job: ScheduledJob): Promise<void> {
    const { state, recorder, journal, losses } = this.#core;
    const slot = this.#known(job);
    const size =
      messageSize(MOST_ATTRIBUTES, job.body.length) + BATCH_HEADER_SIZE + queueSize(job.queue.length);
    if (slot !== undefined) {
      const sequence = state.table.page(slot).sequence[at(slot)] as number;
      const record = recorder.find(slot) ?? (await recorder.load(slot).catch((problem: Error) => problem));
      if (record instanceof Error) {
        if (losses.settle(slot, sequence, record)) return this.#setOne(job);
        throw record;
      }
      if (!recorder.isLast(slot, record)) return this.#setOne(job);
      const { bytes } = record.block;
      if (bytes.subarray(record.bodyStart, record.bodyEnd).equals(job.body)) {
        const skipsTo = this.#skipsTo(job, slot, record);
        if (skipsTo === undefined) return;
        if (!journal.hasRoom(size)) {
          await journal.room(size);
          return this.#setOne(job);
        }
        recorder.change(slot, record, { time: skipsTo });
        this.#core.adjust(slot);
        return;
      }
    }
    await journal.room(size);
    const queue = this.#core.openQueue(job.queue);
    const known = this.#known(job);
    const named = queue.jobs?.get(job.name);
    const recurrence: Recurrence = { kind: 'cron', cron: job.cron };
    // One that only has another body keeps its time.
    const isDue = known !== undefined && state.table.page(known).state[at(known)] === MessageState.ready;
    const time = isDue ? 0 : this.#core.nextTime(recurrence);
    if (time === Number.POSITIVE_INFINITY) return;
    const attributes = encodeAttributes({ jobId: job.name, recurrence });
    const now = this.#core.clock();
    if (named !== undefined && this.#isWaiting(named)) {
      recorder.overwrite(named, asRequest(job), now, 0, time, attributes);
    } else {
      recorder.enqueue(queue, asRequest(job), now, 0, time, attributes);
    }
    this.#core.adjust(queue.jobs?.get(job.name) as number);
    this.#core.due.watch();
    this.#core.deliveries.serve(queue);
  }

  /** The time that a job waits for when its record still says the one that was missed; else undefined. */
  #skipsTo(job: ScheduledJob, slot: number, record: MessageReader): number | undefined {
    const { table, repeating } = this.#core.state;
    const time = repeating.get(slot)?.time;
    const waits = this.#known(job) === slot && table.page(slot).state[at(slot)] === MessageState.delayed;
    return waits && time !== record.time ? time : undefined;
  }

  #isWaiting(slot: number): boolean {
    const state = this.#core.state.table.page(slot).state[at(slot)];
    return state === MessageState.ready || state === MessageState.delayed;
  }
}

function isSame(a: CronLine, b: CronLine): boolean {
  return a.pattern === b.pattern && a.timezone === b.timezone;
}

function asRequest({ queue, name, body }: ScheduledJob): EnqueueRequest {
  return {
    queue,
    flags: 0,
    exptime: 0,
    ahead: false,
    priority: DEFAULT_PRIORITY,
    delayMs: 0,
    jobId: name,
    mode: 'set',
    everyMs: 0,
    body,
    start: 0,
    end: body.length,
  };
}
