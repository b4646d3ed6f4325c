import { decodePage } from './checkpoint-page.ts';
import { type Aside, Cut } from './cut.ts';
import { ALL_QUEUES, type Event, EventType } from './events.ts';
import { type Job, jobOf } from './job-index.ts';
import { idOf, MessageState, NONE, row } from './message-table.ts';
import { Queue } from './queue.ts';
import { StateView } from './state-view.ts';
import { DISCARDED_AT_ONCE } from './sweep.ts';

const NO_SLOTS: readonly number[] = [];

/** Who is told which records of the log still count. */
export interface LiveRecords {
  add(position: number, size: number): void;
  remove(position: number, size: number): void;
}

/**
 * All queues and messages: deterministic, without clock, disk or chance.
 *
 * It changes by events, in `apply`: whoever applies the same events has the same state. The ledger appends an event to
 * the log and applies it here; a start and a follower apply the log's events.
 *
 *     ready -> reserved -> gone, or ended where its status is kept
 *     delayed -> ready        when its time has come
 *     reserved -> ready       released: aborted, or its connection or lease ended
 *     reserved -> delayed     failed, waits for its backoff; a job that repeats: until its next time
 *     reserved -> failed      failed for the last time
 *     reserved -> cancelled   its job was cancelled meanwhile; then gone
 *     failed -> ready         tried again
 *     any -> discarded        with very many others, by a purge or a drop; then gone, slice by slice (sweep.ts)
 *
 * Volatile is what is not on record and is derived again by whoever serves on from here (`rebuild`, and the parts of the
 * engine that watch the time):
 * - that something delayed became ready when its time came (`promote`), unless it repeats;
 * - the due time of a job that waits for its cron line, where the clocks differ (`postpone`, `Repeating.time`);
 * - of a lease its holder, its beginning and its progress, and that its deadline has passed (`lapse`);
 * - that what is to move or to be tried again is put aside meanwhile (`putAside`, cut.ts);
 * - the order in which queues with work are offered (`rotate`), which of them the dispatcher has not looked at;
 * - counters of queues, samples of ages, and which slots and queue numbers are free.
 */
export class State extends StateView {
  #live: LiveRecords;

  constructor(live: LiveRecords) {
    super();
    this.#live = live;
  }

  /** Ends a replay: from here on identifiers are taken from this state. `live` is told all that lives. */
  rebuild(live: LiveRecords = this.#live): void {
    if (live !== this.#live) {
      this.#live = live;
      for (const slot of this.table.slots()) {
        const page = this.table.page(slot);
        live.add(page.position[row(slot)], page.size[row(slot)]);
      }
    }
    this.table.rebuildFree();
    this.queues.rebuildFree();
    for (const queue of this.withWork) this.lists.tell(queue);
  }

