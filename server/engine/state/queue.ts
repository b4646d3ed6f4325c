import { Count, type Counters, type Tally } from './counters.ts';
import { Aside, type Cut } from './cut.ts';
import type { ErrorGroups } from './error-groups.ts';
import { FailedMessages } from './failed-messages.ts';
import { type FlowRules, type GroupLimits, NO_LIMITS, type Offer } from './flow.ts';
import { LatestFirst } from './latest-first.ts';
import { type MessageTable, NONE } from './message-table.ts';
import { ReadyMessages } from './ready-messages.ts';
import { SlotList } from './slot-list.ts';

/** What tells that a queue is used. */
const USES = [
  Count.enqueued,
  Count.delivered,
  Count.removed,
  Count.completed,
  Count.expired,
  Count.dropped,
  Count.failedDropped,
];

/**
 * One queue: its messages by their state, each of them in one list. There may be very many queues, most of which hold
 * a message or two, so a list comes with its first message.
 */
export class Queue implements GroupLimits {
  readonly number: number;
  readonly name: string;
  readonly #table: MessageTable;
  readonly #counters: Counters;
  #ready: ReadyMessages;
  #delayed: SlotList | undefined;
  #reserved: SlotList | undefined;
  #failed: FailedMessages | undefined;
  #ended: LatestFirst | undefined;
  /** Slots by the ids that clients gave their jobs; undefined as long as none did. */
  jobs: Map<string, number> | undefined;
  /** Slots of those of them that repeat; undefined as long as none did. */
  repeating: Set<number> | undefined;
  /** Of its failed messages, those that are aside as well; undefined as long as none did. */
  errors: ErrorGroups | undefined;
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

  /** How much of what is reserved the engine has set aside for itself. */
  setAsideCount = 0;
  /** How much of it may run. */
  flow: FlowRules = NO_LIMITS;
  /** How many of a group are reserved, of those of which any are; undefined while none are. */
  #running: Map<string, number> | undefined;
  /** Nothing may be started before a time that whoever set this watches. */
  isHeld = false;

  /** What readers were last told that it has: it is in the list of such queues, between its neighbours. */
  offered: Offer = 'nothing';
  previousWithWork: Queue | undefined;
  nextWithWork: Queue | undefined;
  /** Something became ready since the dispatcher last looked; and the next queue of which that is so. */
  hasNews = false;
  nextWithNews: Queue | undefined;
  /** What has happened to it since the start; undefined as long as nothing has. */
  tally: Tally | undefined;
  /** Uses that no counter tells of: requests about the whole queue. */
  #otherUses = 0;
  /** What `uses` was when somebody last looked; -1 when it was not idle then. Since when it is so, engine time. */
  usesSeen = -1;
  idleSince = 0;

  constructor(number: number, name: string, table: MessageTable, counters: Counters) {
    this.number = number;
    this.name = name;
    this.#table = table;
    this.#counters = counters;
    this.#ready = new ReadyMessages(table, this);
  }

  get ready(): ReadyMessages {
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

  get failed(): FailedMessages {
    this.#failed ??= new FailedMessages(this.#table);
    return this.#failed;
  }

  /** Of jobs that have ended only their status is left; by when that is forgotten. */
  get ended(): LatestFirst {
    this.#ended ??= new LatestFirst(this.#table);
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

  /** What a read without further conditions finds now. */
  get offer(): Offer {
    if (this.#ready.size === 0 || this.isPaused || this.isHeld || this.#ready.next() === NONE)
      return 'nothing';
    return this.isFull ? 'takes' : 'all';
  }

  /** Whether as many are reserved as may be. What is taken for good is not bounded by that. */
  get isFull(): boolean {
    return this.reservedCount - this.setAsideCount >= this.flow.maxRunning;
  }

  /** Also those that are cancelled while they are reserved. */
  runningOf(group: string): number {
    return this.#running?.get(group) ?? 0;
  }

  /** So many messages more of a group, or fewer, are reserved. */
  countRunning(group: string, change: number): void {
    this.#running ??= new Map();
    const count = this.runningOf(group) + change;
    if (count > 0) this.#running.set(group, count);
    else this.#running.delete(group);
    if (this.#running.size === 0) this.#running = undefined;
    this.#ready.groups?.reconsider(group);
  }

  /** The name of a group, as its other messages have it, so that there is one string for all of them. */
  nameOfGroup(name: string): string {
    return this.#ready.groups?.nameOf(name) ?? name;
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
      this.errors?.putAside();
      return this.aside;
    }
    const aside = new Aside(of, before, this.#ready, this.delayed);
    aside.readyBytes = this.readyBytes;
    aside.delayedBytes = this.delayedBytes;
    this.bytes -= this.readyBytes + this.delayedBytes;
    this.readyBytes = this.delayedBytes = 0;
    this.#ready = new ReadyMessages(this.#table, this);
    this.#delayed = undefined;
    this.aside = aside;
    return aside;
  }

  /** Ends that: the queue has what is still aside. */
  takeBack(): void {
    const { of, ready, delayed, readyBytes, delayedBytes } = this.aside as Aside;
    this.aside = undefined;
    if (of === 'failed') {
      const [few, many] = bySize(this.failed, ready as FailedMessages);
      for (const slot of few.all()) many.insert(slot);
      this.#failed = many;
      this.errors?.takeBack();
      return;
    }
    const [few, many] = bySize(this.#ready, ready as ReadyMessages);
    many.absorb(few);
    // What is aside does not hear what runs.
    many.groups?.reorder();
    this.#ready = many;
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
    this.#ready = new ReadyMessages(this.#table, this);
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
    this.#ready = new ReadyMessages(this.#table, this);
    this.#delayed = this.#reserved = this.#failed = this.#ended = this.#running = undefined;
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
    this.#reserved = this.#failed = this.#ended = this.#running = undefined;
    return slots;
  }

  /** Something has happened to it, or to one of its messages. */
  count(what: Count): void {
    this.tally = this.#counters.count(this.name, this.tally, what);
  }

  /** How often since the counters were last reset. */
  countSinceReset(what: Count): number {
    return this.#counters.since(this.tally, what);
  }

  /** Something was asked of it, or came, that is not counted. */
  use(): void {
    this.#otherUses++;
  }

  /** How often it was used: as long as this stays the same, it was not. */
  get uses(): number {
    const counts = this.tally?.counts;
    if (counts === undefined) return this.#otherUses;
    return USES.reduce((sum, what) => sum + counts[what], this.#otherUses);
  }
}

/** The fewer first: they go to the more. */
function bySize<List extends FailedMessages | ReadyMessages>(a: List, b: List): [List, List] {
  return a.size < b.size ? [a, b] : [b, a];
}
