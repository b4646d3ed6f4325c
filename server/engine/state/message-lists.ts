import type { Aside } from './cut.ts';
import { DeadlineHeap } from './deadline-heap.ts';
import type { ErrorGroup } from './error-group.ts';
import { ErrorGroups } from './error-groups.ts';
import { ErrorRanks } from './error-ranks.ts';
import type { Event } from './events.ts';
import { LeaseTable, NEW_LEASE } from './lease-table.ts';
import { MessageState, type MessageTable, row } from './message-table.ts';
import type { Queue } from './queue.ts';
import { QueuesWithWork } from './queues-with-work.ts';
import type { ReadyMessages } from './ready-messages.ts';

/**
 * Where a message is by its state: in one list of its queue, and among the deadlines while that state ends at a time.
 */
export class MessageLists {
  readonly #table: MessageTable;
  readonly withWork = new QueuesWithWork();
  /** Queues of which as many run as may, and that something can still be taken from for good. */
  readonly withTakes = new QueuesWithWork();
  readonly deadlines: DeadlineHeap;
  readonly leases = new LeaseTable();
  readonly errorRanks = new ErrorRanks();
  endedCount = 0;
  /** How many that wait or are reserved have a time to live. */
  expiringCount = 0;
  /** Volatile: queues in which something has failed since somebody last looked whether all of that is to be kept. */
  readonly failureNews = new Set<Queue>();
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

