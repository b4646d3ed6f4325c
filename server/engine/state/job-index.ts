import { type Attributes, decodeAttributes, type LastRun, type Recurrence } from './attributes.ts';
import type { Event } from './events.ts';
import { type MessageTable, row } from './message-table.ts';
import type { Queue } from './queue.ts';
import { NO_SETBACKS, type Setbacks } from './setbacks.ts';

/** What the attributes of a message say that the state goes by: its id, '' for none, that it repeats, and its setbacks. */
export type Job = Pick<Attributes, 'jobId' | 'recurrence' | 'lastRun'> & Setbacks;

/** A job that runs again after its end. */
export interface Repeating {
  readonly recurrence: Recurrence;
  readonly lastRun: LastRun | undefined;
  /** When it is, or was, to run: what its last record said, milliseconds since the epoch. */
  time: number;
  /** Volatile. Of a cron line: when it comes by the clock on the wall, which may have been set back. */
  comesAt: number;
}

const NO_JOB: Job = { jobId: '', recurrence: undefined, lastRun: undefined, ...NO_SETBACKS };

export function jobOf({ attributes }: Event): Job {
  return attributes.length === 0 ? NO_JOB : decodeAttributes(attributes);
}

/** Which messages have an id that a client gave them, and which of these repeat. An id is one message's in its queue. */
export class JobIndex {
  readonly #table: MessageTable;
  /** By slot. */
  readonly repeating = new Map<number, Repeating>();

  constructor(table: MessageTable) {
    this.#table = table;
  }

  /** What a new record says of a job, whose id no other message has. `time` as in the record. */
  set(slot: number, queue: Queue, { jobId, recurrence, lastRun }: Job, time: number): void {
    queue.jobs ??= new Map();
    if (queue.jobs.get(jobId) !== slot) {
      queue.jobs.set(jobId, slot);
      this.#table.page(slot).setJobId(row(slot), jobId);
    }
    if (recurrence === undefined) {
      this.#repeatNoMore(slot, queue);
      return;
    }
    queue.repeating ??= new Set();
    queue.repeating.add(slot);
    const known = this.repeating.get(slot);
    const comesAt = known?.time === time ? known.comesAt : time;
    this.repeating.set(slot, { recurrence, lastRun, time, comesAt });
  }

  /** A run waits for its backoff, until another time than its last record says. */
  delay(slot: number, time: number): void {
    const known = this.repeating.get(slot);
    if (known !== undefined) this.repeating.set(slot, { ...known, time, comesAt: time });
  }

  /** It is a message like any other from now on. */
  remove(slot: number, queue: Queue): void {
    const page = this.#table.page(slot);
    const jobId = page.jobId(row(slot)) as string;
    // One that is discarded may have lost it to another.
    if (queue.jobs?.get(jobId) === slot) queue.jobs.delete(jobId);
    page.setJobId(row(slot), undefined);
    this.#repeatNoMore(slot, queue);
  }

  /** To another queue, where no message has its id; nothing where it has none. */
  move(slot: number, from: Queue, to: Queue): void {
    const jobId = this.#table.page(slot).jobId(row(slot));
    if (jobId === undefined) return;
    from.jobs?.delete(jobId);
    to.jobs ??= new Map();
    to.jobs.set(jobId, slot);
    if (from.repeating?.delete(slot) !== true) return;
    to.repeating ??= new Set();
    to.repeating.add(slot);
  }

  /** None of the jobs of a queue that is dropped comes again. */
  drop(queue: Queue): void {
    for (const slot of queue.repeating ?? []) this.repeating.delete(slot);
  }

  #repeatNoMore(slot: number, queue: Queue): void {
    if (!this.repeating.delete(slot)) return;
    queue.repeating?.delete(slot);
  }
}
