import { decodePage } from './checkpoint-page.ts';
import { Cut } from './cut.ts';
import { ALL_QUEUES, type Event } from './events.ts';
import { MessageChanges } from './message-changes.ts';
import { NONE, row } from './message-table.ts';
import { Queue } from './queue.ts';
import { comesBefore } from './ready-queue.ts';
import { DISCARDED_AT_ONCE } from './sweep.ts';

const NO_SLOTS: readonly number[] = [];

/** What happens to whole queues. */
export abstract class QueueChanges extends MessageChanges {
  /**
   * Frees at once all that is discarded: for those who only look at what a log has, and since earlier versions used slots
   * and numbers again at once.
   */
  freeDiscarded(): void {
    while (this.sweep.isUnderWay) this.sweepTo(NONE);
  }

  protected queueIs(number: number, name: string, isPaused: boolean): void {
    const known = this.queues.byNumber(number);
    // Earlier versions had its number at once.
    if (known?.isDropped) this.freeDiscarded();
    else if (known?.name === name) return;
    const queue = new Queue(number, name, this.table, this.queues.counters);
    queue.isPaused = isPaused;
    this.queues.add(queue);
  }

  /** Nothing new, unless it is in the first checkpoint there is. */
  protected queuesAre({ queue: from, target, page }: Event): void {
    const { queues } = this;
    if (queues.checkpoint.says(from, target, page)) return;
    const entries = decodePage(page);
    for (let number = from; number < Math.min(target, queues.end); number++) {
      if (queues.byNumber(number)?.name !== entries[number - from]?.name) this.drop(number);
    }
    for (const [i, entry] of entries.entries()) {
      if (entry === undefined) continue;
      this.queueIs(from + i, entry.name, entry.isPaused);
      if (entry.isPaused) this.pause(from + i);
      else this.resume(from + i);
    }
  }

  protected purge(number: number): void {
    const queue = this.queues.byNumber(number);
    const purged = number === ALL_QUEUES ? [...this.queues.all()] : queue === undefined ? [] : [queue];
    const cut = areMany(purged) ? new Cut('waiting', this.nextId) : undefined;
    if (cut !== undefined) this.sweep.want();
    for (const each of purged) {
      if (each.waitingCount === 0) continue;
      if (cut === undefined) this.freeWaiting(each);
      else this.discardWaiting(each, cut);
      this.lists.offer(each);
    }
    if (cut !== undefined) this.jobs.tellAll();
  }

  protected freeWaiting(queue: Queue): void {
    const slots = queue.takeWaiting();
    const kept = slots.filter((slot) => this.repeating.has(slot));
    this.freeAll(kept.length === 0 ? slots : slots.filter((slot) => !this.repeating.has(slot)), queue);
    for (const slot of kept) this.lists.relink(slot, queue);
  }

  /** The same for very many: they are freed by the sweep. */
  protected discardWaiting(queue: Queue, cut: Cut): void {
    const { repeating } = queue;
    const kept = repeating === undefined ? NO_SLOTS : [...repeating].filter((slot) => this.waits(slot));
    this.sweep.messages += queue.waitingCount - kept.length;
    this.sweep.bytes += queue.readyBytes + queue.delayedBytes;
    queue.discardWaiting(cut);
    this.sweep.addCut(queue);
    for (const slot of kept) {
      cut.spare(slot, this.orderOf(slot));
      this.sweep.bytes -= this.sizeOf(slot);
      queue.bytes += this.sizeOf(slot);
      this.lists.relink(slot, queue);
    }
  }

  protected drop(number: number): void {
    const queue = this.queues.byNumber(number);
    if (queue === undefined || queue.isDropped) return;
    this.failureNews.delete(queue);
    queue.errors?.drop();
    queue.errors = undefined;
    const count = queue.messageCount;
    this.lists.endedCount -= queue.endedCount;
    if (count <= DISCARDED_AT_ONCE && queue.discarded === undefined) {
      queue.jobs = undefined;
      this.freeAll(queue.takeAll(), queue);
      this.lists.offer(queue);
      this.queues.remove(queue);
      return;
    }
    this.sweep.messages += count;
    this.sweep.bytes += queue.bytes;
    this.jobs.drop(queue);
    this.jobs.tellAll();
    queue.discardAll();
    this.lists.offer(queue);
    this.queues.retire(queue);
    this.sweep.want();
    this.sweep.addDropped(queue);
  }

  /** Frees what is discarded, up to a slot; NONE: all behind the cursor, and that is the end of a round. */
  protected sweepTo(to: number): void {
    const { sweep, table } = this;
    const end = Math.min(to, table.end);
    for (let slot = sweep.cursor; slot < end; slot++) {
      if (table.has(slot) && this.isDiscarded(slot)) this.freeSlot(slot);
    }
    for (const queue of sweep.advance(to)) this.queues.freeNumber(queue);
  }

  protected freeSlot(slot: number): void {
    const page = this.table.page(slot);
    const i = row(slot);
    const queue = this.queueOf(slot);
    this.sweep.freed(page.size[i]);
    this.lists.forget(slot);
    if (page.jobId(i) !== undefined) this.jobs.remove(slot, queue);
    this.live.remove(page.position[i], page.size[i]);
    this.silentDeaths.delete(slot);
    this.table.free(slot);
  }

  protected pause(number: number): void {
    const queue = this.queues.byNumber(number);
    if (queue === undefined || queue.isPaused) return;
    queue.isPaused = true;
    this.lists.offer(queue);
    this.queues.checkpoint.change(queue);
  }

  protected resume(number: number): void {
    const queue = this.queues.byNumber(number);
    if (queue === undefined || !queue.isPaused) return;
    queue.isPaused = false;
    this.queues.checkpoint.change(queue);
    this.lists.offer(queue);
  }

  protected move(number: number, target: number): void {
    const from = this.queues.byNumber(number);
    const to = this.queues.byNumber(target);
    if (from === undefined || to === undefined) return;
    // In their order, which is that of the turns of their groups there.
    for (const slot of from.waiting().sort((a, b) => (comesBefore(this.table, a, b) ? -1 : 1))) {
      // A scheduled job stays where the configuration says.
      if (this.repeating.get(slot)?.recurrence.kind !== 'cron') this.relocate(slot, from, to);
    }
  }
}

/** Whether more waits in queues than goes at once. */
function areMany(queues: readonly Queue[]): boolean {
  let count = 0;
  for (const { waitingCount } of queues) {
    count += waitingCount;
    if (count > DISCARDED_AT_ONCE) return true;
  }
  return false;
}
