import { DamagedError } from '../../shared/errors.ts';
import type { Log, MessageRecord, Position } from './log/log.ts';
import { type AttemptRecord, decodeHistory, lastAttempts } from './state/attempt-history.ts';
import { decodeAttributes } from './state/attributes.ts';
import { NO_BYTES } from './state/events.ts';
import { NONE, row } from './state/message-table.ts';
import type { StateView } from './state/state-view.ts';

export type { MessageRecord };

/**
 * The last attempts at a message that failed, the oldest first: what its record has, and with the slot also what has ended
 * without a word since.
 */
export function historyOf(
  { attributes, attributesLength }: MessageRecord,
  state?: StateView,
  slot = NONE,
): readonly AttemptRecord[] {
  const recorded = attributesLength === 0 ? NO_BYTES : decodeAttributes(attributes).history;
  const history = state?.historyOf(slot, recorded) ?? recorded;
  return decodeHistory(lastAttempts(history, history.length));
}

/** The last records of messages, from memory or from where the log keeps them. */
export class Records {
  readonly #log: Log;
  readonly #state: StateView;
  readonly #settle: () => void;

  /** `settle` is called behind all that is done with a record that had to be loaded. */
  constructor(log: Log, state: StateView, settle: () => void) {
    this.#log = log;
    this.#state = state;
    this.#settle = settle;
  }

  /** The message's record when it is in memory; valid until the next call. */
  find(slot: number): MessageRecord | undefined {
    const page = this.#state.table.page(slot);
    return this.#log.find(page.position[row(slot)], page.size[row(slot)]);
  }

  /** The message's record. The message may have been touched or ended meanwhile. */
  load(slot: number): Promise<MessageRecord> {
    return this.#load(slot, (position, size) => this.#log.load(position, size));
  }

  /** The same for people who look on: see `Log.look`. */
  look(slot: number): Promise<MessageRecord> {
    return this.#load(slot, (position, size) => this.#log.look(position, size));
  }

  /** Whether a record is still what the slot's message says; not so when it was loaded, and there is a newer one. */
  isLast(slot: number, { position }: MessageRecord): boolean {
    const { table } = this.#state;
    return table.has(slot) && table.page(slot).position[row(slot)] === position;
  }

  /** Hands the message's record to `use`: at once when it is in memory, else when it has been loaded. */
  use(slot: number, use: (record: MessageRecord) => void, failed: (problem: Error) => void): void {
    const record = this.find(slot);
    if (record === undefined) this.load(slot).then(use).catch(failed).then(this.#settle);
    else use(record);
  }

  async #load(
    slot: number,
    read: (position: Position, size: number) => Promise<MessageRecord>,
  ): Promise<MessageRecord> {
    const page = this.#state.table.page(slot);
    const i = row(slot);
    const order = page.order[i];
    for (;;) {
      const position = page.position[i];
      try {
        const record = await read(position, page.size[i]);
        if (record.order === order) return record;
        throw new DamagedError(`what is at position ${position} of the log is the record of another message`);
      } catch (error) {
        // It was appended again meanwhile, and the old segment is gone.
        if (page.order[i] === order && page.position[i] !== position) continue;
        throw error;
      }
    }
  }
}
