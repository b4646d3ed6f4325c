import type { ListRequest, MessagePage, MessageRow } from '../api.ts';
import type { Foundation } from '../foundation.ts';
import { NONE } from '../state/message-table.ts';
import { cursorText } from './cursor.ts';
import type { Listing } from './listing.ts';
import { rowOf, slotOf } from './message-row.ts';
import { Slices } from './slices.ts';
import { Texts } from './texts.ts';

/** So many messages are listed at a time, to be looked through. */
const CHUNK = 1000;

/** Lists those of a queue that have a text, as far as one request goes: `next` may be told although there are few rows, or none. */
export async function listWithText(
  base: Foundation,
  listing: Listing,
  request: ListRequest,
  text: string,
): Promise<MessagePage> {
  const texts = new Texts(base, text, new Slices());
  const rows: MessageRow[] = [];
  for (let cursor = request.cursor; ; ) {
    const page = await listing.page(request, cursor, CHUNK);
    for (const [index, entry] of page.entries.entries()) {
      const { ref } = page.rows[index];
      if (slotOf(base, ref) !== undefined && (await texts.isIn(entry.slot))) {
        // Something may have happened to it meanwhile.
        const row = slotOf(base, ref) === undefined ? undefined : rowOf(base, entry.slot);
        if (row?.state === request.state && row.queue === request.queue) rows.push(row);
      }
      if (rows.length < request.limit && !texts.isEnough) continue;
      const isLast = page.next === undefined && index === page.entries.length - 1;
      const next = isLast ? undefined : cursorText(request.state, entry, near(request, entry.slot));
      return { rows, next, scanned: texts.scanned };
    }
    // It has looked at enough, too, where it has found less than a chunk.
    if (page.next === undefined || page.rows.length < CHUNK)
      return { rows, next: page.next, scanned: Math.max(texts.scanned, page.scanned) };
    cursor = page.next;
  }
}

function near({ state }: ListRequest, slot: number): number {
  return state === 'ready' ? slot : NONE;
}
