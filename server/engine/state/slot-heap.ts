import { type MessageTable, NONE, row } from './message-table.ts';

/** Children of a node: with four a heap is half as deep as with two, and they are neighbours in memory. */
const ARITY = 4;

/**
 * A heap of slots by a rank, and where that is equal by their messages' order. Both stand beside the slots, so that
 * no comparison has to look into the table. The table notes each slot's place in here, so that any slot can be removed;
 * a slot is in one heap at a time.
 */
export class SlotHeap {
  readonly #table: MessageTable;
  // Of one node: what is at the same place in each.
  readonly #slots: number[] = [];
  readonly #ranks: number[] = [];
  readonly #orders: number[] = [];

  constructor(table: MessageTable) {
    this.#table = table;
  }

  get size(): number {
    return this.#slots.length;
  }

  /** The slot that comes before all others, or NONE. */
  get first(): number {
    return this.#slots.length === 0 ? NONE : this.#slots[0];
  }

  /** The rank of the first one; Infinity when there is none. */
  get firstRank(): number {
    return this.#ranks.length === 0 ? Number.POSITIVE_INFINITY : this.#ranks[0];
  }

  /** In no particular order; not to be changed meanwhile. */
  get slots(): readonly number[] {
    return this.#slots;
  }

  has(slot: number): boolean {
    return this.#slots[this.#table.page(slot).place(row(slot))] === slot;
  }

  /** Neither `rank` nor the slot's order may change as long as it is in here. */
  add(slot: number, rank: number): void {
    this.#rise(this.#slots.length, slot, rank, this.#table.page(slot).order[row(slot)]);
  }

  /** Removes a slot that is in the heap. */
  remove(slot: number): void {
    const hole = this.#table.page(slot).place(row(slot));
    const last = this.#slots.pop() as number;
    const rank = this.#ranks.pop() as number;
    const order = this.#orders.pop() as number;
    if (last === slot) return;
    if (hole > 0 && this.#isBefore(rank, order, parentOf(hole))) this.#rise(hole, last, rank, order);
    else this.#sink(hole, last, rank, order);
  }

  /** Fills a hole, or the place behind the last one, with what may belong further up. */
  #rise(from: number, slot: number, rank: number, order: number): void {
    let hole = from;
    while (hole > 0) {
      const parent = parentOf(hole);
      if (!this.#isBefore(rank, order, parent)) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#put(hole, slot, rank, order);
  }

  /** Fills a hole with what may belong further down. */
  #sink(from: number, slot: number, rank: number, order: number): void {
    const { length } = this.#slots;
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
    this.#put(hole, slot, rank, order);
  }

  /** Whether what has that rank and order comes before the one at a place. */
  #isBefore(rank: number, order: number, place: number): boolean {
    const other = this.#ranks[place];
    return rank < other || (rank === other && order < this.#orders[place]);
  }

  #move(from: number, to: number): void {
    const rank = this.#ranks[from];
    this.#put(to, this.#slots[from], rank, this.#orders[from]);
  }

  #put(place: number, slot: number, rank: number, order: number): void {
    this.#slots[place] = slot;
    this.#ranks[place] = rank;
    this.#orders[place] = order;
    this.#table.page(slot).setPlace(row(slot), place);
  }
}

function parentOf(place: number): number {
  return Math.floor((place - 1) / ARITY);
}
