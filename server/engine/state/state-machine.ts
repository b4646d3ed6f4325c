import type { Aside } from './cut.ts';
import { type Event, EventType } from './events.ts';
import { type FlowRules, isSameForGroups } from './flow.ts';
import type { LiveRecords } from './message-changes.ts';
import { MessageState, row } from './message-table.ts';
import type { Queue } from './queue.ts';
import { QueueChanges } from './queue-changes.ts';

/**
 * All queues and messages: deterministic, without clock, disk or chance.
 *
 * It changes by events, in `apply`: whoever applies the same events has the same state. The ledger appends an event to
 * the log and applies it here; a start and a follower apply the log's events.
 *
 *     ready -> reserved -> gone, or ended where its status is kept
 *     delayed -> ready        when its time has come
 *     reserved -> ready       released: aborted, or its connection or lease ended
 *     reserved -> delayed     failed, or its connection or lease ended once more: waits for its backoff; a job that
 *                             repeats: until its next time
 *     reserved -> failed      failed for the last time
 *     reserved -> cancelled   its job was cancelled meanwhile; once its holder is done with it, or its time is over, as
 *                             below `reserved`, but that it has no result
 *     failed -> ready         tried again
 *     any -> discarded        with very many others, by a purge or a drop; then gone, slice by slice (sweep.ts)
 *
 * Volatile is what is not on record and is derived again by whoever serves on from here (`rebuild`, and the parts of the
 * engine that watch the time):
 * - that something delayed became ready when its time came (`promote`), unless it repeats;
 * - the due time of a job that waits for its cron line, where the clocks differ (`postpone`, `Repeating.time`);
 * - of a lease its holder, its beginning and its progress, and that its deadline has passed (`lapse`);
 * - whose end somebody waits for, and to which of these something has happened (`awaitEnd`, `takeTold`);
 * - that what is to move or to be tried again is put aside meanwhile (`putAside`, cut.ts);
 * - how much of a queue may run (`setFlow`), and that nothing may be started for a time (`setHeld`);
 * - whose turn it is among groups: what is promoted joins them, and what is taken for good ends a turn (`endTurn`);
 * - the order in which queues with work are offered (`rotate`), which of them the dispatcher has not looked at;
 * - of error groups when the first and the last of them failed and what that said, and which have no room of their own;
 * - in which order messages have failed, where somebody needs that, and which queues nobody has looked at since;
 * - counters of queues, samples of ages, and which slots and queue numbers are free.
 */
export class State extends QueueChanges {
  /** Ends a replay: from here on identifiers are taken from this state. `live` is told all that lives. */
  rebuild(live: LiveRecords = this.live): void {
    if (live !== this.live) {
      this.live = live;
      for (const slot of this.table.slots()) {
        const page = this.table.page(slot);
        live.add(page.position[row(slot)], page.size[row(slot)]);
      }
    }
    this.table.rebuildFree();
    this.queues.rebuildFree();
    for (const queue of this.withWork) this.lists.tell(queue);
    for (const queue of this.withTakes) this.lists.tell(queue);
  }

  /** An event happens. `position`: where its record is in the log. */
  apply(event: Event, position: number): void {
    switch (event.type) {
      case EventType.message:
        return this.message(event, position);
      case EventType.reserve:
        return this.reserve(event);
      case EventType.release:
        return this.release(event);
      case EventType.delay:
        return this.delay(event);
      case EventType.death:
        return this.death(event);
      case EventType.done:
        return this.done(event);
      case EventType.cancel:
        return this.cancel(event);
      case EventType.cancelHeld:
        return this.cancelHeld(event);
      case EventType.unname:
        return this.unname(event);
      case EventType.queue:
        return this.queueIs(event.queue, event.name, event.isPaused);
      case EventType.queues:
        return this.queuesAre(event);
      case EventType.purge:
        return this.purge(event.queue);
      case EventType.drop:
        return this.drop(event.queue);
      case EventType.pause:
        return this.pause(event.queue);
      case EventType.resume:
        return this.resume(event.queue);
      case EventType.move:
        return this.move(event.queue, event.target);
      case EventType.identifiers:
        this.nextId = Math.max(this.nextId, event.order);
        return;
      case EventType.sweep:
        return this.sweepTo(event.slot);
      case EventType.transfer:
        return this.transfer(event);
    }
  }

