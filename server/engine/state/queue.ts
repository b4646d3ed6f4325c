import type { Policy } from '../policy.ts';
import { type MessageTable, NONE } from './message-table.ts';
import { ReadyOrder } from './ready-queue.ts';
import { SlotList } from './slot-list.ts';

/**
 * One queue: its messages by their state, each of them in one list. There may be very many queues, most of which hold
 * a message or two, so a list comes with its first message.
 */
export class Queue {
  readonly number: number;
  readonly name: string;
  readonly #table: MessageTable;
  #ready: ReadyOrder;
  #delayed: SlotList | undefined;
  #reserved: SlotList | undefined;
  #failed: ReadyOrder | undefined;
  #finished: SlotList | undefined;
  /** Slots by the ids that clients gave their jobs; undefined as long as none did. */
  jobs: Map<string, number> | undefined;
  isPaused = false;
  /** Bytes that its messages take in the journal. */
  bytes = 0;
  /** Bytes of those that are ready. */
  readyBytes = 0;
  /** Bytes of the statuses of jobs that have ended. */
  finishedBytes = 0;
  /** Its neighbours among the queues that something can be taken from. */
  previousWaiting: Queue | undefined;
  nextWaiting: Queue | undefined;

  // What follows is not part of the replayed state.

  /** What the configuration says; undefined until it is asked. */
  policy: Policy | undefined;
  /** Since the start or the last reset. */
  enqueued = 0;
  taken = 0;
  acknowledged = 0;
  expired = 0;
  dropped = 0;

  constructor(number: number, name: string, table: MessageTable) {
    this.number = number;
    this.name = name;
    this.#table = table;
    this.#ready = new ReadyOrder(table);
  }

  get ready(): ReadyOrder {
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

  get failed(): ReadyOrder {
    this.#failed ??= new ReadyOrder(this.#table);
    return this.#failed;
  }

  /** Of jobs that have ended only their status is left. */
  get finished(): SlotList {
    this.#finished ??= new SlotList(this.#table);
    return this.#finished;
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

  get finishedCount(): number {
    return this.#finished?.size ?? 0;
  }

  /** How many wait: for a reader, or for their time. */
  get waitingCount(): number {
    return this.ready.size + this.delayedCount;
  }

  /** The failed message that is next, or NONE. */
  get firstFailed(): number {
    return this.#failed?.peek() ?? NONE;
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
    this.#ready = new ReadyOrder(this.#table);
    this.#delayed = undefined;
    this.readyBytes = 0;
    return slots;
  }

  /** All that it has, in no particular order. */
  all(): number[] {
    const slots = this.waiting();
    for (const list of [this.#reserved, this.#finished, this.#failed?.all()]) {
      if (list !== undefined) for (const slot of list) slots.push(slot);
    }
    return slots;
  }

  resetCounters(): void {
    this.enqueued = this.taken = this.acknowledged = this.expired = this.dropped = 0;
  }
}
