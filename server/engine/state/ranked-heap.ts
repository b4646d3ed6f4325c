/** Children of a node: with four a heap is half as deep as with two, and they are neighbours in memory. */
const ARITY = 4;

/**
 * A heap of items by a rank, and where that is equal by an order. Both stand beside the items, so that no comparison has
 * to look for them. Each item's place in here is noted, so that any item can be removed; an item is in one heap at a time.
 */
export abstract class RankedHeap<T> {
  // Of one node: what is at the same place in each.
  readonly #items: T[] = [];
  readonly #ranks: number[] = [];
  readonly #orders: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The rank of the first one; Infinity when there is none. */
  get firstRank(): number {
    return this.#ranks.length === 0 ? Number.POSITIVE_INFINITY : this.#ranks[0];
  }

  /** The order of the first one, where there is one. */
  get firstOrder(): number {
    return this.#orders[0];
  }

  /** In no particular order, but that the first one comes before all others; not to be changed meanwhile. */
  get items(): readonly T[] {
    return this.#items;
  }

  rankAt(place: number): number {
    return this.#ranks[place];
  }

  orderAt(place: number): number {
    return this.#orders[place];
  }

  /** Adds to a list the places of those that nothing but the one at a place, and what is before that, has to come before. */
  pushBelow(place: number, places: number[]): void {
    const from = ARITY * place + 1;
    const to = Math.min(from + ARITY, this.#items.length);
    for (let below = from; below < to; below++) places.push(below);
  }

  has(item: T): boolean {
    return this.#items[this.placeOf(item)] === item;
  }

  /** Removes an item that is in the heap. */
  remove(item: T): void {
    const hole = this.placeOf(item);
    const last = this.#items.pop() as T;
    const rank = this.#ranks.pop() as number;
    const order = this.#orders.pop() as number;
    if (last === item) return;
    if (hole > 0 && this.#isBefore(rank, order, parentOf(hole))) this.#rise(hole, last, rank, order);
    else this.#sink(hole, last, rank, order);
  }

  /** Where an item is in its heap; anything for one that is in none. */
  protected abstract placeOf(item: T): number;
  protected abstract setPlace(item: T, place: number): void;

  protected addRanked(item: T, rank: number, order: number): void {
    this.#rise(this.#items.length, item, rank, order);
  }

  /** Fills a hole, or the place behind the last one, with what may belong further up. */
  #rise(from: number, item: T, rank: number, order: number): void {
    let hole = from;
    while (hole > 0) {
      const parent = parentOf(hole);
      if (!this.#isBefore(rank, order, parent)) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#put(hole, item, rank, order);
  }

  /** Fills a hole with what may belong further down. */
  #sink(from: number, item: T, rank: number, order: number): void {
    const { length } = this.#items;
    let hole = from;
    for (;;) {
      let child = ARITY * hole + 1;
      if (child >= length) break;
      const end = Math.min(child + ARITY, length);
      let leastRank = this.#ranks[child];
      let leastOrder = this.#orders[child];
      for (let i = child + 1; i < end; i++) {
        if (this.#isBefore(leastRank, leastOrder, i)) continue;
        child = i;
        leastRank = this.#ranks[i];
        leastOrder = this.#orders[i];
      }
      if (this.#isBefore(rank, order, child)) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#put(hole, item, rank, order);
  }

  /** Whether what has that rank and order comes before the one at a place. */
  #isBefore(rank: number, order: number, place: number): boolean {
    const other = this.#ranks[place];
    return rank < other || (rank === other && order < this.#orders[place]);
  }

  #move(from: number, to: number): void {
    const rank = this.#ranks[from];
    this.#put(to, this.#items[from], rank, this.#orders[from]);
  }

  #put(place: number, item: T, rank: number, order: number): void {
    this.#items[place] = item;
    this.#ranks[place] = rank;
    this.#orders[place] = order;
    this.setPlace(item, place);
  }
}

function parentOf(place: number): number {
  return Math.floor((place - 1) / ARITY);
}
