import { at, type MessageTable, NONE } from './message-table.ts';

/**
 * A binary heap of slots. The table notes each slot's place in it, so that any slot can be removed; a slot is in
 * one heap at a time.
 */
export abstract class SlotHeap {
  protected readonly table: MessageTable;
  readonly #slots: number[] = [];

  constructor(table: MessageTable) {
    this.table = table;
  }

  /** Whether slot `a` comes before slot `b`. */
  protected abstract before(a: number, b: number): boolean;

  get size(): number {
    return this.#slots.length;
  }

  /** The slot that comes before all others, or NONE. */
  get first(): number {
    return this.#slots.length === 0 ? NONE : (this.#slots[0] as number);
  }

  /** In no particular order; not to be changed meanwhile. */
  get slots(): readonly number[] {
    return this.#slots;
  }

  has(slot: number): boolean {
    return this.#slots[this.table.page(slot).place(at(slot))] === slot;
  }

  add(slot: number): void {
    this.#slots.push(slot);
    this.#rise(this.#slots.length - 1, slot);
  }

  /** Removes a slot that is in the heap. */
  remove(slot: number): void {
    const hole = this.table.page(slot).place(at(slot));
    const last = this.#slots.pop() as number;
    if (last === slot) return;
    if (hole > 0 && this.before(last, this.#slots[(hole - 1) >>> 1] as number)) this.#rise(hole, last);
    else this.#sink(hole, last);
  }

  /** Removes all that are not wanted, at a cost that does not depend on how many these are. */
  keep(isWanted: (slot: number) => boolean): void {
    const wanted = this.#slots.filter(isWanted);
    this.#slots.length = 0;
    for (const slot of wanted) this.#put(this.#slots.length, slot);
    for (let hole = (wanted.length >>> 1) - 1; hole >= 0; hole--) {
      this.#sink(hole, this.#slots[hole] as number);
    }
  }

  #rise(hole: number, slot: number): void {
    while (hole > 0) {
      const parent = (hole - 1) >>> 1;
      const above = this.#slots[parent] as number;
      if (!this.before(slot, above)) break;
      this.#put(hole, above);
      hole = parent;
    }
    this.#put(hole, slot);
  }

  #sink(hole: number, slot: number): void {
    const slots = this.#slots;
    const { length } = slots;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= length) break;
      if (child + 1 < length && this.before(slots[child + 1] as number, slots[child] as number)) child++;
      const below = slots[child] as number;
      if (!this.before(below, slot)) break;
      this.#put(hole, below);
      hole = child;
    }
    this.#put(hole, slot);
  }

  #put(place: number, slot: number): void {
    this.#slots[place] = slot;
    this.table.page(slot).setPlace(at(slot), place);
  }
}
