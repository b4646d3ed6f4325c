import type { Key } from './key.ts';
import { RankedHeap } from './ranked-heap.ts';

/** What notes its place in a heap. */
export interface Placed extends Key {
  place: number;
}

/** The first few of many that come in no order. The last one of these is at the top of the heap. */
export class Nearest<T extends Placed> extends RankedHeap<T> {
  readonly #most: number;
  /** Whether something was left out. */
  isCut = false;

  constructor(most: number) {
    super();
    this.#most = most;
  }

  /** Whether what has that key is among the first, as far as is known: only that need be offered. */
  takes(rank: number, order: number): boolean {
    if (this.size < this.#most) return true;
    this.isCut = true;
    const lastRank = -this.firstRank;
    return rank < lastRank || (rank === lastRank && order < -this.firstOrder);
  }

  /** One that it takes. */
  offer(item: T): void {
    if (this.size === this.#most) this.remove(this.items[0]);
    this.addRanked(item, -item.rank, -item.order);
  }

  protected override placeOf(item: T): number {
    return item.place;
  }

  protected override setPlace(item: T, place: number): void {
    item.place = place;
  }
}
