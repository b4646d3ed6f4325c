import type { EnqueueRequest } from './api.ts';
import { Block } from './log/codec/block.ts';
import { type MessageFields, MessageReader, messageSize, writeMessage } from './log/codec/message-record.ts';
import type { Journal } from './log/local/local-log.ts';
import { type Attributes, decodeAttributes, encodeAttributes, NO_ATTRIBUTES } from './state/attributes.ts';
import { at, MessageState } from './state/message-table.ts';
import type { Queue } from './state/queue.ts';
import type { State } from './state/state-machine.ts';

/** The priority of a message that goes ahead of all. */
const AHEAD_PRIORITY = 0;
export const NO_ERROR = Buffer.alloc(0);

/** What a message's next record says otherwise than its last one. */
export interface Changes {
  readonly state?: number;
  readonly queue?: number;
  readonly attempts?: number;
  readonly expires?: number;
  readonly time?: number;
  readonly error?: Buffer;
  readonly attributes?: Partial<Attributes>;
  /** In place of the old one. */
  readonly body?: Buffer;
}

/** Writes whole messages: each of its methods appends a record and applies it to the state. */
export class Recorder {
  readonly #journal: Journal;
  readonly #state: State;
  readonly #reader = new MessageReader();
  /** Filled anew for every record, so that a record costs no object. */
  readonly #fields: MessageFields = {
    slot: 0,
    sequence: 0,
    queue: 0,
    priority: 0,
    state: 0,
    attempts: 0,
    flags: 0,
    enqueuedAt: 0,
    time: 0,
    expires: 0,
    token: 0,
    error: NO_ERROR,
    attributes: NO_ATTRIBUTES,
  };

  constructor(journal: Journal, state: State) {
    this.#journal = journal;
    this.#state = state;
  }

  /**
   * A new message; its id. `now` in engine milliseconds; `expires` in epoch seconds, 0 for never; `due`: when it
   * becomes ready, 0 for at once.
   */
  enqueue(
    queue: Queue,
    request: EnqueueRequest,
    now: number,
    expires: number,
    due: number,
    attributes: Buffer,
  ): number {
    const id = this.#state.nextId++;
    this.#compose(this.#state.table.allocate(), id, request, now, expires, due, attributes);
    this.#fields.queue = queue.number;
    this.#append(request.body, request.start, request.end);
    this.#insert();
    return id;
  }

  /** What waits becomes another message, with the same id; the id. */
  overwrite(
    slot: number,
    request: EnqueueRequest,
    now: number,
    expires: number,
    due: number,
    attributes: Buffer,
  ): number {
    const page = this.#state.table.page(slot);
    const id = Math.abs(page.sequence[at(slot)] as number);
    this.#compose(slot, id, request, now, expires, due, attributes);
    this.#fields.queue = page.queue(at(slot));
    this.#append(request.body, request.start, request.end);
    this.#update();
    return id;
  }

  /** Writes a message again as it is, for the old record's segment to be freed. */
  move(slot: number, record: MessageReader): void {
    const page = this.#state.table.page(slot);
    const isDelayed = page.state[at(slot)] === MessageState.delayed;
    const due = page.due(at(slot));
    // A time that was missed may be skipped by now, with no record of that yet.
    const time = isDelayed ? this.#state.repeating.get(slot)?.time : undefined;
    this.change(slot, record, time === undefined ? {} : { time });
    if (isDelayed && page.due(at(slot)) !== due) this.#state.placement.postpone(slot, due);
  }

  /** Writes a message again, with changes. */
  change(slot: number, record: MessageReader, changes: Changes): void {
    this.#revise(slot, record, changes);
    this.#appendRevised(record, changes);
    this.#update();
  }

  /** Writes a message a second time, with changes, as one of its own, with an id of its own unless told otherwise. */
  copy(slot: number, record: MessageReader, changes: Changes, sequence = this.#state.nextId++): void {
    this.#revise(slot, record, changes);
    const fields = this.#fields;
    fields.slot = this.#state.table.allocate();
    fields.sequence = sequence;
    const { heldBy, startedAt } = decodeAttributes(record.attributes);
    fields.attributes = encodeAttributes({ heldBy, startedAt, ...changes.attributes });
    this.#appendRevised(record, changes);
    this.#insert();
  }

  /** Writes what the table knows of a message, with changes: its record cannot be read any more. */
  rewrite(slot: number, changes: Changes): void {
    const page = this.#state.table.page(slot);
    const fields = this.#fields;
    fields.flags = 0;
    fields.enqueuedAt = this.#state.ages.timeOf(Math.abs(page.sequence[at(slot)] as number)) ?? 0;
    fields.error = NO_ERROR;
    fields.attributes = NO_ATTRIBUTES;
    const block = new Block(0, 0, messageSize(0, 0));
    writeMessage(block, 0, fields, NO_ERROR, 0, 0);
    this.change(slot, new MessageReader().at(block, 0), changes);
  }

  /** The message's record when it is in memory; valid until the next call. */
  find(slot: number): MessageReader | undefined {
    const page = this.#state.table.page(slot);
    const i = at(slot);
    const segment = page.segment[i] as number;
    const offset = page.offset[i] as number;
    return this.#journal.bodies.find(this.#reader, segment, offset, page.size[i] as number)
      ? this.#reader
      : undefined;
  }

  /** The message's record from the disk. The message may have been touched or ended meanwhile. */
  async load(slot: number): Promise<MessageReader> {
    const page = this.#state.table.page(slot);
    const i = at(slot);
    const sequence = page.sequence[i];
    for (;;) {
      const segment = page.segment[i] as number;
      try {
        return await this.#journal.bodies.load(segment, page.offset[i] as number, page.size[i] as number);
      } catch (error) {
        // It was appended again meanwhile, and the old segment is gone.
        if (page.sequence[i] === sequence && page.segment[i] !== segment) continue;
        throw error;
      }
    }
  }

  /** Whether a record is still what the slot's message says; not so when it was loaded, and there is a newer one. */
  isLast(slot: number, { block, start }: MessageReader): boolean {
    const { table } = this.#state;
    if (!table.has(slot)) return false;
    const page = table.page(slot);
    return page.segment[at(slot)] === block.segment && page.offset[at(slot)] === block.start + start;
  }

  /** Hands the message's record to `use`: at once when it is in memory, else when it has been loaded. */
  withRecord(slot: number, use: (record: MessageReader) => void, failed: (error: Error) => void): void {
    const record = this.find(slot);
    if (record === undefined) this.load(slot).then(use).catch(failed);
    else use(record);
  }

  #compose(
    slot: number,
    id: number,
    request: EnqueueRequest,
    now: number,
    expires: number,
    due: number,
    attributes: Buffer,
  ): void {
    const fields = this.#fields;
    fields.slot = slot;
    fields.sequence = request.ahead ? -id : id;
    fields.priority = request.ahead ? AHEAD_PRIORITY : request.priority;
    fields.state = due > 0 ? MessageState.delayed : MessageState.ready;
    fields.attempts = 0;
    fields.flags = request.flags;
    fields.enqueuedAt = now;
    fields.time = due;
    fields.expires = expires;
    fields.token = 0;
    fields.error = NO_ERROR;
    fields.attributes = attributes;
  }

  /** The fields of a message as they are, but for the changes. */
  #revise(slot: number, record: MessageReader, changes: Changes): void {
    const { table, reservations } = this.#state;
    const page = table.page(slot);
    const i = at(slot);
    const fields = this.#fields;
    fields.slot = slot;
    fields.sequence = page.sequence[i] as number;
    fields.queue = changes.queue ?? page.queue(i);
    fields.priority = page.priority(i);
    fields.state = changes.state ?? (page.state[i] as number);
    fields.attempts = changes.attempts ?? (page.attempts[i] as number);
    fields.flags = record.flags;
    fields.enqueuedAt = record.enqueuedAt;
    const isReserved = fields.state === MessageState.reserved || fields.state === MessageState.cancelled;
    const { token, deadline } = reservations.of(slot);
    fields.time = changes.time ?? (isReserved ? deadline : record.time);
    fields.token = isReserved ? token : 0;
    fields.expires = changes.expires ?? page.expires(i);
    fields.error = changes.error ?? record.error;
    fields.attributes = this.#attributes(slot, record, changes.attributes);
  }

  /** A message may have lost its id since its record was written, so the table's word counts. */
  #attributes(slot: number, record: MessageReader, changes: Partial<Attributes> | undefined): Buffer {
    if (record.attributesLength === 0 && changes === undefined) return NO_ATTRIBUTES;
    return encodeAttributes({
      ...decodeAttributes(record.attributes),
      jobId: this.#state.table.page(slot).jobId(at(slot)) ?? '',
      recurrence: this.#state.repeating.get(slot)?.recurrence,
      ...changes,
    });
  }

  #appendRevised(record: MessageReader, { body }: Changes): void {
    if (body === undefined) this.#append(record.block.bytes, record.bodyStart, record.bodyEnd);
    else this.#append(body, 0, body.length);
  }

  #append(body: Buffer, start: number, end: number): void {
    this.#journal.appendMessage(this.#fields, body, start, end);
  }

  #insert(): void {
    const { segment, offset, size } = this.#journal;
    this.#state.insert(this.#fields, segment, offset, size);
  }

  #update(): void {
    const { segment, offset, size } = this.#journal;
    this.#state.update(this.#fields, segment, offset, size);
  }
}
