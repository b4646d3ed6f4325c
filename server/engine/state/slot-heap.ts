import { type MessageTable, NONE, row } from './message-table.ts';
import { RankedHeap } from './ranked-heap.ts';

/** A heap of slots by a rank, and where that is equal by their messages' order. The table notes each slot's place in here. */
export class SlotHeap extends RankedHeap<number> {
  protected readonly table: MessageTable;

  constructor(table: MessageTable) {
    super();
    this.table = table;
  }

  /** The slot that comes before all others, or NONE. */
  get first(): number {
    return this.items.length === 0 ? NONE : this.items[0];
  }

  /** Neither `rank` nor the slot's order may change as long as it is in here. */
  add(slot: number, rank: number): void {
    this.addRanked(slot, rank, this.table.page(slot).order[row(slot)]);
  }

  protected override placeOf(slot: number): number {
    return this.table.page(slot).place(row(slot));
  }

  protected override setPlace(slot: number, place: number): void {
    this.table.page(slot).setPlace(row(slot), place);
  }
}
