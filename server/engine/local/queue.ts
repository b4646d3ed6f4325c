import type { MessageTable } from './message-table.ts';
import { ReadyOrder } from './ready-order.ts';

/** One queue: what is ready and what failed, in order, and how much of everything there is. */
export class Queue {
  readonly number: number;
  readonly name: string;
  readonly ready: ReadyOrder;
  readonly failed: ReadyOrder;
  readyCount = 0;
  delayedCount = 0;
  reservedCount = 0;
  failedCount = 0;
  /** Bytes that its messages take in the journal. */
  bytes = 0;
  /** Since the start or the last reset; not part of the replayed state. */
  enqueued = 0;
  taken = 0;
  acknowledged = 0;
  expired = 0;

  constructor(number: number, name: string, table: MessageTable) {
    this.number = number;
    this.name = name;
    this.ready = new ReadyOrder(table);
    this.failed = new ReadyOrder(table);
  }

  resetCounters(): void {
    this.enqueued = this.taken = this.acknowledged = this.expired = 0;
  }
}
