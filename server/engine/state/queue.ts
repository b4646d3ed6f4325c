import { Aside, type Cut } from './cut.ts';
import { type MessageTable, NONE } from './message-table.ts';
import { ReadyQueue } from './ready-queue.ts';
import { SlotList } from './slot-list.ts';

/** How many messages of all queues have expired, and how many were dropped for others, since the counters were reset. */
export class Losses {
  expired = 0;
  dropped = 0;
}

/**
 * One queue: its messages by their state, each of them in one list. There may be very many queues, most of which hold
 * a message or two, so a list comes with its first message.
 */
export class Queue {
  readonly number: number;
  readonly name: string;
  readonly #table: MessageTable;
  readonly #losses: Losses;
  #ready: ReadyQueue;
  #delayed: SlotList | undefined;
  #reserved: SlotList | undefined;
  #failed: ReadyQueue | undefined;
  #ended: SlotList | undefined;
  /** Slots by the ids that clients gave their jobs; undefined as long as none did. */
  jobs: Map<string, number> | undefined;
  /** Slots of those of them that repeat; undefined as long as none did. */
  repeating: Set<number> | undefined;
  isPaused = false;
  /** It is no queue any more, and what it had is discarded. */
  isDropped = false;
  /** Covers what of its messages is discarded. */
  discarded: Cut | undefined;
  /** Bytes that its messages take in the log. */
  bytes = 0;
  /** Bytes of those that are ready, and of those that are delayed. */
  readyBytes = 0;
  delayedBytes = 0;
  /** Bytes of the statuses of jobs that have ended. */
  endedBytes = 0;

  // Volatile from here on.

  /** What of its messages is aside. */
  aside: Aside | undefined;

  /** Its neighbours among the queues that something can be taken from. */
  previousWithWork: Queue | undefined;
  nextWithWork: Queue | undefined;
  /** Something became ready since the dispatcher last looked; and the next queue of which that is so. */
  hasNews = false;
  nextWithNews: Queue | undefined;
  /** Since the start or the last reset. */
  enqueued = 0;
  taken = 0;
  acknowledged = 0;
  #expired = 0;
  #dropped = 0;
  /** Uses that no counter tells of: those before the last reset, and requests about the whole queue. */
  #otherUses = 0;
  /** What `uses` was when somebody last looked; -1 when it was not idle then. Since when it is so, engine time. */
  usesSeen = -1;
  idleSince = 0;

  /** `losses`: of all queues, of those that are gone as well. */
  constructor(number: number, name: string, table: MessageTable, losses: Losses) {
    this.number = number;
    this.name = name;
    this.#table = table;
    this.#losses = losses;
    this.#ready = new ReadyQueue(table);
  }

  get ready(): ReadyQueue {
    return this.#ready;
  }

  get delayed(): SlotList {
    this.#delayed ??= new SlotList(this.#table);
    return this.#delayed;
  }

  /** Also those that are cancelled while they are reserved. */
  get reserved(): SlotList {
    this.#reserved ??= new SlotList(this.#table);
    return this.#reserved;
  }

  get failed(): ReadyQueue {
    this.#failed ??= new ReadyQueue(this.#table);
    return this.#failed;
  }

  /** Of jobs that have ended only their status is left. */
  get ended(): SlotList {
    this.#ended ??= new SlotList(this.#table);
    return this.#ended;
  }

  get delayedCount(): number {
    return this.#delayed?.size ?? 0;
  }

  get reservedCount(): number {
    return this.#reserved?.size ?? 0;
  }

  get failedCount(): number {
    return this.#failed?.size ?? 0;
  }

  get endedCount(): number {
    return this.#ended?.size ?? 0;
  }

  /** How many wait: for a reader, or for their time. */
  get waitingCount(): number {
    return this.ready.size + this.delayedCount;
  }

  /** Whether it has nothing at all, the statuses of jobs that have ended included. */
  get isEmpty(): boolean {
    return this.messageCount === 0 && this.aside === undefined;
  }

  /** Whether a read without further conditions finds something. */
  get hasWork(): boolean {
    return this.#ready.size > 0 && !this.isPaused;
  }

  /** The failed message that is next, or NONE. */
  get firstFailed(): number {
    return this.#failed?.peek() ?? NONE;
  }

