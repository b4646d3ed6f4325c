import type { Aside } from './cut.ts';
import { DeadlineHeap } from './deadline-heap.ts';
import type { Event } from './events.ts';
import { LeaseTable } from './lease-table.ts';
import { MessageState, type MessageTable, row } from './message-table.ts';
import type { Queue } from './queue.ts';
import { QueuesWithWork } from './queues-with-work.ts';

/**
 * Where a message is by its state: in one list of its queue, and among the deadlines while that state ends at a time.
 */
export class MessageLists {
  readonly #table: MessageTable;
  readonly withWork = new QueuesWithWork();
  readonly deadlines: DeadlineHeap;
  readonly leases = new LeaseTable();
  endedCount = 0;
  /** How many that wait or are reserved have a time to live. */
  expiringCount = 0;
  /**
   * Volatile: queues in which something became ready since the dispatcher last looked, each once, in the order in which
   * that happened. Linked with one another, so that a message costs nothing.
   */
  #firstWithNews: Queue | undefined;
  #lastWithNews: Queue | undefined;

  constructor(table: MessageTable) {
    this.#table = table;
    this.deadlines = new DeadlineHeap(table);
  }

  /** Puts a message of a queue to where its state wants it. `time` and `token` as in its record. */
  link(slot: number, queue: Queue, state: number, time: number, token: number): void {
    const page = this.#table.page(slot);
    page.state[row(slot)] = state;
    if (this.#isExpiring(slot)) this.expiringCount++;
    switch (state) {
      case MessageState.ready:
        if (queue.aside !== undefined && this.#joinAside(slot, queue, queue.aside)) return;
        queue.ready.insert(slot);
        queue.readyBytes += page.size[row(slot)];
        if (queue.ready.size === 1 && !queue.isPaused) this.withWork.add(queue);
        this.tell(queue);
        return;
      case MessageState.failed:
        if (queue.aside === undefined || !this.#joinAside(slot, queue, queue.aside))
          queue.failed.insert(slot);
        return;
      case MessageState.delayed:
        this.#delay(slot, queue);
        break;
      case MessageState.ended:
        queue.ended.push(slot);
        queue.endedBytes += page.size[row(slot)];
        this.endedCount++;
        break;
      default:
        queue.reserved.push(slot);
        this.leases.add(slot, { token, deadline: time, since: 0, holder: '', progress: '', isAttempt: true });
    }
    page.setDue(row(slot), time);
    // Without a time it is an open read.
    if (time > 0) this.deadlines.add(slot, time);
  }

  /** Takes a message out of where its state has put it. */
  unlink(slot: number, queue: Queue): void {
    const page = this.#table.page(slot);
    if (queue.discarded !== undefined || queue.aside !== undefined) this.#leaveCuts(slot, queue);
    if (this.#isExpiring(slot)) this.expiringCount--;
    switch (page.state[row(slot)]) {
      case MessageState.ready:
        if (queue.aside !== undefined && this.#leaveAside(slot, queue, queue.aside)) return;
        queue.ready.remove(slot);
        queue.readyBytes -= page.size[row(slot)];
        if (queue.ready.size === 0 && !queue.isPaused) this.withWork.remove(queue);
        return;
      case MessageState.failed:
        if (queue.aside === undefined || !this.#leaveAside(slot, queue, queue.aside))
          queue.failed.remove(slot);
        return;
      case MessageState.delayed:
        if (queue.aside !== undefined && this.#leaveAside(slot, queue, queue.aside)) break;
        queue.delayed.remove(slot);
        queue.delayedBytes -= page.size[row(slot)];
        break;
      case MessageState.ended:
        queue.ended.remove(slot);
        queue.endedBytes -= page.size[row(slot)];
        this.endedCount--;
        break;
      default:
        queue.reserved.remove(slot);
        this.leases.remove(slot);
    }
    this.clearDeadline(slot);
  }

  /** A message is among the deadlines exactly while it has a due time. */
  clearDeadline(slot: number): void {
    const page = this.#table.page(slot);
    if (page.due(row(slot)) === 0) return;
    this.deadlines.remove(slot);
    page.setDue(row(slot), 0);
  }

  setDeadline(slot: number, due: number): void {
    this.clearDeadline(slot);
    this.#table.page(slot).setDue(row(slot), due);
    this.deadlines.add(slot, due);
  }

  /** Puts a message that waits into the list of its state again, from which it was taken. */
  relink(slot: number, queue: Queue): void {
    const page = this.#table.page(slot);
    if (page.state[row(slot)] !== MessageState.delayed) {
      this.link(slot, queue, MessageState.ready, 0, 0);
      return;
    }
    this.#delay(slot, queue);
  }

  /** A message that is in no list any more is about to go. Those that have ended are counted by who took them out. */
  forget(slot: number): void {
    const state = this.#table.page(slot).state[row(slot)];
    if (this.#isExpiring(slot)) this.expiringCount--;
    if (state === MessageState.reserved || state === MessageState.cancelled) this.leases.remove(slot);
    this.clearDeadline(slot);
  }

  /** Whether a message is where a newer record of it, in the same queue, wants it to be. */
  isRight({ slot, state, order, priority, expires, time, token }: Event): boolean {
    const page = this.#table.page(slot);
    const i = row(slot);
    if (page.state[i] !== state || page.order[i] !== order || page.priority(i) !== priority) return false;
    if (page.expires(i) > 0 !== expires > 0) return false;
    if (state === MessageState.ready || state === MessageState.failed) return true;
    if (state === MessageState.delayed || state === MessageState.ended) return page.due(i) === time;
    const lease = this.leases.of(slot);
    return lease.token === token && lease.deadline === time;
  }

  /** The dispatcher is to look at a queue. */
  tell(queue: Queue): void {
    if (queue.hasNews) return;
    queue.hasNews = true;
    if (this.#lastWithNews === undefined) this.#firstWithNews = queue;
    else this.#lastWithNews.nextWithNews = queue;
    this.#lastWithNews = queue;
  }

  /** Takes out the first queue that the dispatcher is to look at. */
  takeNews(): Queue | undefined {
    const queue = this.#firstWithNews;
    if (queue === undefined) return undefined;
    this.#firstWithNews = queue.nextWithNews;
    if (this.#firstWithNews === undefined) this.#lastWithNews = undefined;
    queue.nextWithNews = undefined;
    queue.hasNews = false;
    return queue;
  }

  #delay(slot: number, queue: Queue): void {
    if (queue.aside !== undefined && this.#joinAside(slot, queue, queue.aside)) return;
    queue.delayed.push(slot);
    queue.delayedBytes += this.#table.page(slot).size[row(slot)];
  }

  /** What leaves another list than those of a cut is not covered when it comes back. */
  #leaveCuts(slot: number, queue: Queue): void {
    const page = this.#table.page(slot);
    queue.discarded?.leave(slot, page.order[row(slot)], page.state[row(slot)]);
    queue.aside?.leave(slot, page.order[row(slot)], page.state[row(slot)]);
  }

  /** Puts a message to what is aside, if that covers it. */
  #joinAside(slot: number, queue: Queue, aside: Aside): boolean {
    const page = this.#table.page(slot);
    const size = page.size[row(slot)];
    const state = page.state[row(slot)];
    if (!aside.holds(slot, page.order[row(slot)], state)) return false;
    if (state === MessageState.delayed) {
      aside.delayed.push(slot);
      aside.delayedBytes += size;
      queue.bytes -= size;
      return true;
    }
    aside.ready.insert(slot);
    if (state === MessageState.failed) return true;
    aside.readyBytes += size;
    queue.bytes -= size;
    return true;
  }

  /** Takes a message from what is aside, if that covers it. */
  #leaveAside(slot: number, queue: Queue, aside: Aside): boolean {
    const page = this.#table.page(slot);
    const size = page.size[row(slot)];
    const state = page.state[row(slot)];
    if (!aside.holds(slot, page.order[row(slot)], state)) return false;
    if (state === MessageState.delayed) {
      aside.delayed.remove(slot);
      aside.delayedBytes -= size;
      queue.bytes += size;
      return true;
    }
    aside.ready.remove(slot);
    if (state === MessageState.failed) return true;
    aside.readyBytes -= size;
    queue.bytes += size;
    return true;
  }

  /** Whether a message that waits or is reserved has a time to live. */
  #isExpiring(slot: number): boolean {
    const page = this.#table.page(slot);
    if (page.expires(row(slot)) === 0) return false;
    const state = page.state[row(slot)];
    return state !== MessageState.failed && state !== MessageState.ended;
  }
}
