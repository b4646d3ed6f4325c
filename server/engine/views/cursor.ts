import { CursorError } from '../../../shared/errors.ts';
import type { ListedState } from '../api.ts';
import type { Foundation } from '../foundation.ts';
import type { Key } from '../state/key.ts';
import { idOf, row } from '../state/message-table.ts';
import type { StateView } from '../state/state-view.ts';

/** Where a list goes on: behind a key. `near`: the slot of a message at that place, which may be gone by then. */
export interface ListCursor extends Key {
  readonly near: number;
}

/** What a list is sorted by: the earlier comes first, or of what is over the later. No two messages have the same. */
export function keyOf({ state }: Foundation, slot: number, listed: ListedState): Key {
  return { rank: rankOf(state, slot, listed), order: orderOf(state, slot, listed) };
}

function orderOf(state: StateView, slot: number, listed: ListedState): number {
  // No two leases have the same token.
  if (listed === 'reserved') return 0;
  const order = state.orderOf(slot);
  return listed === 'failed' || listed === 'ended' ? -idOf(order) : order;
}

export function rankOf(state: StateView, slot: number, listed: ListedState): number {
  const page = state.table.page(slot);
  switch (listed) {
    case 'ready':
      return page.priority(row(slot));
    case 'delayed':
      return page.due(row(slot));
    case 'reserved':
      // Tokens are given out in the order in which leases begin.
      return state.leases.of(slot).token;
    default:
      return -page.due(row(slot));
  }
}

export function cursorText(listed: ListedState, { rank, order }: Key, near: number): string {
  return encodeCursor([listed, rank, order, near]);
}

/** Undefined for the first page; throws a CursorError where no list of that state has given it. */
export function parseCursor(listed: ListedState, text: string | undefined): ListCursor | undefined {
  if (text === undefined) return undefined;
  const [of, rank, order, near] = decodeCursor(text);
  if (of !== listed || typeof rank !== 'number' || typeof order !== 'number' || typeof near !== 'number')
    throw new CursorError('no list of that state has given this cursor');
  return { rank, order, near };
}

export function encodeCursor(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Throws a CursorError where it is no cursor. */
export function decodeCursor(text: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Array.isArray(parts)) return parts;
  } catch {
    // No JSON.
  }
  throw new CursorError('the cursor cannot be read');
}
