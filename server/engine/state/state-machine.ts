import type { MessageFields, MessageReader } from '../log/codec/message-record.ts';
import { ALL_QUEUES } from '../log/codec/record.ts';
import type { LiveBytes } from '../log/local/live-bytes.ts';
import type { Replay } from '../log/local/recovery.ts';
import { AgeIndex } from './age-index.ts';
import type { Timetable } from './deadline-heap.ts';
import { type Job, JobIndex, jobOf, type Repeating } from './job-index.ts';
import type { ReservationTable } from './lease-table.ts';
import { at, MessageState, MessageTable, NONE } from './message-table.ts';
import { Placement } from './placement.ts';
import { Queue } from './queue.ts';
import { QueueTable } from './queue-table.ts';
import type { WaitingQueues } from './queues-with-work.ts';

/**
 * All queues and messages: deterministic, without clock, disk or chance.
 *
 * It changes by outcomes only, through the methods of `Replay` and their like. The engine decides an outcome,
 * appends it to the journal and applies it here; a replay of the journal applies the same outcomes again.
 */
export class State implements Replay {
  readonly table = new MessageTable();
  readonly queues = new QueueTable();
  readonly placement = new Placement(this.table);
  readonly #jobs = new JobIndex(this.table);
  readonly ages = new AgeIndex();
  readonly #live: LiveBytes;
  /** Message ids and reservation tokens come from here. */
  nextId = 1;

  constructor(live: LiveBytes) {
    this.#live = live;
  }

  get waiting(): WaitingQueues {
    return this.placement.waiting;
  }
  get timetable(): Timetable {
    return this.placement.timetable;
  }
  get reservations(): ReservationTable {
    return this.placement.reservations;
  }
  /** By slot. */
  get repeating(): Map<number, Repeating> {
    return this.#jobs.repeating;
  }
  /** How many slots hold no message, but the status of one that has ended. */
  get finishedCount(): number {
    return this.placement.finishedCount;
  }

  queueOf(slot: number): Queue {
    return this.queues.at(this.table.page(slot).queue(at(slot))) as Queue;
  }

  /** Whether the end of a message is more than its `done` record: it has a status to keep, or repeats. */
  isJob(slot: number): boolean {
    return this.table.page(slot).jobId(at(slot)) !== undefined;
  }

  /** The slot of the job of that id, if it has failed and is in the failed set; else NONE. */
  failedJob(queue: Queue, jobId: string): number {
    const slot = queue.jobs?.get(jobId);
    if (slot === undefined) return NONE;
    return this.table.page(slot).state[at(slot)] === MessageState.failed ? slot : NONE;
  }

  /** Ends a replay. */
  rebuild(): void {
    this.table.rebuildFree();
    this.queues.rebuildFree();
  }

  queue(number: number, name: string, isPaused: boolean): void {
    if (this.queues.at(number)?.name === name) return;
    const queue = new Queue(number, name, this.table);
    queue.isPaused = isPaused;
    this.queues.add(queue);
  }

  /** A new message at a slot that `table.allocate` gave, its record in the journal at the given place. */
  insert(fields: MessageFields, segment: number, offset: number, size: number): void {
    const { slot } = fields;
    const queue = this.queues.at(fields.queue) as Queue;
    this.#fill(fields, segment, offset, size, queue);
    const job = jobOf(fields);
    if (job.jobId !== '') this.#name(fields, queue, job);
    this.placement.link(slot, queue, fields.state, fields.time, fields.token);
  }