  /** An event happens. `position`: where its record is in the log. */
  apply(event: Event, position: number): void {
    switch (event.type) {
      case EventType.message:
        return this.#message(event, position);
      case EventType.reserve:
        return this.#reserve(event);
      case EventType.release:
        return this.#release(event);
      case EventType.done:
        return this.#done(event);
      case EventType.cancel:
        return this.#cancel(event);
      case EventType.unname:
        return this.#unname(event);
      case EventType.queue:
        return this.#queue(event.queue, event.name, event.isPaused);
      case EventType.queues:
        return this.#queues(event);
      case EventType.purge:
        return this.#purge(event.queue);
      case EventType.drop:
        return this.#drop(event.queue);
      case EventType.pause:
        return this.#pause(event.queue);
      case EventType.resume:
        return this.#resume(event.queue);
      case EventType.move:
        return this.#move(event.queue, event.target);
      case EventType.identifiers:
        this.nextId = Math.max(this.nextId, event.order);
        return;
      case EventType.sweep:
        return this.#sweep(event.slot);
      case EventType.transfer:
        return this.#transfer(event);
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
    if (!queue.hasWork) return;
    this.withWork.remove(queue);
    this.withWork.add(queue);
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

  /** The time of a scheduled job that was missed is left out. */
  skipTo(slot: number, time: number): void {
    const job = this.repeating.get(slot);
    if (job !== undefined) job.time = time;
  }

  /** Puts aside what waits in a queue, or what failed: the queue answers as if it were gone. `takeBack` ends that. */
  putAside(queue: Queue, of: Aside['of']): Aside {
    if (of === 'waiting' && queue.hasWork) this.withWork.remove(queue);
    return queue.putAside(of, this.nextId);
  }

  takeBack(queue: Queue): void {
    if (queue.hasWork) this.withWork.remove(queue);
    queue.takeBack();
    this.#offer(queue);
  }

  /** One that is aside is where it would be otherwise. */
  stay(slot: number): void {
    const queue = this.queueOf(slot);
    const state = this.stateOf(slot);
    const due = this.table.page(slot).due(row(slot));
    this.lists.unlink(slot, queue);
    queue.aside?.spare(slot, this.orderOf(slot));
    this.lists.link(slot, queue, state, due, 0);
  }

  /**
   * Frees at once all that is discarded: for those who only look at what a log has, and since earlier versions used slots
   * and numbers again at once.
   */
  freeDiscarded(): void {
    while (this.sweep.isUnderWay) this.#sweep(NONE);
  }

  // What each event does.

  #queue(number: number, name: string, isPaused: boolean): void {
    const known = this.queues.byNumber(number);
    // Earlier versions had its number at once.
    if (known?.isDropped) this.freeDiscarded();
    else if (known?.name === name) return;
    const queue = new Queue(number, name, this.table, this.queues.losses);
    queue.isPaused = isPaused;
    this.queues.add(queue);
  }

  /** Nothing new, unless it is in the first checkpoint there is. */
  #queues({ queue: from, target, page }: Event): void {
    const { queues } = this;
    if (queues.checkpoint.says(from, target, page)) return;
    const entries = decodePage(page);
    for (let number = from; number < Math.min(target, queues.end); number++) {
      if (queues.byNumber(number)?.name !== entries[number - from]?.name) this.#drop(number);
    }
    for (const [i, entry] of entries.entries()) {
      if (entry === undefined) continue;
      this.#queue(from + i, entry.name, entry.isPaused);
      if (entry.isPaused) this.#pause(from + i);
      else this.#resume(from + i);
    }
  }

