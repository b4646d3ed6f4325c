import { SlotHeap } from './slot-heap.ts';

/**
 * What is to happen when: the messages whose delay or lease ends, or whose status is forgotten, by that time. Those
 * of one moment come in the order in which they were stored, so that a queue of them stays a list.
 */
export class Timetable extends SlotHeap {
  /** Engine time of the first one; Infinity when there is none. */
  get nextDue(): number {
    return this.firstRank;
  }
}
