import { type MessageTable, NONE, row } from './message-table.ts';
import { type Branch, HeapBranch, ListBranch } from './ordered-walk.ts';
import { SlotHeap } from './slot-heap.ts';
import { SlotList } from './slot-list.ts';

/**
 * The messages of one queue or group that are ready, or those that failed, by (priority, order).
 *
 * What arrives in order, which is nearly all, is a linked list; what does not (urgent, prepended, given back)
 * goes to a heap beside it. The next message is the smaller of the two heads.
 */
export class ReadyQueue extends SlotList {
  #heap: SlotHeap | undefined;

  override get size(): number {
    return super.size + (this.#heap?.size ?? 0);
  }

  insert(slot: number): void {
    const { tail } = this;
    if (tail === NONE || comesBefore(this.table, tail, slot)) {
      this.push(slot);
      return;
    }
    this.#heap ??= new SlotHeap(this.table);
    this.#heap.add(slot, this.table.page(slot).priority(row(slot)));
  }

  /** Forgets all, at a cost that does not depend on how many they are. */
  override clear(): void {
    super.clear();
    this.#heap = undefined;
  }

  /** The next slot, or NONE. */
  peek(): number {
    const { head } = this;
    if (this.#heap === undefined || this.#heap.size === 0) return head;
    const top = this.#heap.first;
    return head === NONE || comesBefore(this.table, top, head) ? top : head;
  }

  /** Removes a slot that is in here. */
  override remove(slot: number): void {
    if (this.#heap?.has(slot)) this.#heap.remove(slot);
    else super.remove(slot);
  }

  /** Whether a slot that is in here came in order. */
  isInList(slot: number): boolean {
    return this.#heap?.has(slot) !== true;
  }

  /** The beginnings of an ordered walk. It leaves out what comes before `near`, if that is in the list. */
  branches(near = NONE): Branch[] {
    const heap = this.#heap;
    const from = near !== NONE && this.isInList(near) ? near : this.head;
    return [
      ...(from === NONE ? [] : [new ListBranch(this.table, from)]),
      ...(heap === undefined || heap.size === 0 ? [] : [new HeapBranch(heap, 0)]),
    ];
  }

  /** All slots, in no particular order. */
  all(): number[] {
    const slots = this.#heap === undefined ? [] : [...this.#heap.items];
    for (const slot of this) slots.push(slot);
    return slots;
  }

  /** All slots, the next one first. */
  inOrder(): number[] {
    return this.all().sort((a, b) => (comesBefore(this.table, a, b) ? -1 : 1));
  }
}

/** Whether one message comes before another one. */
export function comesBefore(table: MessageTable, a: number, b: number): boolean {
  const pageA = table.page(a);
  const pageB = table.page(b);
  const byPriority = pageA.priority(row(a)) - pageB.priority(row(b));
  if (byPriority !== 0) return byPriority < 0;
  return pageA.order[row(a)] < pageB.order[row(b)];
}
