import { type MessageTable, NONE, row } from './message-table.ts';
import { SlotHeap } from './slot-heap.ts';
import { SlotList } from './slot-list.ts';

/**
 * The messages of one queue that are ready, or those that failed, by (priority, order).
 *
 * What arrives in order, which is nearly all, is a linked list; what does not (urgent, prepended, given back)
 * goes to a heap beside it. The next message is the smaller of the two heads.
 */
export class ReadyQueue {
  readonly #table: MessageTable;
  readonly #list: SlotList;
  #heap: SlotHeap | undefined;

  constructor(table: MessageTable) {
    this.#table = table;
    this.#list = new SlotList(table);
  }

  get size(): number {
    return this.#list.size + (this.#heap?.size ?? 0);
  }

  insert(slot: number): void {
    const { tail } = this.#list;
    if (tail === NONE || comesBefore(this.#table, tail, slot)) {
      this.#list.push(slot);
      return;
    }
    this.#heap ??= new SlotHeap(this.#table);
    this.#heap.add(slot, this.#table.page(slot).priority(row(slot)));
  }

  /** Forgets all, at a cost that does not depend on how many they are. */
  clear(): void {
    this.#list.clear();
    this.#heap = undefined;
  }

  /** The next slot, or NONE. */
  peek(): number {
    const { head } = this.#list;
    if (this.#heap === undefined || this.#heap.size === 0) return head;
    const top = this.#heap.first;
    return head === NONE || comesBefore(this.#table, top, head) ? top : head;
  }

  /** Removes a slot that is in here. */
  remove(slot: number): void {
    if (this.#heap?.has(slot)) this.#heap.remove(slot);
    else this.#list.remove(slot);
  }

  /** All slots, in no particular order. */
  all(): number[] {
    const slots = this.#heap === undefined ? [] : [...this.#heap.slots];
    for (const slot of this.#list) slots.push(slot);
    return slots;
  }

  /** All slots, the next one first. */
  inOrder(): number[] {
    return this.all().sort((a, b) => (comesBefore(this.#table, a, b) ? -1 : 1));
  }
}

function comesBefore(table: MessageTable, a: number, b: number): boolean {
  const pageA = table.page(a);
  const pageB = table.page(b);
  const byPriority = pageA.priority(row(a)) - pageB.priority(row(b));
  if (byPriority !== 0) return byPriority < 0;
  return pageA.order[row(a)] < pageB.order[row(b)];
}
