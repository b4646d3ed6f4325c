import { SlotHeap } from './slot-heap.ts';

/**
 * The messages whose delay or lease ends, or whose status is forgotten, by that time. Those of one moment come in the
 * order in which they were stored, so that a queue of them stays a list.
 */
export class DeadlineHeap extends SlotHeap {
  /** Engine time of the first one; Infinity when there is none. */
  get next(): number {
    return this.firstRank;
  }
}
