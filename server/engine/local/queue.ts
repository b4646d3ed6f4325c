import type { Policy } from '../policy.ts';
import type { MessageTable } from './message-table.ts';
import { ReadyOrder } from './ready-order.ts';
import { SlotList } from './slot-list.ts';

/** One queue: its messages by their state. Each of them is in one of these. */
export class Queue {
  readonly number: number;
  readonly name: string;
  readonly ready: ReadyOrder;
  readonly delayed: SlotList;
  /** Also those that are cancelled while they are reserved. */
  readonly reserved: SlotList;
  readonly failed: ReadyOrder;
  /** Of jobs that have ended only their status is left. */
  readonly finished: SlotList;
  /** Slots by the ids that clients gave their jobs; undefined as long as none did. */
  jobs: Map<string, number> | undefined;
  isPaused = false;
  /** Bytes that its messages take in the journal. */
  bytes = 0;
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
    this.ready = new ReadyOrder(table);
    this.delayed = new SlotList(table);
    this.reserved = new SlotList(table);
    this.failed = new ReadyOrder(table);
    this.finished = new SlotList(table);
  }

  resetCounters(): void {
    this.enqueued = this.taken = this.acknowledged = this.expired = this.dropped = 0;
  }
}
