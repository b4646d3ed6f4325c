import { NONE } from './message-table.ts';

/**
 * What is to happen when: a binary min-heap of (due, slot, ticket) in parallel arrays of numbers.
 *
 * Entries are never removed early. Each has a ticket of its own; the owner compares it with the one it keeps
 * and ignores an entry that has become stale.
 */
export class Timetable {
  readonly #due: number[] = [];
  readonly #slots: number[] = [];
  readonly #tickets: number[] = [];
  #lastTicket = 0;

  get size(): number {
    return this.#due.length;
  }

  /** Engine time of the first entry; Infinity when there is none. */
  get nextDue(): number {
    return this.#due.length === 0 ? Number.POSITIVE_INFINITY : (this.#due[0] as number);
  }

  get firstSlot(): number {
    return this.#slots[0] as number;
  }

  get firstTicket(): number {
    return this.#tickets[0] as number;
  }

  /** Enters a slot and returns its ticket, a uint32 that is never `NONE`. */
  add(due: number, slot: number): number {
    this.#lastTicket = (this.#lastTicket + 1) % NONE;
    const ticket = this.#lastTicket;
    let hole = this.#due.length;
    this.#due.push(due);
    this.#slots.push(slot);
    this.#tickets.push(ticket);
    while (hole > 0) {
      const parent = (hole - 1) >>> 1;
      if ((this.#due[parent] as number) <= due) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#put(hole, due, slot, ticket);
    return ticket;
  }

  removeFirst(): void {
    const due = this.#due.pop() as number;
    const slot = this.#slots.pop() as number;
    const ticket = this.#tickets.pop() as number;
    const length = this.#due.length;
    if (length === 0) return;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= length) break;
      if (child + 1 < length && (this.#due[child + 1] as number) < (this.#due[child] as number)) child++;
      if ((this.#due[child] as number) >= due) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#put(hole, due, slot, ticket);
  }

  /** Every entry, stale ones included, in no particular order. */
  *entries(): Iterable<{ slot: number; ticket: number }> {
    for (let i = 0; i < this.#slots.length; i++) {
      yield { slot: this.#slots[i] as number, ticket: this.#tickets[i] as number };
    }
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#due[from] as number, this.#slots[from] as number, this.#tickets[from] as number);
  }

  #put(index: number, due: number, slot: number, ticket: number): void {
    this.#due[index] = due;
    this.#slots[index] = slot;
    this.#tickets[index] = ticket;
  }
}
