import { at } from './message-table.ts';
import { SlotHeap } from './slot-heap.ts';

/**
 * What is to happen when: the messages whose delay or lease ends, or whose status is forgotten, by that time. Those
 * of one moment come in the order in which they were stored, so that a queue of them stays a list.
 */
export class Timetable extends SlotHeap {
  /** Engine time of the first one; Infinity when there is none. */
  get nextDue(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : this.table.page(this.first).due(at(this.first));
  }

  protected override before(a: number, b: number): boolean {
    const pageA = this.table.page(a);
    const pageB = this.table.page(b);
    const byDue = pageA.due(at(a)) - pageB.due(at(b));
    if (byDue !== 0) return byDue < 0;
    return (pageA.sequence[at(a)] as number) < (pageB.sequence[at(b)] as number);
  }
}
