import { LatestFirst } from './latest-first.ts';
import type { MessageTable } from './message-table.ts';
import { ReadyQueue } from './ready-queue.ts';

/** The failed messages of one queue: by (priority, order), as they are read, and by when they failed. */
export class FailedMessages extends ReadyQueue {
  readonly byTime: LatestFirst;

  constructor(table: MessageTable) {
    super(table);
    this.byTime = new LatestFirst(table);
  }

  override insert(slot: number): void {
    super.insert(slot);
    this.byTime.add(slot);
  }

  override remove(slot: number): void {
    super.remove(slot);
    this.byTime.remove(slot);
  }
}