  /** A message's newer record: whatever it says now, but its slot and its id. */
  update(fields: MessageFields, segment: number, offset: number, size: number): void {
    const { slot } = fields;
    const page = this.table.page(slot);
    const i = at(slot);
    const from = this.queueOf(slot);
    const to = this.queues.at(fields.queue) as Queue;
    const stays = from === to && this.placement.isRight(fields);
    if (!stays) this.placement.unlink(slot, from);
    this.#live.remove(page.segment[i] as number, page.size[i] as number);
    from.bytes -= page.size[i] as number;
    const growth = size - (page.size[i] as number);
    if (stays && fields.state === MessageState.ready) from.readyBytes += growth;
    if (stays && fields.state === MessageState.finished) from.finishedBytes += growth;
    const job = jobOf(fields);
    const jobId = page.jobId(i);
    if (jobId !== undefined && (jobId !== job.jobId || from !== to)) this.#jobs.remove(slot, from);
    this.#fill(fields, segment, offset, size, to);
    if (job.jobId !== '') this.#name(fields, to, job);
    if (!stays) this.placement.link(slot, to, fields.state, fields.time, fields.token);
  }

  message(record: MessageReader, segment: number, offset: number): void {
    const { slot, sequence } = record;
    // A message of a queue that was dropped later, in a segment whose checkpoint no longer has the queue.
    if (this.queues.at(record.queue) === undefined) return;
    this.ages.note(Math.abs(sequence), record.enqueuedAt);
    if (this.table.has(slot)) {
      const known = this.table.page(slot).sequence[at(slot)] as number;
      if (Math.abs(known) === Math.abs(sequence)) {
        this.update(record, segment, offset, record.size);
        return;
      }
      this.#remove(slot, this.queueOf(slot));
    }
    this.table.claim(slot);
    this.insert(record, segment, offset, record.size);
  }

