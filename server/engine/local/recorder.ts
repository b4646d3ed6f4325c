import type { EnqueueRequest } from '../engine.ts';
import type { Journal } from './journal/journal.ts';
import { type MessageFields, MessageReader } from './journal/message-record.ts';
import { at, MessageState } from './message-table.ts';
import type { Queue } from './queue.ts';
import type { State } from './state.ts';

/** The priority of a message that names none, and of one that goes ahead of all. */
const DEFAULT_PRIORITY = 1024;
const AHEAD_PRIORITY = 0;
const NO_ERROR = Buffer.alloc(0);

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
  };

  constructor(journal: Journal, state: State) {
    this.#journal = journal;
    this.#state = state;
  }

  /** A new message; its id. `now` in engine milliseconds; `expires` in epoch seconds, 0 for never. */
  enqueue(queue: Queue, request: EnqueueRequest, now: number, expires: number): number {
    const state = this.#state;
    const id = state.nextId++;
    const fields = this.#fields;
    fields.slot = state.table.allocate();
    fields.sequence = request.ahead ? -id : id;
    fields.queue = queue.number;
    fields.priority = request.ahead ? AHEAD_PRIORITY : DEFAULT_PRIORITY;
    fields.state = MessageState.ready;
    fields.attempts = 0;
    fields.flags = request.flags;
    fields.enqueuedAt = now;
    fields.time = 0;
    fields.expires = expires;
    fields.token = 0;
    fields.error = NO_ERROR;
    const journal = this.#journal;
    journal.appendMessage(fields, request.body, request.start, request.end);
    state.insert(fields, journal.segment, journal.offset, journal.size);
    return id;
  }

  /** Writes a message again as it is, for the old record's segment to be freed. */
  move(slot: number, record: MessageReader): void {
    const page = this.#state.table.page(slot);
    const { deadline } = this.#state.reservationOf(slot);
    const to = page.state[at(slot)] as number;
    this.#rewrite(slot, record, to, to === MessageState.reserved ? deadline : record.time, record.error);
  }

  /** Writes a message again in a new state; `time` is the due time, or the time of failure. */
  change(
    slot: number,
    record: MessageReader,
    state: number,
    time: number,
    error: Buffer,
    attempts: number,
  ): void {
    this.#state.table.page(slot).attempts[at(slot)] = attempts;
    this.#rewrite(slot, record, state, time, error);
  }

  /** The message's record when it is in memory; valid until the next call. */
  find(slot: number): MessageReader | undefined {
    const page = this.#state.table.page(slot);
    const i = at(slot);
    const segment = page.segment[i] as number;
    const offset = page.offset[i] as number;
    return this.#journal.find(this.#reader, segment, offset, page.size[i] as number)
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
        return await this.#journal.load(segment, page.offset[i] as number, page.size[i] as number);
      } catch (error) {
        // It was appended again meanwhile, and the old segment is gone.
        if (page.sequence[i] === sequence && page.segment[i] !== segment) continue;
        throw error;
      }
    }
  }

  /** Hands the message's record to `use`: at once when it is in memory, else when it has been loaded. */
  withRecord(slot: number, use: (record: MessageReader) => void, failed: (error: Error) => void): void {
    const record = this.find(slot);
    if (record === undefined) this.load(slot).then(use).catch(failed);
    else use(record);
  }

  #rewrite(slot: number, record: MessageReader, to: number, time: number, error: Buffer): void {
    const page = this.#state.table.page(slot);
    const i = at(slot);
    const fields = this.#fields;
    fields.slot = slot;
    fields.sequence = page.sequence[i] as number;
    fields.queue = page.queue[i] as number;
    fields.priority = page.priority[i] as number;
    fields.state = to;
    fields.attempts = page.attempts[i] as number;
    fields.flags = record.flags;
    fields.enqueuedAt = record.enqueuedAt;
    fields.time = time;
    fields.expires = page.expires[i] as number;
    fields.token = to === MessageState.reserved ? this.#state.reservationOf(slot).token : 0;
    fields.error = error;
    const journal = this.#journal;
    journal.appendMessage(fields, record.block.bytes, record.bodyStart, record.bodyEnd);
    this.#state.update(fields, journal.segment, journal.offset, journal.size);
  }
}
