import { AgeIndex } from './age-index.ts';
import type { LiveBytes } from './journal/live-bytes.ts';
import type { MessageFields, MessageReader } from './journal/message-record.ts';
import type { Replay } from './journal/recovery.ts';
import { at, MessageState, MessageTable, NONE } from './message-table.ts';
import { Queue } from './queue.ts';
import { Timetable } from './timetable.ts';

interface Reservation {
  readonly token: number;
  /** Engine time at which a lease is over; 0 for an open read, which its connection ends. */
  readonly deadline: number;
}

const NO_RESERVATION: Reservation = { token: 0, deadline: 0 };

/** Stale entries of the timetable that are not worth removing. */
const FEW_STALE = 1000;

/** The states that end at a time. */
type DueState = typeof MessageState.delayed | typeof MessageState.reserved;

/**
 * All queues and messages: deterministic, without clock, disk or chance.
 *
 * It changes by outcomes only, through the methods of `Replay` and their like. The engine decides an outcome,
 * appends it to the journal and applies it here; a replay of the journal applies the same outcomes again.
 */
export class State implements Replay {
  readonly table = new MessageTable();
  readonly queues = new Map<string, Queue>();
  /** The queues in which something waits. */
  readonly waiting = new Set<Queue>();
  readonly timetable = new Timetable();
  readonly ages = new AgeIndex();
  readonly #byNumber: (Queue | undefined)[] = [];
  /** Reservations by slot, and slots by token. */
  readonly #reservations = new Map<number, Reservation>();
  readonly #slots = new Map<number, number>();
  readonly #live: LiveBytes;
  /** Messages with an entry in the timetable that means something. */
  #timed = 0;
  /** Message ids and reservation tokens come from here. */
  nextId = 1;

  constructor(live: LiveBytes) {
    this.#live = live;
  }

  /** A number for a queue that is about to be created. */
  freeQueueNumber(): number {
    const hole = this.queues.size < this.#byNumber.length ? this.#byNumber.indexOf(undefined) : -1;
    return hole < 0 ? this.#byNumber.length : hole;
  }

  queueOf(slot: number): Queue {
    return this.#byNumber[this.table.page(slot).queue[at(slot)] as number] as Queue;
  }

  slotOfToken(token: number): number | undefined {
    return this.#slots.get(token);
  }

  /** The reservation of a slot; that of one that has none has the token 0. */
  reservationOf(slot: number): Reservation {
    return this.#reservations.get(slot) ?? NO_RESERVATION;
  }