  /** `since` and `holder` are not on record. */
  reserve(
    slot: number,
    sequence: number,
    attempts: number,
    token: number,
    deadline: number,
    since = 0,
    holder = '',
  ): void {
    if (!this.#is(slot, sequence)) return;
    const queue = this.queueOf(slot);
    const page = this.table.page(slot);
    const known = this.reservations.of(slot);
    const isCancelled = page.state[at(slot)] === MessageState.cancelled;
    // Else it is only set aside.
    const isAttempt = attempts > (page.attempts[at(slot)] as number);
    this.placement.unlink(slot, queue);
    page.attempts[at(slot)] = attempts;
    this.placement.link(
      slot,
      queue,
      isCancelled ? MessageState.cancelled : MessageState.reserved,
      deadline,
      token,
    );
    if (known.token === token) this.reservations.add(slot, { ...known, deadline });
    else this.reservations.add(slot, { token, deadline, since, holder, progress: '', isAttempt });
  }

  release(slot: number, sequence: number, attempts: number): void {
    if (!this.#is(slot, sequence)) return;
    const queue = this.queueOf(slot);
    this.placement.unlink(slot, queue);
    this.table.page(slot).attempts[at(slot)] = attempts;
    this.placement.link(slot, queue, MessageState.ready, 0, 0);
  }

  done(slot: number, sequence: number): void {
    if (this.#is(slot, sequence)) this.#remove(slot, this.queueOf(slot));
  }

  cancel(slot: number, sequence: number): void {
    if (!this.#is(slot, sequence)) return;
    const page = this.table.page(slot);
    if (page.state[at(slot)] === MessageState.reserved) page.state[at(slot)] = MessageState.cancelled;
    else this.#remove(slot, this.queueOf(slot));
  }

  /** The job has no id any more. */
  unname(slot: number, sequence: number): void {
    if (this.#is(slot, sequence) && this.isJob(slot)) this.#jobs.remove(slot, this.queueOf(slot));
  }

  purge(number: number): void {
    const queue = this.queues.at(number);
    const purged = number === ALL_QUEUES ? this.queues.all() : queue === undefined ? [] : [queue];
    for (const each of purged) {
      if (each.waitingCount === 0) continue;
      if (each.ready.size > 0 && !each.isPaused) this.waiting.remove(each);
      const slots = each.takeWaiting();
      const kept = slots.filter((slot) => this.repeating.has(slot));
      this.#discard(kept.length === 0 ? slots : slots.filter((slot) => !this.repeating.has(slot)), each);
      for (const slot of kept) this.placement.relink(slot, each);
    }
  }

  drop(number: number): void {
    const queue = this.queues.at(number);
    if (queue === undefined) return;
    if (queue.ready.size > 0 && !queue.isPaused) this.waiting.remove(queue);
    queue.jobs = undefined;
    this.#discard(queue.all(), queue);
    this.queues.remove(queue);
  }

  pause(number: number): void {
    const queue = this.queues.at(number);
    if (queue === undefined || queue.isPaused) return;
    queue.isPaused = true;
    if (queue.ready.size > 0) this.waiting.remove(queue);
  }

  resume(number: number): void {
    const queue = this.queues.at(number);
    if (queue === undefined || !queue.isPaused) return;
    queue.isPaused = false;
    if (queue.ready.size > 0) this.waiting.add(queue);
  }

  move(number: number, target: number): void {
    const from = this.queues.at(number);
    const to = this.queues.at(target);
    if (from === undefined || to === undefined) return;
    for (const slot of from.waiting()) {
      // A scheduled job stays where the configuration says.
      if (this.repeating.get(slot)?.recurrence.kind !== 'cron') this.#relocate(slot, from, to);
    }
  }

  /** Puts a queue behind all others from which something can be taken. */
  rotate(queue: Queue): void {
    if (queue.ready.size === 0 || queue.isPaused) return;
    this.waiting.remove(queue);
    this.waiting.add(queue);
  }

  /** A delayed message's time has come; no record, since its due time is on record already. */
  promote(slot: number): void {
    const queue = this.queueOf(slot);
    this.placement.unlink(slot, queue);
    this.placement.link(slot, queue, MessageState.ready, 0, 0);
  }

  /**
   * Whether the slot holds that message. Not so when its record was in a segment that is freed by now, because
   * it ended or was appended again further on.
   */
  #is(slot: number, sequence: number): boolean {
    return this.table.has(slot) && this.table.page(slot).sequence[at(slot)] === sequence;
  }

  #fill(fields: MessageFields, segment: number, offset: number, size: number, queue: Queue): void {
    const page = this.table.page(fields.slot);
    const i = at(fields.slot);
    page.sequence[i] = fields.sequence;
    page.setQueue(i, queue.number);
    page.attempts[i] = fields.attempts;
    page.setPriority(i, fields.priority);
    page.setExpires(i, fields.expires);
    page.segment[i] = segment;
    page.offset[i] = offset;
    page.size[i] = size;
    queue.bytes += size;
    this.#live.add(segment, size);
  }

  /** Gives a message the id of its job; of another one that has it that goes, or, while it runs, loses its id. */
  #name({ slot, time }: MessageFields, queue: Queue, job: Job): void {
    const other = queue.jobs?.get(job.jobId);
    if (other !== undefined && other !== slot) {
      const state = this.table.page(other).state[at(other)];
      const runs = state === MessageState.reserved || state === MessageState.cancelled;
      if (runs) this.#jobs.remove(other, queue);
      else this.#remove(other, queue);
    }
    this.#jobs.set(slot, queue, job, time);
  }

  #relocate(slot: number, from: Queue, to: Queue): void {
    const page = this.table.page(slot);
    const i = at(slot);
    const state = page.state[i] as number;
    const due = page.due(i);
    this.placement.unlink(slot, from);
    this.#jobs.move(slot, from, to);
    from.bytes -= page.size[i] as number;
    to.bytes += page.size[i] as number;
    page.setQueue(i, to.number);
    this.placement.link(slot, to, state, due, 0);
  }

  #remove(slot: number, queue: Queue): void {
    this.placement.unlink(slot, queue);
    this.#free(slot, queue);
  }

  /** Removes messages that may be very many, and that are in no list any more. */
  #discard(slots: readonly number[], queue: Queue): void {
    this.placement.forget(slots);
    for (const slot of slots) this.#free(slot, queue);
  }

  #free(slot: number, queue: Queue): void {
    const page = this.table.page(slot);
    const size = page.size[at(slot)] as number;
    if (page.jobId(at(slot)) !== undefined) this.#jobs.remove(slot, queue);
    queue.bytes -= size;
    this.#live.remove(page.segment[at(slot)] as number, size);
    this.table.free(slot);
  }
}
