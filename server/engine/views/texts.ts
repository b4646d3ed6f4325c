import type { Foundation } from '../foundation.ts';
import type { MessageRecord } from '../records.ts';
import type { Slices } from './slices.ts';

/** Bytes of a body that are looked through at a time. */
const PART = 256 * 1024;
/** What a request for a text looks at: so many messages, or for so long. */
const MOST_MESSAGES = 10_000;
const MOST_MS = 250;

/** Looks for a text in messages, up to the bounds of a request. */
export class Texts {
  readonly #base: Foundation;
  readonly #slices: Slices;
  readonly #text: Buffer;
  readonly #end = performance.now() + MOST_MS;
  /** How many messages were looked at. */
  scanned = 0;

  constructor(base: Foundation, text: string, slices: Slices) {
    this.#base = base;
    this.#slices = slices;
    this.#text = Buffer.from(text);
  }

  /** Whether it is enough for one request. */
  get isEnough(): boolean {
    return this.scanned > 0 && (this.scanned >= MOST_MESSAGES || performance.now() >= this.#end);
  }

  /** Whether the id, the error or the body of a message has the text. One that cannot be read has none. */
  async isIn(slot: number): Promise<boolean> {
    this.scanned++;
    const { state, records } = this.#base;
    if (this.#slices.isOver) await this.#slices.next();
    if (!state.table.has(slot)) return false;
    if (state.jobIdOf(slot)?.includes(this.#text.toString('latin1'))) return true;
    const record = await records.look(slot).catch(() => undefined);
    return record !== undefined && (record.error.includes(this.#text) || (await this.#isInBody(record)));
  }

  async #isInBody(record: MessageRecord): Promise<boolean> {
    const { bodyStart, bodyEnd, block } = record;
    for (let from = bodyStart; from < bodyEnd; from += PART) {
      const to = Math.min(bodyEnd, from + PART + this.#text.length - 1);
      if (block.bytes.subarray(from, to).includes(this.#text)) return true;
      if (to < bodyEnd && this.#slices.isOver) await this.#slices.next();
    }
    return false;
  }
}
