import { type MessageTable, NONE, row } from './message-table.ts';

/** Slots in the order in which they came; linked through the table, so that it costs nothing beside the messages. */
export class SlotList {
  protected readonly table: MessageTable;
  head = NONE;
  tail = NONE;
  #count = 0;

  constructor(table: MessageTable) {
    this.table = table;
  }

  get size(): number {
    return this.#count;
  }

  push(slot: number): void {
    const page = this.table.page(slot);
    page.next[row(slot)] = NONE;
    page.previous[row(slot)] = this.tail;
    if (this.tail === NONE) this.head = slot;
    else this.table.page(this.tail).next[row(this.tail)] = slot;
    this.tail = slot;
    this.#count++;
  }

  clear(): void {
    this.head = this.tail = NONE;
    this.#count = 0;
  }

  /** Removes a slot that is in the list. */
  remove(slot: number): void {
    const page = this.table.page(slot);
    const next = page.next[row(slot)];
    const previous = page.previous[row(slot)];
    if (next === NONE) this.tail = previous;
    else this.table.page(next).previous[row(next)] = previous;
    if (previous === NONE) this.head = next;
    else this.table.page(previous).next[row(previous)] = next;
    this.#count--;
  }

  /** From head to tail; the slot that was told last may be removed meanwhile. */
  *[Symbol.iterator](): Iterator<number> {
    for (let slot = this.head; slot !== NONE; ) {
      const next = this.table.page(slot).next[row(slot)];
      yield slot;
      slot = next;
    }
  }
}
