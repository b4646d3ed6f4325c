import type { Log, MessageRecord } from './log/log.ts';
import { row } from './state/message-table.ts';
import type { StateView } from './state/state-view.ts';

export type { MessageRecord };

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
  async load(slot: number): Promise<MessageRecord> {
    const page = this.#state.table.page(slot);
    const i = row(slot);
    const order = page.order[i];
    for (;;) {
      const position = page.position[i];
      try {
        return await this.#log.load(position, page.size[i]);
      } catch (error) {
        // It was appended again meanwhile, and the old segment is gone.
        if (page.order[i] === order && page.position[i] !== position) continue;
        throw error;
      }
    }
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
}
