import { NONE } from './message-table.ts';

/**
 * What is to happen when: a binary min-heap of (due, slot, ticket) in parallel arrays of numbers.
 *
 * Entries stay when they have become stale, until their time or until `keep`. Each has a ticket of its own; the
 * owner compares it with the one that it has noted, and ignores an entry that is stale.
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
    if (this.#due.length > 0) this.#sink(0, due, slot, ticket);
  }

  /** Removes the entries that are not wanted any more. */
  keep(isWanted: (slot: number, ticket: number) => boolean): void {
    let kept = 0;
    for (let i = 0; i < this.#due.length; i++) {
      if (isWanted(this.#slots[i] as number, this.#tickets[i] as number)) this.#move(i, kept++);
    }
    this.#due.length = this.#slots.length = this.#tickets.length = kept;
    for (let i = (kept >>> 1) - 1; i >= 0; i--) {
      this.#sink(i, this.#due[i] as number, this.#slots[i] as number, this.#tickets[i] as number);
    }
  }

  /** Puts an entry to where it belongs at or below `hole`. */
  #sink(hole: number, due: number, slot: number, ticket: number): void {
    const length = this.#due.length;
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

  #move(from: number, to: number): void {
    this.#put(to, this.#due[from] as number, this.#slots[from] as number, this.#tickets[from] as number);
  }

  #put(index: number, due: number, slot: number, ticket: number): void {
    this.#due[index] = due;
    this.#slots[index] = slot;
    this.#tickets[index] = ticket;
  }
}