  /** Slots that are reserved for a connection, in no particular order. */
  opened(): number[] {
    return [...this.#reservations].flatMap(([slot, { deadline }]) => (deadline === 0 ? [slot] : []));
  }

  queue(number: number, name: string): void {
    if (this.#byNumber[number]?.name === name) return;
    const queue = new Queue(number, name, this.table);
    while (this.#byNumber.length < number) this.#byNumber.push(undefined);
    this.#byNumber[number] = queue;
    this.queues.set(name, queue);
  }

  /** A new message at a slot that `table.allocate` gave, its record in the journal at the given place. */
  insert(fields: MessageFields, segment: number, offset: number, size: number): void {
    const { slot } = fields;
    const page = this.table.page(slot);
    const i = at(slot);
    const queue = this.#byNumber[fields.queue] as Queue;
    page.sequence[i] = fields.sequence;
    page.priority[i] = fields.priority;
    page.queue[i] = fields.queue;
    page.expires[i] = fields.expires;
    page.attempts[i] = fields.attempts;
    this.#place(slot, segment, offset, size, queue);
    this.#link(slot, queue, fields.state, fields.time, fields.token);
  }

  /** A message's newer record: in another state, or the same state at another place. */
  update(fields: MessageFields, segment: number, offset: number, size: number): void {
    const { slot } = fields;
    const page = this.table.page(slot);
    const i = at(slot);
    const queue = this.queueOf(slot);
    this.#live.remove(page.segment[i] as number, page.size[i] as number);
    queue.bytes -= page.size[i] as number;
    page.attempts[i] = fields.attempts;
    this.#place(slot, segment, offset, size, queue);
    if (page.state[i] === fields.state) return;
    this.#unlink(slot, queue);
    this.#link(slot, queue, fields.state, fields.time, fields.token);
  }

  message(record: MessageReader, segment: number, offset: number): void {
    const { slot } = record;
    // A message of a queue that was dropped later, in a segment whose checkpoint no longer has the queue.
    if (this.#byNumber[record.queue] === undefined) return;
    this.ages.note(Math.abs(record.sequence), record.enqueuedAt);
    if (this.table.has(slot)) {
      this.update(record, segment, offset, record.size);
    } else {
      this.table.claim(slot);
      this.insert(record, segment, offset, record.size);
    }
  }

  reserve(slot: number, sequence: number, attempts: number, token: number, deadline: number): void {
    if (!this.#is(slot, sequence)) return;
    const queue = this.queueOf(slot);
    this.#unlink(slot, queue);
    this.table.page(slot).attempts[at(slot)] = attempts;
    this.#link(slot, queue, MessageState.reserved, deadline, token);
  }

  release(slot: number, sequence: number, attempts: number): void {
    if (!this.#is(slot, sequence)) return;
    const queue = this.queueOf(slot);
    this.#unlink(slot, queue);
    this.table.page(slot).attempts[at(slot)] = attempts;
    this.#link(slot, queue, MessageState.ready, 0, 0);
  }

  done(slot: number, sequence: number): void {
    if (this.#is(slot, sequence)) this.#remove(slot, this.queueOf(slot));
  }

  purge(number: number): void {
    const queue = this.#byNumber[number];
    if (queue === undefined) return;
    for (let slot = queue.ready.peek(); slot !== NONE; slot = queue.ready.peek()) this.#remove(slot, queue);
    if (queue.delayedCount > 0) this.#removeAll(queue, MessageState.delayed);
  }

  drop(number: number): void {
    const queue = this.#byNumber[number];
    if (queue === undefined) return;
    this.purge(number);
    while (queue.failed.peek() !== NONE) this.#remove(queue.failed.peek(), queue);
    if (queue.reservedCount > 0) this.#removeAll(queue, MessageState.reserved);
    this.#byNumber[number] = undefined;
    this.queues.delete(queue.name);
  }

  /** Puts a queue behind all others in which something waits. */
  rotate(queue: Queue): void {
    if (this.waiting.delete(queue)) this.waiting.add(queue);
  }

  /** A delayed message's time has come; no record, since its due time is on record already. */
  promote(slot: number): void {
    const queue = this.queueOf(slot);
    this.#unlink(slot, queue);
    this.#link(slot, queue, MessageState.ready, 0, 0);
  }

  /** What the first entry of the timetable is about: a message's delay or lease, or nothing any more. */
  firstDue(): DueState | undefined {
    return this.#dueState(this.timetable.firstSlot, this.timetable.firstTicket);
  }

  #dueState(slot: number, ticket: number): DueState | undefined {
    if (!this.table.has(slot)) return undefined;
    const page = this.table.page(slot);
    if (page.next[at(slot)] !== ticket) return undefined;
    const state = page.state[at(slot)];
    return state === MessageState.delayed || state === MessageState.reserved ? state : undefined;
  }

  /** Enters a message into the timetable; the ticket. */
  #schedule(time: number, slot: number): number {
    this.#timed++;
    if (this.timetable.size > 2 * this.#timed + FEW_STALE) {
      this.timetable.keep((each, ticket) => this.#dueState(each, ticket) !== undefined);
    }
    return this.timetable.add(time, slot);
  }

  /**
   * Whether the slot holds that message. Not so when its record was in a segment that is freed by now, because
   * it ended or was appended again further on.
   */
  #is(slot: number, sequence: number): boolean {
    return this.table.has(slot) && this.table.page(slot).sequence[at(slot)] === sequence;
  }

  #place(slot: number, segment: number, offset: number, size: number, queue: Queue): void {
    const page = this.table.page(slot);
    const i = at(slot);
    page.segment[i] = segment;
    page.offset[i] = offset;
    page.size[i] = size;
    queue.bytes += size;
    this.#live.add(segment, size);
  }

  #link(slot: number, queue: Queue, state: number, time: number, token: number): void {
    const page = this.table.page(slot);
    page.state[at(slot)] = state;
    switch (state) {
      case MessageState.ready:
        queue.ready.insert(slot);
        if (queue.readyCount++ === 0) this.waiting.add(queue);
        break;
      case MessageState.delayed:
        page.next[at(slot)] = this.#schedule(time, slot);
        queue.delayedCount++;
        break;
      case MessageState.reserved:
        page.next[at(slot)] = time === 0 ? NONE : this.#schedule(time, slot);
        this.#reservations.set(slot, { token, deadline: time });
        this.#slots.set(token, slot);
        queue.reservedCount++;
        break;
      default:
        queue.failed.insert(slot);
        queue.failedCount++;
    }
  }

  #unlink(slot: number, queue: Queue): void {
    switch (this.table.page(slot).state[at(slot)]) {
      case MessageState.ready:
        queue.ready.remove(slot);
        if (--queue.readyCount === 0) this.waiting.delete(queue);
        break;
      case MessageState.delayed:
        queue.delayedCount--;
        this.#timed--;
        break;
      case MessageState.reserved:
        if (this.reservationOf(slot).deadline > 0) this.#timed--;
        this.#slots.delete(this.reservationOf(slot).token);
        this.#reservations.delete(slot);
        queue.reservedCount--;
        break;
      default:
        queue.failed.remove(slot);
        queue.failedCount--;
    }
  }

  #remove(slot: number, queue: Queue): void {
    this.#unlink(slot, queue);
    const page = this.table.page(slot);
    const size = page.size[at(slot)] as number;
    queue.bytes -= size;
    this.#live.remove(page.segment[at(slot)] as number, size);
    this.table.free(slot);
  }

  /** Removes the messages of one state that no order of the queue holds. */
  #removeAll(queue: Queue, state: number): void {
    for (const slot of this.table.slots()) {
      const page = this.table.page(slot);
      if (page.state[at(slot)] === state && page.queue[at(slot)] === queue.number) this.#remove(slot, queue);
    }
  }
}
