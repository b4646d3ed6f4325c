import { at, type MessageTable, NONE } from './message-table.ts';

/** First in, first out; linked through the table's `next`, so that it costs nothing beside the messages. */
export class SlotList {
  readonly #table: MessageTable;
  head = NONE;
  tail = NONE;

  constructor(table: MessageTable) {
    this.#table = table;
  }

  push(slot: number): void {
    this.#table.page(slot).next[at(slot)] = NONE;
    if (this.tail === NONE) this.head = slot;
    else this.#table.page(this.tail).next[at(this.tail)] = slot;
    this.tail = slot;
  }

  /** Removes and returns the head; the list must not be empty. */
  shift(): number {
    const slot = this.head;
    this.head = this.#table.page(slot).next[at(slot)] as number;
    if (this.head === NONE) this.tail = NONE;
    return slot;
  }

  /** Removes a slot that is in the list, looking for it from the head. */
  remove(slot: number): void {
    if (slot === this.head) {
      this.shift();
      return;
    }
    let before = this.head;
    for (;;) {
      const page = this.#table.page(before);
      const next = page.next[at(before)] as number;
      if (next === NONE) return;
      if (next === slot) {
        page.next[at(before)] = this.#table.page(slot).next[at(slot)] as number;
        if (slot === this.tail) this.tail = before;
        return;
      }
      before = next;
    }
  }
}