  // Volatile changes.

  /** A delayed message's time has come; no record, since its due time is on record already. */
  promote(slot: number): void {
    const queue = this.queueOf(slot);
    this.lists.unlink(slot, queue);
    this.lists.link(slot, queue, MessageState.ready, 0, 0);
  }

  /** A delayed message becomes ready at another engine time than its record says: the clock on the wall was set. */
  postpone(slot: number, due: number): void {
    this.lists.setDeadline(slot, due);
  }

  /** A lease is over; what becomes of the message is about to be recorded. */
  lapse(slot: number): void {
    this.lists.clearDeadline(slot);
  }

  /** Who holds a message, and since when. */
  describeLease(slot: number, holder: string, since: number): void {
    this.leases.describe(slot, holder, since);
  }

  /** How far the holder of a message is. */
  setProgress(slot: number, text: string): void {
    this.leases.setProgress(slot, text);
  }

  /** Puts a queue behind all others from which something can be taken. */
  rotate(queue: Queue): void {
    this.lists.rotate(queue);
  }

  /** Takes a message that waits out of its queue's list for a moment; `putBack` ends that. */
  takeOut(slot: number): void {
    this.lists.unlink(slot, this.queueOf(slot));
  }

  putBack(slot: number): void {
    this.lists.relink(slot, this.queueOf(slot));
  }

  /** The queue in which something became ready first since it was last taken from here; undefined when there is none. */
  takeNews(): Queue | undefined {
    return this.lists.takeNews();
  }

  /** How much of a queue may run is another from now on. */
  setFlow(queue: Queue, flow: FlowRules): void {
    const isSame = isSameForGroups(queue.flow, flow);
    queue.flow = flow;
    if (!isSame) queue.ready.groups?.reorder();
    this.lists.offer(queue);
  }

  /** A message that waits is about to be taken for good: it is the turn of other groups first. */
  endTurn(slot: number): void {
    this.queueOf(slot).ready.endTurn(slot);
  }

  /** Nothing of a queue may be started for a time; or it may again. */
  setHeld(queue: Queue, isHeld: boolean): void {
    queue.isHeld = isHeld;
    this.lists.offer(queue);
  }

  /** Somebody waits for the end of a job, or nobody any more. */
  awaitEnd(slot: number, isAwaited: boolean): void {
    if (isAwaited) this.jobs.awaited.add(slot);
    else this.jobs.awaited.delete(slot);
  }

  /** The jobs whose end somebody waits for, and to which something has happened since they were last taken from here. */
  takeTold(): readonly number[] {
    return this.jobs.takeTold();
  }

  /** The time of a scheduled job that was missed is left out. */
  skipTo(slot: number, time: number): void {
    const job = this.repeating.get(slot);
    if (job !== undefined) job.time = time;
  }

  /** Puts aside what waits in a queue, or what failed: the queue answers as if it were gone. `takeBack` ends that. */
  putAside(queue: Queue, of: Aside['of']): Aside {
    const aside = queue.putAside(of, this.nextId);
    this.lists.offer(queue);
    return aside;
  }

  takeBack(queue: Queue): void {
    queue.takeBack();
    if (queue.failedCount > 0) this.failureNews.add(queue);
    this.lists.offer(queue);
    this.lists.tell(queue);
  }

  /** One that is aside is where it would be otherwise. */
  stay(slot: number): void {
    const queue = this.queueOf(slot);
    const state = this.stateOf(slot);
    const page = this.table.page(slot);
    const due = page.due(row(slot));
    const errors = state === MessageState.failed ? queue.errors : undefined;
    // Lest its error group goes with the last message in it.
    errors?.join(page.errorGroup(row(slot)), due, false);
    this.lists.unlink(slot, queue);
    queue.aside?.spare(slot, this.orderOf(slot));
    this.lists.link(slot, queue, state, due, 0);
    errors?.leave(page.errorGroup(row(slot)), false);
  }
}
