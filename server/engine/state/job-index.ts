import { type Attributes, decodeAttributes, type LastRun, type Recurrence } from './attributes.ts';
import type { Event } from './events.ts';
import { type MessageTable, row } from './message-table.ts';
import { NO_OWN_RULES, type OwnRules } from './own-rules.ts';
import type { Queue } from './queue.ts';
import { NO_SETBACKS, type Setbacks } from './setbacks.ts';

/**
 * What the attributes of a message say that the state goes by: its id, '' for none, that it repeats, how it ended, its
 * setbacks, its group and its own rules.
 */
export type Job = Pick<Attributes, 'jobId' | 'recurrence' | 'lastRun' | 'isDisabled' | 'end' | 'group'> &
  Setbacks &
  OwnRules;

/** A job that runs again after its end. */
export interface Repeating {
  readonly recurrence: Recurrence;
  readonly lastRun: LastRun | undefined;
  /** Its times pass without a run. */
  readonly isDisabled: boolean;
  /** When it is, or was, to run: what its last record said, milliseconds since the epoch. */
  time: number;
  /** Volatile. Of a cron line: when it comes by the clock on the wall, which may have been set back. */
  comesAt: number;
}

const NO_SLOTS: readonly number[] = [];
const NO_JOB: Job = {
  jobId: '',
  recurrence: undefined,
  lastRun: undefined,
  isDisabled: false,
  end: undefined,
  group: '',
  ...NO_SETBACKS,
  ...NO_OWN_RULES,
};

export function jobOf({ attributes }: Event): Job {
  return attributes.length === 0 ? NO_JOB : decodeAttributes(attributes);
}

/** Which messages have an id that a client gave them, and which of these repeat. An id is one message's in its queue. */
export class JobIndex {
  readonly #table: MessageTable;
  /** By slot. */
  readonly repeating = new Map<number, Repeating>();
  /** Volatile: jobs whose end somebody waits for, by slot; and those of them to which something has happened. */
  readonly awaited = new Set<number>();
  readonly #told = new Set<number>();

  constructor(table: MessageTable) {
    this.#table = table;
  }

  /** What a new record says of a job, whose id no other message has. `time` as in the record. */
  set(slot: number, queue: Queue, { jobId, recurrence, lastRun, isDisabled }: Job, time: number): void {
    this.tell(slot);
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
    this.repeating.set(slot, { recurrence, lastRun, isDisabled, time, comesAt });
  }

  /** A run waits for its backoff, until another time than its last record says. */
  delay(slot: number, time: number): void {
    const known = this.repeating.get(slot);
    if (known !== undefined) this.repeating.set(slot, { ...known, time, comesAt: time });
  }

  /** It was cancelled while it is held: one that repeats by itself does so no more, one that is scheduled goes on. */
  cancel(slot: number, queue: Queue): void {
    if (this.repeating.get(slot)?.recurrence.kind === 'every') this.#repeatNoMore(slot, queue);
  }

  /** It is a message like any other from now on. */
  remove(slot: number, queue: Queue): void {
    this.tell(slot);
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
    this.tell(slot);
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

  /** Something has happened to a message: whoever waits for the end of its job has to look. */
  tell(slot: number): void {
    if (this.awaited.has(slot)) this.#told.add(slot);
  }

  /** The same of all of them. */
  tellAll(): void {
    for (const slot of this.awaited) this.#told.add(slot);
  }

  /** The jobs to which something has happened since they were last taken from here, by slot. */
  takeTold(): readonly number[] {
    if (this.#told.size === 0) return NO_SLOTS;
    const told = [...this.#told];
    this.#told.clear();
    return told;
  }

  #repeatNoMore(slot: number, queue: Queue): void {
    if (!this.repeating.delete(slot)) return;
    queue.repeating?.delete(slot);
  }
}
