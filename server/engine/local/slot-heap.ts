import { at, type MessageTable, NONE } from './message-table.ts';

/** Children of a node: with four a heap is half as deep as with two, and they are neighbours in memory. */
const ARITY = 4;

/**
 * A heap of slots by a rank, and where that is equal in the order in which they were stored. The ranks stand beside
 * the slots, so that hardly any comparison has to look into the table. The table notes each slot's place in here, so
 * that any slot can be removed; a slot is in one heap at a time.
 */
export class SlotHeap {
  readonly #table: MessageTable;
  readonly #slots: number[] = [];
  /** Of the slots at the same places. */
  readonly #ranks: number[] = [];

  constructor(table: MessageTable) {
    this.#table = table;
  }

  get size(): number {
    return this.#slots.length;
  }

  /** The slot that comes before all others, or NONE. */
  get first(): number {
    return this.#slots.length === 0 ? NONE : (this.#slots[0] as number);
  }

  /** The rank of the first one; Infinity when there is none. */
  get firstRank(): number {
    return this.#ranks.length === 0 ? Number.POSITIVE_INFINITY : (this.#ranks[0] as number);
  }

  /** In no particular order; not to be changed meanwhile. */
  get slots(): readonly number[] {
    return this.#slots;
  }

  has(slot: number): boolean {
    return this.#slots[this.#table.page(slot).place(at(slot))] === slot;
  }

  /** Neither `rank` nor the slot's sequence may change as long as it is in here. */
  add(slot: number, rank: number): void {
    this.#slots.push(slot);
    this.#ranks.push(rank);
    this.#rise(this.#slots.length - 1, slot, rank);
  }

  /** Removes a slot that is in the heap. */
  remove(slot: number): void {
    const hole = this.#table.page(slot).place(at(slot));
    const last = this.#slots.pop() as number;
    const rank = this.#ranks.pop() as number;
    if (last === slot) return;
    if (hole > 0 && this.#isBefore(last, rank, parentOf(hole))) this.#rise(hole, last, rank);
    else this.#sink(hole, last, rank);
  }

  /** Removes all that are not wanted, at a cost that does not depend on how many these are. */
  keep(isWanted: (slot: number) => boolean): void {
    let kept = 0;
    for (const [i, slot] of this.#slots.entries()) {
      if (isWanted(slot)) this.#put(kept++, slot, this.#ranks[i] as number);
    }
    this.#slots.length = kept;
    this.#ranks.length = kept;
    for (let hole = parentOf(kept - 1); hole >= 0; hole--) {
      this.#sink(hole, this.#slots[hole] as number, this.#ranks[hole] as number);
    }
  }

  #rise(from: number, slot: number, rank: number): void {
    let hole = from;
    while (hole > 0) {
      const parent = parentOf(hole);
      if (!this.#isBefore(slot, rank, parent)) break;
      this.#put(hole, this.#slots[parent] as number, this.#ranks[parent] as number);
      hole = parent;
    }
    this.#put(hole, slot, rank);
  }

  #sink(from: number, slot: number, rank: number): void {
    const { length } = this.#slots;
    let hole = from;
    for (;;) {
      let child = ARITY * hole + 1;
      if (child >= length) break;
      const end = Math.min(child + ARITY, length);
      let least = this.#slots[child] as number;
      let leastRank = this.#ranks[child] as number;
      for (let i = child + 1; i < end; i++) {
        if (this.#isBefore(least, leastRank, i)) continue;
        child = i;
        least = this.#slots[i] as number;
        leastRank = this.#ranks[i] as number;
      }
      if (this.#isBefore(slot, rank, child)) break;
      this.#put(hole, least, leastRank);
      hole = child;
    }
    this.#put(hole, slot, rank);
  }

  /** Whether a slot of that rank comes before the one at a place. */
  #isBefore(slot: number, rank: number, place: number): boolean {
    const other = this.#ranks[place] as number;
    if (rank !== other) return rank < other;
    return this.#sequence(slot) < this.#sequence(this.#slots[place] as number);
  }

  #sequence(slot: number): number {
    return this.#table.page(slot).sequence[at(slot)] as number;
  }

  #put(place: number, slot: number, rank: number): void {
    this.#slots[place] = slot;
    this.#ranks[place] = rank;
    this.#table.page(slot).setPlace(at(slot), place);
  }
}

function parentOf(place: number): number {
  return Math.floor((place - 1) / ARITY);
}
