import type { LiveBytes } from './journal/live-bytes.ts';
import type { MessageFields, MessageReader } from './journal/record.ts';
import type { Replay } from './journal/recovery.ts';
import { at, MessageState, MessageTable, NONE } from './message-table.ts';
import { Queue } from './queue.ts';
import { Timetable } from './timetable.ts';

/**
 * All queues and messages: deterministic, without clock, disk or chance.
 *
 * It changes by outcomes only, through the methods of `Replay` and their like. The engine decides an outcome,
 * appends it to the journal and applies it here; a replay of the journal applies the same outcomes again.
 */
export class State implements Replay {
  readonly table = new MessageTable();
  readonly queues = new Map<string, Queue>();
  readonly timetable = new Timetable();
  readonly #byNumber: (Queue | undefined)[] = [];
  /** Reservations: token by slot, and slot by token. */
  readonly #tokens = new Map<number, number>();
  readonly #slots = new Map<number, number>();
  readonly #live: LiveBytes;
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

  tokenOf(slot: number): number {
    return this.#tokens.get(slot) ?? 0;
  }

  /** Slots that are reserved, in no particular order. */
  reserved(): number[] {
    return [...this.#tokens.keys()];
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
    if (this.table.has(slot)) {
      this.update(record, segment, offset, record.size);
    } else {
      this.table.claim(slot);
      this.insert(record, segment, offset, record.size);
    }
  }

  reserve(slot: number, sequence: number, attempts: number, token: number, _deadline: number): void {
    if (!this.#is(slot, sequence)) return;
    const queue = this.queueOf(slot);
    this.#unlink(slot, queue);
    this.table.page(slot).attempts[at(slot)] = attempts;
    this.#link(slot, queue, MessageState.reserved, 0, token);
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
    while (queue.failed.head !== NONE) this.#remove(queue.failed.head, queue);
    if (queue.reservedCount > 0) this.#removeAll(queue, MessageState.reserved);
    this.#byNumber[number] = undefined;
    this.queues.delete(queue.name);
  }

  /** A delayed message's time has come; no record, since its due time is on record already. */
  promote(slot: number): void {
    const queue = this.queueOf(slot);
    this.#unlink(slot, queue);
    this.#link(slot, queue, MessageState.ready, 0, 0);
  }

  /** Whether the first entry of the timetable still means something. */
  firstIsDelayed(): boolean {
    const slot = this.timetable.firstSlot;
    return this.#isDelayed(slot, this.timetable.firstTicket);
  }

  #isDelayed(slot: number, ticket: number): boolean {
    if (!this.table.has(slot)) return false;
    const page = this.table.page(slot);
    return page.state[at(slot)] === MessageState.delayed && page.next[at(slot)] === ticket;
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
        queue.readyCount++;
        break;
      case MessageState.delayed:
        page.next[at(slot)] = this.timetable.add(time, slot);
        queue.delayedCount++;
        break;
      case MessageState.reserved:
        this.#tokens.set(slot, token);
        this.#slots.set(token, slot);
        queue.reservedCount++;
        break;
      default:
        queue.failed.push(slot);
        queue.failedCount++;
    }
  }

  #unlink(slot: number, queue: Queue): void {
    switch (this.table.page(slot).state[at(slot)]) {
      case MessageState.ready:
        queue.ready.remove(slot);
        queue.readyCount--;
        break;
      case MessageState.delayed:
        queue.delayedCount--;
        break;
      case MessageState.reserved:
        this.#slots.delete(this.#tokens.get(slot) as number);
        this.#tokens.delete(slot);
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
