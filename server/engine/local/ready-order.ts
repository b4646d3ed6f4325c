import { at, type MessageTable, NONE } from './message-table.ts';
import { SlotList } from './slot-list.ts';

/**
 * The messages of one queue that are ready, or those that failed, by (priority, sequence).
 *
 * What arrives in order, which is nearly all, is a linked list; what does not (urgent, prepended, given back)
 * goes to a binary heap beside it. The next message is the smaller of the two heads.
 */
export class ReadyOrder {
  readonly #table: MessageTable;
  readonly #list: SlotList;
  readonly #heap: number[] = [];

  constructor(table: MessageTable) {
    this.#table = table;
    this.#list = new SlotList(table);
  }

  insert(slot: number): void {
    const { tail } = this.#list;
    if (tail === NONE || this.#before(tail, slot)) this.#list.push(slot);
    else this.#heapPush(slot);
  }

  /** The next slot, or NONE. */
  peek(): number {
    const { head } = this.#list;
    if (this.#heap.length === 0) return head;
    const top = this.#heap[0] as number;
    return head === NONE || this.#before(top, head) ? top : head;
  }

  /** Removes a slot that is in here: at once when it is the next one, else by looking through all. */
  remove(slot: number): void {
    if (slot === this.#list.head) this.#list.shift();
    else if (slot === this.#heap[0]) this.#heapPop();
    else this.#removeInner(slot);
  }

  #removeInner(slot: number): void {
    const index = this.#heap.indexOf(slot);
    if (index < 0) {
      this.#list.remove(slot);
      return;
    }
    const rest = this.#heap.splice(0);
    rest.splice(index, 1);
    for (const other of rest) this.#heapPush(other);
  }

  #before(a: number, b: number): boolean {
    const pageA = this.#table.page(a);
    const pageB = this.#table.page(b);
    const byPriority = (pageA.priority[at(a)] as number) - (pageB.priority[at(b)] as number);
    if (byPriority !== 0) return byPriority < 0;
    return (pageA.sequence[at(a)] as number) < (pageB.sequence[at(b)] as number);
  }

  #heapPush(slot: number): void {
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(slot);
    while (hole > 0) {
      const parent = (hole - 1) >>> 1;
      const above = heap[parent] as number;
      if (!this.#before(slot, above)) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = slot;
  }

  #heapPop(): void {
    const heap = this.#heap;
    const last = heap.pop() as number;
    const length = heap.length;
    if (length === 0) return;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= length) break;
      if (child + 1 < length && this.#before(heap[child + 1] as number, heap[child] as number)) child++;
      const below = heap[child] as number;
      if (!this.#before(below, last)) break;
      heap[hole] = below;
      hole = child;
    }
    heap[hole] = last;
  }
}
