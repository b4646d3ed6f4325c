import { CursorError } from '../../../shared/errors.ts';
import { type MessagePage, type MessageRow, parseRef, refText, type SearchRequest } from '../api.ts';
import type { Foundation } from '../foundation.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { bitsOf, isShown, listedStateOf, refTo, rowOf, slotOf } from './message-row.ts';
import { Slices } from './slices.ts';
import { Texts } from './texts.ts';

/** Slots and queues that are passed before a look at the clock. */
const SLOTS_AT_ONCE = 4096;
const QUEUES_AT_ONCE = 256;

/** What one call has found. */
interface Finds {
  readonly rows: MessageRow[];
  readonly limit: number;
}

/**
 * Finds messages in all queues: first those that have the text as their handle or id, through the indexes, and then those
 * that have it in their id, their error or their body, in the order of their slots.
 */
export class Search {
  readonly #base: Foundation;

  constructor(base: Foundation) {
    this.#base = base;
  }

  async search(request: SearchRequest): Promise<MessagePage> {
    const { cursor, limit } = request;
    const slices = new Slices();
    const { phase, from } = placeOf(cursor);
    const finds = { rows: [], limit };
    if (phase === 'id' && request.text !== '') {
      const next = await this.#byId(request, from, finds, slices);
      // Whoever has named one has it at once, without the wait for all that only mentions it.
      const cursor = next === undefined ? encodeCursor(['text', 0]) : encodeCursor(['id', next]);
      if (next !== undefined || finds.rows.length > 0) return { rows: finds.rows, next: cursor, scanned: 0 };
    }
    const texts = new Texts(this.#base, request.text, slices);
    const next = await this.#byText(request, phase === 'text' ? from : 0, finds, texts, slices);
    return {
      rows: finds.rows,
      next: next === undefined ? undefined : encodeCursor(['text', next]),
      scanned: texts.scanned,
    };
  }

  /** From a queue's number on; the number to go on with, undefined at the end. */
  async #byId(
    request: SearchRequest,
    from: number,
    { rows, limit }: Finds,
    slices: Slices,
  ): Promise<number | undefined> {
    const { state } = this.#base;
    const { queues } = state;
    const ref = parseRef(request.text);
    const slot = ref && slotOf(this.#base, ref);
    const isFirst = request.cursor === undefined;
    if (isFirst && slot !== undefined && this.#isMeant(slot, request)) rows.push(rowOf(this.#base, slot));
    const id = latin1(request.text);
    for (let number = from; number < queues.end; number++) {
      if (rows.length >= limit) return number;
      if (number % QUEUES_AT_ONCE === 0 && slices.isOver) await slices.next();
      const queue = queues.byNumber(number);
      const found = queue?.jobs === undefined ? undefined : state.slotOfJob(queue, id);
      if (found === undefined || found === slot) continue;
      if (this.#isMeant(found, request)) rows.push(rowOf(this.#base, found));
    }
    return undefined;
  }

  /** From a slot on; the slot to go on with, undefined at the end. */
  async #byText(
    request: SearchRequest,
    from: number,
    { rows, limit }: Finds,
    texts: Texts,
    slices: Slices,
  ): Promise<number | undefined> {
    const { state } = this.#base;
    const { table } = state;
    const { text, queue: name } = request;
    const bits = bitsOf(request.state);
    const number = name === undefined ? undefined : state.queues.get(name)?.number;
    if (name !== undefined && number === undefined) return undefined;
    const exact = latin1(text);
    for (let slot = from; slot < table.end; ) {
      if (rows.length >= limit || texts.isEnough) return slot;
      if (slices.isOver) await slices.next();
      const to = slot + SLOTS_AT_ONCE;
      const found = table.find(slot, to, bits, number);
      slot = found === to ? to : found + 1;
      if (found === to || !this.#isMeant(found, request)) continue;
      const ref = refTo(this.#base, found);
      if (text !== '') {
        // These were told first.
        if (state.jobIdOf(found) === exact || refText(ref) === text) continue;
        if (!(await texts.isIn(found)) || slotOf(this.#base, ref) === undefined) continue;
        if (!this.#isMeant(found, request)) continue;
      }
      rows.push(rowOf(this.#base, found));
    }
    return undefined;
  }

  #isMeant(slot: number, { queue, state }: SearchRequest): boolean {
    const base = this.#base;
    if (queue !== undefined && base.state.queueOf(slot).name !== queue) return false;
    return (state === undefined || listedStateOf(base, slot) === state) && isShown(base, slot);
  }
}

/** Where a search goes on. */
function placeOf(cursor: string | undefined): { phase: 'id' | 'text'; from: number } {
  if (cursor === undefined) return { phase: 'id', from: 0 };
  const [phase, from] = decodeCursor(cursor);
  if ((phase !== 'id' && phase !== 'text') || !Number.isSafeInteger(from) || Number(from) < 0)
    throw new CursorError('no search has given this cursor');
  return { phase, from: Number(from) };
}

/** A text as ids have it: one character a byte. */
function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}