  /**
   * Puts a message of a queue to where its state wants it. `time` and `token` as in its record; `isAttempt`: see `Lease`.
   */
  link(slot: number, queue: Queue, state: number, time: number, token: number, isAttempt = true): void {
    const page = this.#table.page(slot);
    page.state[row(slot)] = state;
    if (this.#isExpiring(slot)) this.expiringCount++;
    switch (state) {
      case MessageState.ready:
        if (queue.aside !== undefined && this.#joinAside(slot, queue, queue.aside)) return;
        queue.ready.insert(slot);
        queue.readyBytes += page.size[row(slot)];
        this.offer(queue);
        this.tell(queue);
        return;
      case MessageState.failed:
        page.setDue(row(slot), time);
        this.failureNews.add(queue);
        if (queue.aside !== undefined && this.#joinAside(slot, queue, queue.aside)) {
          queue.errors?.join(page.errorGroup(row(slot)), time, true);
          return;
        }
        queue.errors?.join(page.errorGroup(row(slot)), time, false);
        queue.failed.insert(slot);
        return;
      case MessageState.delayed:
        this.#delay(slot, queue);
        break;
      case MessageState.ended:
        page.setDue(row(slot), time);
        queue.ended.add(slot);
        queue.endedBytes += page.size[row(slot)];
        this.endedCount++;
        break;
      default:
        queue.reserved.push(slot);
        this.leases.add(slot, { ...NEW_LEASE, token, deadline: time, isAttempt });
        this.#countRunning(slot, queue, 1);
        this.offer(queue);
    }
    page.setDue(row(slot), time);
    // Without a time it is an open read.
    if (time > 0) this.deadlines.add(slot, time);
  }

  /** A message is about to be linked as one that failed with that error. */
  noteError(slot: number, queue: Queue, error: Buffer): void {
    queue.errors ??= new ErrorGroups(queue.name, this.errorRanks);
    this.#table.page(slot).setErrorGroup(row(slot), queue.errors.numberOf(error));
  }

  /** The same of one that has failed and comes from a group of another queue. */
  noteErrorLike(slot: number, queue: Queue, group: ErrorGroup): void {
    queue.errors ??= new ErrorGroups(queue.name, this.errorRanks);
    this.#table.page(slot).setErrorGroup(row(slot), queue.errors.numberLike(group));
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
        this.offer(queue);
        return;
      case MessageState.failed:
        if (queue.aside !== undefined && this.#leaveAside(slot, queue, queue.aside)) {
          this.#leaveErrors(slot, queue, true);
        } else {
          this.#leaveErrors(slot, queue, false);
          queue.failed.remove(slot);
        }
        page.setDue(row(slot), 0);
        return;
      case MessageState.delayed:
        if (queue.aside !== undefined && this.#leaveAside(slot, queue, queue.aside)) break;
        queue.delayed.remove(slot);
        queue.delayedBytes -= page.size[row(slot)];
        queue.ready.endDelay(slot);
        this.offer(queue);
        break;
      case MessageState.ended:
        queue.ended.remove(slot);
        queue.endedBytes -= page.size[row(slot)];
        this.endedCount--;
        break;
      default:
        queue.reserved.remove(slot);
        this.#countRunning(slot, queue, -1);
        this.leases.remove(slot);
        this.offer(queue);
    }
    this.clearDeadline(slot);
  }

  /** A message that has not failed is among the deadlines exactly while it has a due time. */
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
    if (state === MessageState.failed) this.#table.page(slot).setDue(row(slot), 0);
    else this.clearDeadline(slot);
  }

  /** Whether a message is where a newer record of it, in its queue, wants it to be. `group`: '' for none. */
  isRight(event: Event, queue: Queue, group: string): boolean {
    const { slot, state, order, priority, expires, time, token, attempts, error } = event;
    const page = this.#table.page(slot);
    const i = row(slot);
    if ((page.group(i) ?? '') !== group) return false;
    // Whether its group waits for it.
    if (state === MessageState.delayed && page.attempts[i] > 0 !== attempts > 0) return false;
    if (page.state[i] !== state || page.order[i] !== order || page.priority(i) !== priority) return false;
    if (page.expires(i) > 0 !== expires > 0) return false;
    if (state === MessageState.ready) return true;
    if (state === MessageState.failed && queue.errors?.fits(page.errorGroup(i), error) !== true) return false;
    if (state !== MessageState.reserved && state !== MessageState.cancelled) return page.due(i) === time;
    const lease = this.leases.of(slot);
    return lease.token === token && lease.deadline === time;
  }

  /**
   * Puts a queue among those that readers look at, or takes it out: the end of all that may have changed what there is to
   * get from it. The dispatcher is told of what was not there before.
   */
  offer(queue: Queue): void {
    const { offer } = queue;
    if (offer === queue.offered) return;
    this.#listOf(queue)?.remove(queue);
    queue.offered = offer;
    if (offer === 'nothing') return;
    this.#listOf(queue)?.add(queue);
    this.tell(queue);
  }

  /** Puts a queue behind all others that have the same to offer. */
  rotate(queue: Queue): void {
    this.#listOf(queue)?.remove(queue);
    this.#listOf(queue)?.add(queue);
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

  #listOf({ offered }: Queue): QueuesWithWork | undefined {
    if (offered === 'all') return this.withWork;
    return offered === 'takes' ? this.withTakes : undefined;
  }

  #delay(slot: number, queue: Queue): void {
    if (queue.aside !== undefined && this.#joinAside(slot, queue, queue.aside)) return;
    queue.delayed.push(slot);
    queue.delayedBytes += this.#table.page(slot).size[row(slot)];
    queue.ready.delay(slot);
    this.offer(queue);
  }

  #leaveErrors(slot: number, queue: Queue, isAside: boolean): void {
    queue.errors?.leave(this.#table.page(slot).errorGroup(row(slot)), isAside);
    if (queue.errors?.isEmpty) queue.errors = undefined;
  }

  /** What was only set aside counts for no limit: it may be discarded before anybody gets it. */
  #countRunning(slot: number, queue: Queue, change: number): void {
    const group = this.#table.page(slot).group(row(slot));
    if (!this.leases.of(slot).isAttempt) queue.setAsideCount += change;
    else if (group !== undefined) queue.countRunning(group, change);
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
      (aside.ready as ReadyMessages).delay(slot);
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
      (aside.ready as ReadyMessages).endDelay(slot);
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
