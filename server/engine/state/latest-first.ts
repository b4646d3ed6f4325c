import { idOf, type MessageTable, row } from './message-table.ts';
import { SortedList } from './sorted-list.ts';

/** Messages by a time that they have, the latest first, and where that is equal the one that was stored last. */
export class LatestFirst extends SortedList {
  readonly #table: MessageTable;

  constructor(table: MessageTable) {
    super();
    this.#table = table;
  }

  protected override rankOf(slot: number): number {
    return -this.#table.page(slot).due(row(slot));
  }

  protected override orderOf(slot: number): number {
    return -idOf(this.#table.page(slot).order[row(slot)]);
  }
}
