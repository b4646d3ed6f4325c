import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { cursorText, readCursor } from './cursor.ts';
import { nextPage } from './next-page.ts';
import { Problem } from './problem.ts';

/** What a list is sorted by: the parts one after the other. No two items have the same. */
export type SortKey = readonly (string | number)[];

const CursorKey = z.array(z.union([z.string(), z.number()]));

/** A part of a list that is in memory, in the order of its keys: what is behind the cursor. */
export function pageOf<T>(
  sorted: Iterable<T>,
  keyOf: (item: T) => SortKey,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): { items: T[]; next: string | null } {
  const after = readCursor(cursor, CursorKey);
  const items: T[] = [];
  let last: SortKey = [];
  for (const item of sorted) {
    const key = keyOf(item);
    if (after !== undefined && compareKeys(key, after) <= 0) continue;
    if (items.length === limit) return { items, next: cursorText(last) };
    items.push(item);
    last = key;
  }
  return { items, next: null };
}

/** In the order of their keys. */
export function byKey<T>(items: readonly T[], keyOf: (item: T) => SortKey): T[] {
  return items
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((a, b) => compareKeys(a.key, b.key))
    .map(({ item }) => item);
}

function compareKeys(a: SortKey, b: SortKey): number {
  for (const [i, part] of a.entries()) {
    const other = b[i];
    if (other === undefined || typeof other !== typeof part)
      throw new Problem(400, 'cursor', 'this cursor is none of this list');
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

/** Says in a header where the list goes on. */
export function linkNext(request: Context, next: string | null | undefined): void {
  if (next === null || next === undefined) return;
  request.header('link', nextPage(request.req.url, next));
}