  /** A new message, or whatever its newer record says of one that is there. */
  #message(event: Event, position: number): void {
    const { slot, order, token, enqueuedAt } = event;
    this.#give(Math.max(idOf(order), token));
    const queue = this.queues.byNumber(event.queue);
    // A message of a queue that was dropped later, in a segment whose checkpoint no longer has the queue.
    if (queue === undefined) return;
    this.ages.note(idOf(order), enqueuedAt);
    // Earlier versions had its slot at once.
    if (this.sweep.isUnderWay && this.table.has(slot) && this.isDiscarded(slot)) this.freeDiscarded();
    if (this.table.has(slot)) {
      if (idOf(this.orderOf(slot)) === idOf(order)) {
        this.#update(event, position, queue);
        return;
      }
      this.#remove(slot, this.queueOf(slot));
    }
    this.table.claim(slot);
    spare(slot, order, queue);
    this.#fill(event, position, queue);
    const job = jobOf(event);
    if (job.jobId !== '') this.#name(event, queue, job);
    this.lists.link(slot, queue, event.state, event.time, token);
  }

  #update(event: Event, position: number, to: Queue): void {
    const { slot, size, state } = event;
    const page = this.table.page(slot);
    const i = row(slot);
    const from = this.queueOf(slot);
    const stays = from === to && this.lists.isRight(event);
    if (!stays) this.lists.unlink(slot, from);
    this.#live.remove(page.position[i], page.size[i]);
    from.bytes -= page.size[i];
    const growth = size - page.size[i];
    const counts = stays && from.aside?.holds(slot, event.order, state) ? from.aside : from;
    if (stays && state === MessageState.ready) counts.readyBytes += growth;
    if (stays && state === MessageState.delayed) counts.delayedBytes += growth;
    if (counts !== from && this.waits(slot)) from.bytes -= growth;
    if (stays && state === MessageState.ended) from.endedBytes += growth;
    const job = jobOf(event);
    const jobId = page.jobId(i);
    if (jobId !== undefined && (jobId !== job.jobId || from !== to)) this.jobs.remove(slot, from);
    if (from !== to) spare(slot, event.order, to);
    this.#fill(event, position, to);
    if (job.jobId !== '') this.#name(event, to, job);
    if (!stays) this.lists.link(slot, to, state, event.time, event.token);
  }

  #reserve({ slot, order, attempts, token, time }: Event): void {
    this.#give(token);
    if (!this.holds(slot, order)) return;
    const queue = this.queueOf(slot);
    const page = this.table.page(slot);
    const known = this.leases.of(slot);
    const isCancelled = page.state[row(slot)] === MessageState.cancelled;
    // Else it is only set aside.
    const isAttempt = attempts > page.attempts[row(slot)];
    this.lists.unlink(slot, queue);
    page.attempts[row(slot)] = attempts;
    const state = isCancelled ? MessageState.cancelled : MessageState.reserved;
    this.lists.link(slot, queue, state, time, token);
    if (known.token === token) this.leases.add(slot, { ...known, deadline: time });
    else if (!isAttempt) this.leases.add(slot, { ...this.leases.of(slot), isAttempt });
  }

  #release({ slot, order, attempts }: Event): void {
    if (!this.holds(slot, order)) return;
    const queue = this.queueOf(slot);
    this.lists.unlink(slot, queue);
    this.table.page(slot).attempts[row(slot)] = attempts;
    this.lists.link(slot, queue, MessageState.ready, 0, 0);
  }

  #done({ slot, order }: Event): void {
    if (this.holds(slot, order)) this.#remove(slot, this.queueOf(slot));
  }

  #cancel({ slot, order }: Event): void {
    if (!this.holds(slot, order)) return;
    const page = this.table.page(slot);
    if (page.state[row(slot)] === MessageState.reserved) page.state[row(slot)] = MessageState.cancelled;
    else this.#remove(slot, this.queueOf(slot));
  }

  /** The job has no id any more. */
  #unname({ slot, order }: Event): void {
    if (!this.holds(slot, order) || this.jobIdOf(slot) === undefined) return;
    this.jobs.remove(slot, this.queueOf(slot));
  }

  #purge(number: number): void {
    const queue = this.queues.byNumber(number);
    const purged = number === ALL_QUEUES ? [...this.queues.all()] : queue === undefined ? [] : [queue];
    const cut = areMany(purged) ? new Cut('waiting', this.nextId) : undefined;
    if (cut !== undefined) this.sweep.want();
    for (const each of purged) {
      if (each.waitingCount === 0) continue;
      if (each.hasWork) this.withWork.remove(each);
      if (cut === undefined) this.#freeWaiting(each);
      else this.#discardWaiting(each, cut);
    }
  }

  #freeWaiting(queue: Queue): void {
    const slots = queue.takeWaiting();
    const kept = slots.filter((slot) => this.repeating.has(slot));
    this.#freeAll(kept.length === 0 ? slots : slots.filter((slot) => !this.repeating.has(slot)), queue);
    for (const slot of kept) this.lists.relink(slot, queue);
  }

  /** The same for very many: they are freed by the sweep. */
  #discardWaiting(queue: Queue, cut: Cut): void {
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

  #drop(number: number): void {
    const queue = this.queues.byNumber(number);
    if (queue === undefined || queue.isDropped) return;
    if (queue.hasWork) this.withWork.remove(queue);
    const count = queue.messageCount;
    if (count <= DISCARDED_AT_ONCE && queue.discarded === undefined) {
      queue.jobs = undefined;
      this.#freeAll(queue.takeAll(), queue);
      this.queues.remove(queue);
      return;
    }
    this.sweep.messages += count;
    this.sweep.bytes += queue.bytes;
    this.lists.endedCount -= queue.endedCount;
    this.jobs.drop(queue);
    queue.discardAll();
    this.queues.retire(queue);
    this.sweep.want();
    this.sweep.addDropped(queue);
  }

  /** Frees what is discarded, up to a slot; NONE: all behind the cursor, and that is the end of a round. */
  #sweep(to: number): void {
    const { sweep, table } = this;
    const end = Math.min(to, table.end);
    for (let slot = sweep.cursor; slot < end; slot++) {
      if (table.has(slot) && this.isDiscarded(slot)) this.#freeDiscarded(slot);
    }
    for (const queue of sweep.advance(to)) this.queues.freeNumber(queue);
  }

  #freeDiscarded(slot: number): void {
    const page = this.table.page(slot);
    const i = row(slot);
    const queue = this.queueOf(slot);
    this.sweep.freed(page.size[i]);
    this.lists.forgetDiscarded(slot);
    if (page.jobId(i) !== undefined) this.jobs.remove(slot, queue);
    this.#live.remove(page.position[i], page.size[i]);
    this.table.free(slot);
  }

  #pause(number: number): void {
    const queue = this.queues.byNumber(number);
    if (queue === undefined || queue.isPaused) return;
    if (queue.hasWork) this.withWork.remove(queue);
    queue.isPaused = true;
    this.queues.checkpoint.change(queue);
  }

  #resume(number: number): void {
    const queue = this.queues.byNumber(number);
    if (queue === undefined || !queue.isPaused) return;
    queue.isPaused = false;
    this.queues.checkpoint.change(queue);
    this.#offer(queue);
  }

  /** A queue may have something for readers that it had not. */
  #offer(queue: Queue): void {
    if (!queue.hasWork) return;
    this.withWork.add(queue);
    this.lists.tell(queue);
  }

  #move(number: number, target: number): void {
    const from = this.queues.byNumber(number);
    const to = this.queues.byNumber(target);
    if (from === undefined || to === undefined) return;
    for (const slot of from.waiting()) {
      // A scheduled job stays where the configuration says.
      if (this.repeating.get(slot)?.recurrence.kind !== 'cron') this.#relocate(slot, from, to);
    }
  }

  #transfer({ slot, order, target }: Event): void {
    const to = this.queues.byNumber(target);
    if (to === undefined || !this.holds(slot, order)) return;
    this.#relocate(slot, this.queueOf(slot), to);
  }

  /** Notes that an id or token was given out. */
  #give(id: number): void {
    if (id >= this.nextId) this.nextId = id + 1;
  }

  #fill(event: Event, position: number, queue: Queue): void {
    const page = this.table.page(event.slot);
    const i = row(event.slot);
    page.order[i] = event.order;
    page.setQueue(i, queue.number);
    page.attempts[i] = event.attempts;
    page.setPriority(i, event.priority);
    page.setExpires(i, event.expires);
    page.position[i] = position;
    page.size[i] = event.size;
    queue.bytes += event.size;
    this.#live.add(position, event.size);
  }

  /** Gives a message the id of its job; of another one that has it that goes, or, while it runs, loses its id. */
  #name({ slot, time }: Event, queue: Queue, job: Job): void {
    const other = this.slotOfJob(queue, job.jobId);
    if (other !== undefined && other !== slot) {
      if (this.isHeld(other)) this.jobs.remove(other, queue);
      else this.#remove(other, queue);
    }
    this.jobs.set(slot, queue, job, time);
  }

  #relocate(slot: number, from: Queue, to: Queue): void {
    const page = this.table.page(slot);
    const i = row(slot);
    const state = page.state[i];
    const due = page.due(i);
    this.lists.unlink(slot, from);
    this.jobs.move(slot, from, to);
    from.bytes -= page.size[i];
    to.bytes += page.size[i];
    page.setQueue(i, to.number);
    spare(slot, page.order[i], to);
    this.lists.link(slot, to, state, due, 0);
  }

  #remove(slot: number, queue: Queue): void {
    this.lists.unlink(slot, queue);
    this.#free(slot, queue);
  }

  /** Removes messages that may be very many, and that are in no list any more. */
  #freeAll(slots: readonly number[], queue: Queue): void {
    this.lists.forget(slots);
    for (const slot of slots) this.#free(slot, queue);
  }

  #free(slot: number, queue: Queue): void {
    const page = this.table.page(slot);
    const i = row(slot);
    if (page.jobId(i) !== undefined) this.jobs.remove(slot, queue);
    queue.bytes -= page.size[i];
    this.#live.remove(page.position[i], page.size[i]);
    this.table.free(slot);
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

/** What comes into a queue is nothing of what is discarded or aside there, however old it is. */
function spare(slot: number, order: number, queue: Queue): void {
  queue.discarded?.spare(slot, order);
  queue.aside?.spare(slot, order);
}
