import type { Key } from './key.ts';
import { NONE } from './message-table.ts';

/** Numbers in a piece; one that has more is parted. */
const MOST_IN_PIECE = 512;

/**
 * Numbers sorted by their keys, to be looked at from any key on. They lie in pieces, so that it takes two short searches to
 * find one, and few others move when one comes or goes.
 *
 * No two have the same key. The key of a number may not change as long as it is in here.
 */
export abstract class SortedList {
  /** None is empty. */
  readonly #pieces: number[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The last one, or NONE. */
  get last(): number {
    return this.#pieces.at(-1)?.at(-1) ?? NONE;
  }

  add(item: number): void {
    this.#size++;
    const rank = this.rankOf(item);
    const order = this.orderOf(item);
    const index = this.#pieceOf(rank, order);
    const piece = this.#pieces[index];
    if (piece === undefined) {
      this.#pieces.push([item]);
      return;
    }
    const at = this.#placeBehind(piece, rank, order);
    if (piece.length < MOST_IN_PIECE) insert(piece, at, item);
    // Most come at one end, where full pieces are to stay full.
    else if (at === 0) this.#pieces.splice(index, 0, [item]);
    else if (at === piece.length) this.#pieces.splice(index + 1, 0, [item]);
    else {
      const rest = piece.splice(MOST_IN_PIECE / 2);
      this.#pieces.splice(index + 1, 0, rest);
      if (at <= piece.length) insert(piece, at, item);
      else insert(rest, at - piece.length, item);
    }
  }

  /** Removes a number that is in here. */
  remove(item: number): void {
    this.#size--;
    const rank = this.rankOf(item);
    const order = this.orderOf(item);
    const index = this.#pieceOf(rank, order);
    const piece = this.#pieces[index];
    const at = this.#placeBehind(piece, rank, order) - 1;
    if (at === piece.length - 1) piece.pop();
    else if (at === 0) piece.shift();
    else piece.splice(at, 1);
    if (piece.length === 0) this.#pieces.splice(index, 1);
  }

  /** Those behind a key, or all, in their order. Nothing may change meanwhile. */
  *behind(key: Key | undefined): Iterable<number> {
    let index = key === undefined ? 0 : this.#pieceOf(key.rank, key.order);
    let piece = this.#pieces[index];
    let at = key === undefined || piece === undefined ? 0 : this.#placeBehind(piece, key.rank, key.order);
    for (; piece !== undefined; piece = this.#pieces[++index]) {
      for (; at < piece.length; at++) yield piece[at];
      at = 0;
    }
  }

  [Symbol.iterator](): Iterator<number> {
    return this.behind(undefined)[Symbol.iterator]();
  }

  protected abstract rankOf(item: number): number;
  protected abstract orderOf(item: number): number;

  /** The last piece that does not begin behind a key; the first one where all do. */
  #pieceOf(rank: number, order: number): number {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#isBehind(this.#pieces[middle][0], rank, order)) high = middle - 1;
      else low = middle;
    }
    return low;
  }

  /** The place in a piece of the first number that comes behind a key. */
  #placeBehind(piece: readonly number[], rank: number, order: number): number {
    let low = 0;
    let high = piece.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isBehind(piece[middle], rank, order)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #isBehind(item: number, rank: number, order: number): boolean {
    const itsRank = this.rankOf(item);
    return itsRank > rank || (itsRank === rank && this.orderOf(item) > order);
  }
}

function insert(piece: number[], at: number, item: number): void {
  if (at === piece.length) piece.push(item);
  else if (at === 0) piece.unshift(item);
  else piece.splice(at, 0, item);
}