  get messageCount(): number {
    return this.waitingCount + this.reservedCount + this.failedCount + this.endedCount;
  }

  /** Puts aside what waits, or what has failed, all of which has an id below `before`. */
  putAside(of: Aside['of'], before: number): Aside {
    if (of === 'failed') {
      this.aside = new Aside(of, before, this.failed, new SlotList(this.#table));
      this.#failed = undefined;
      return this.aside;
    }
    const aside = new Aside(of, before, this.#ready, this.delayed);
    aside.readyBytes = this.readyBytes;
    aside.delayedBytes = this.delayedBytes;
    this.bytes -= this.readyBytes + this.delayedBytes;
    this.readyBytes = this.delayedBytes = 0;
    this.#ready = new ReadyQueue(this.#table);
    this.#delayed = undefined;
    this.aside = aside;
    return aside;
  }

  /** Ends that: the queue has what is still aside. */
  takeBack(): void {
    const { of, ready, delayed, readyBytes, delayedBytes } = this.aside as Aside;
    this.aside = undefined;
    if (of === 'failed') {
      this.#failed = merged(this.failed, ready);
      return;
    }
    this.#ready = merged(this.#ready, ready);
    for (const slot of this.#delayed ?? []) delayed.push(slot);
    this.#delayed = delayed;
    this.readyBytes += readyBytes;
    this.delayedBytes += delayedBytes;
    this.bytes += readyBytes + delayedBytes;
  }

  /** All that waits, in no particular order. */
  waiting(): number[] {
    const slots = this.#ready.all();
    if (this.#delayed !== undefined) for (const slot of this.#delayed) slots.push(slot);
    return slots;
  }

  /** Takes out all that waits: the caller sees to each of them. */
  takeWaiting(): number[] {
    const slots = this.waiting();
    this.#ready = new ReadyQueue(this.#table);
    this.#delayed = undefined;
    this.readyBytes = this.delayedBytes = 0;
    return slots;
  }

  /** Takes out all that waits, at a cost that does not depend on how much it is. */
  discardWaiting(cut: Cut): void {
    this.discarded = cut;
    this.bytes -= this.readyBytes + this.delayedBytes;
    this.readyBytes = this.delayedBytes = 0;
    this.#ready.clear();
    this.#delayed = undefined;
  }

  /** The same for all that it has: it is no queue any more. */
  discardAll(): void {
    this.isDropped = true;
    this.jobs = this.repeating = undefined;
    this.#ready = new ReadyQueue(this.#table);
    this.#delayed = this.#reserved = this.#failed = this.#ended = undefined;
  }

  /** All that it has, in no particular order. */
  all(): number[] {
    const slots = this.waiting();
    for (const list of [this.#reserved, this.#ended, this.#failed?.all()]) {
      if (list !== undefined) for (const slot of list) slots.push(slot);
    }
    return slots;
  }

  /** Takes out all that it has, likewise. Slots may be freed only once they are in no list. */
  takeAll(): number[] {
    const slots = this.all();
    this.takeWaiting();
    this.#reserved = this.#failed = this.#ended = undefined;
    return slots;
  }

  get expired(): number {
    return this.#expired;
  }

  get dropped(): number {
    return this.#dropped;
  }

  countExpired(): void {
    this.#expired++;
    this.#losses.expired++;
  }

  countDropped(): void {
    this.#dropped++;
    this.#losses.dropped++;
  }

  /** Something was asked of it, or came, that is not counted. */
  use(): void {
    this.#otherUses++;
  }

  /** How often it was used: as long as this stays the same, it was not. */
  get uses(): number {
    return this.#otherUses + this.enqueued + this.taken + this.acknowledged + this.#expired + this.#dropped;
  }

  resetCounters(): void {
    this.#otherUses = this.uses;
    this.enqueued = this.taken = this.acknowledged = this.#expired = this.#dropped = 0;
  }
}

/** Both in one: the fewer go to the more. */
function merged(a: ReadyQueue, b: ReadyQueue): ReadyQueue {
  const [few, many] = a.size < b.size ? [a, b] : [b, a];
  for (const slot of few.all()) many.insert(slot);
  return many;
}
