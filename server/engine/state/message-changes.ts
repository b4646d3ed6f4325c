import { encodeAttempt, endedSilently, lastAttempts } from './attempt-history.ts';
import { type Event, NO_BYTES } from './events.ts';
import { type Job, jobOf } from './job-index.ts';
import { idOf, MessageState, row } from './message-table.ts';
import type { Queue } from './queue.ts';
import { StateView } from './state-view.ts';

/** Who is told which records of the log still count. */
export interface LiveRecords {
  add(position: number, size: number): void;
  remove(position: number, size: number): void;
}

/** What happens to single messages. */
export abstract class MessageChanges extends StateView {
  protected live: LiveRecords;

  constructor(live: LiveRecords) {
    super();
    this.live = live;
  }

  /** Frees at once all that is discarded. */
  abstract freeDiscarded(): void;

  /** A new message, or whatever its newer record says of one that is there. */
  protected message(event: Event, position: number): void {
    const { slot, order, token, enqueuedAt } = event;
    this.give(Math.max(idOf(order), token));
    const queue = this.queues.byNumber(event.queue);
    // A message of a queue that was dropped later, in a segment whose checkpoint no longer has the queue.
    if (queue === undefined) return;
    this.ages.note(idOf(order), enqueuedAt);
    // Earlier versions had its slot at once.
    if (this.sweep.isUnderWay && this.table.has(slot) && this.isDiscarded(slot)) this.freeDiscarded();
    if (this.table.has(slot)) {
      if (idOf(this.orderOf(slot)) === idOf(order)) {
        this.rewrite(event, position, queue);
        return;
      }
      this.remove(slot, this.queueOf(slot));
    }
    this.table.claim(slot);
    spare(slot, order, queue);
    const job = jobOf(event);
    this.fill(event, position, queue, job);
    if (job.jobId !== '') this.nameJob(event, queue, job);
    if (event.state === MessageState.failed) this.lists.noteError(slot, queue, event.error);
    this.lists.link(slot, queue, event.state, event.time, token);
    this.noteCancel(event, job);
  }

  protected rewrite(event: Event, position: number, to: Queue): void {
    const { slot, size, state } = event;
    const page = this.table.page(slot);
    const i = row(slot);
    const from = this.queueOf(slot);
    const job = jobOf(event);
    const stays = from === to && this.lists.isRight(event, from, job.group);
    if (!stays) this.lists.unlink(slot, from);
    this.live.remove(page.position[i], page.size[i]);
    from.bytes -= page.size[i];
    const growth = size - page.size[i];
    const counts = stays && from.aside?.holds(slot, event.order, state) ? from.aside : from;
    if (stays && state === MessageState.ready) counts.readyBytes += growth;
    if (stays && state === MessageState.delayed) counts.delayedBytes += growth;
    if (counts !== from && this.waits(slot)) from.bytes -= growth;
    if (stays && state === MessageState.ended) from.endedBytes += growth;
    const jobId = page.jobId(i);
    if (jobId !== undefined && (jobId !== job.jobId || from !== to)) this.jobs.remove(slot, from);
    if (from !== to) spare(slot, event.order, to);
    this.fill(event, position, to, job);
    if (job.jobId !== '') this.nameJob(event, to, job);
    if (stays) return;
    if (state === MessageState.failed) this.lists.noteError(slot, to, event.error);
    this.lists.link(slot, to, state, event.time, event.token);
    this.noteCancel(event, job);
  }

  /** A record of a job that was cancelled while it is held says when that was. */
  protected noteCancel({ slot, state, time }: Event, { end }: Job): void {
    if (state === MessageState.cancelled) this.leases.cancel(slot, end?.endedAt ?? 0, time);
  }

  protected reserve({ slot, order, attempts, token, time }: Event): void {
    this.give(token);
    if (!this.holds(slot, order)) return;
    const queue = this.queueOf(slot);
    const page = this.table.page(slot);
    const known = this.leases.of(slot);
    const isCancelled = page.state[row(slot)] === MessageState.cancelled;
    const isExtended = known.token === token;
    // Else it is only set aside.
    const isAttempt = isExtended ? known.isAttempt : attempts > page.attempts[row(slot)];
    this.lists.unlink(slot, queue);
    page.attempts[row(slot)] = attempts;
    if (isAttempt && !isExtended) queue.ready.endTurn(slot);
    const state = isCancelled ? MessageState.cancelled : MessageState.reserved;
    this.lists.link(slot, queue, state, time, token, isAttempt);
    if (isExtended) this.leases.add(slot, { ...known, deadline: time });
  }

  protected release(event: Event): void {
    this.comeBack(event, MessageState.ready, 0);
  }

  protected delay(event: Event): void {
    if (!this.comeBack(event, MessageState.delayed, event.time)) return;
    this.jobs.delay(event.slot, event.time);
  }

  protected death(event: Event): void {
    const { slot, attempts, startedAt, endedAt, holder, time } = event;
    if (!this.comeBack(event, time > 0 ? MessageState.delayed : MessageState.ready, time)) return;
    if (time > 0) this.jobs.delay(slot, time);
    const attempt = encodeAttempt(startedAt, endedAt, holder, endedSilently(attempts));
    const all = Buffer.concat([this.silentDeaths.get(slot) ?? NO_BYTES, attempt]);
    this.silentDeaths.set(slot, lastAttempts(all, all.length));
  }

  /** False where the message is not there any more. */
  protected comeBack(event: Event, state: MessageState, time: number): boolean {
    const { slot, order, attempts, deaths, diedSilently } = event;
    if (!this.holds(slot, order)) return false;
    const queue = this.queueOf(slot);
    const page = this.table.page(slot);
    this.lists.unlink(slot, queue);
    page.attempts[row(slot)] = attempts;
    page.setSetbacks(row(slot), deaths, diedSilently);
    this.lists.link(slot, queue, state, time, 0);
    this.jobs.tell(slot);
    return true;
  }

  protected done({ slot, order }: Event): void {
    if (this.holds(slot, order)) this.remove(slot, this.queueOf(slot));
  }

  protected cancel({ slot, order }: Event): void {
    if (!this.holds(slot, order)) return;
    this.jobs.tell(slot);
    const page = this.table.page(slot);
    if (page.state[row(slot)] !== MessageState.reserved) {
      this.remove(slot, this.queueOf(slot));
      return;
    }
    // By earlier versions.
    page.state[row(slot)] = MessageState.cancelled;
    this.jobs.cancel(slot, this.queueOf(slot));
  }

  protected cancelHeld({ slot, order, token, time, endedAt }: Event): void {
    this.give(token);
    if (!this.holds(slot, order)) return;
    this.jobs.tell(slot);
    const queue = this.queueOf(slot);
    if (this.isHeld(slot)) {
      this.table.page(slot).state[row(slot)] = MessageState.cancelled;
      this.lists.setDeadline(slot, time);
    } else {
      this.lists.unlink(slot, queue);
      this.lists.link(slot, queue, MessageState.cancelled, time, token, false);
    }
    this.leases.cancel(slot, endedAt, time);
    this.jobs.cancel(slot, queue);
  }

  /** The job has no id any more. */
  protected unname({ slot, order }: Event): void {
    if (!this.holds(slot, order) || this.jobIdOf(slot) === undefined) return;
    this.jobs.remove(slot, this.queueOf(slot));
  }

  protected transfer({ slot, order, target }: Event): void {
    const to = this.queues.byNumber(target);
    if (to === undefined || !this.holds(slot, order)) return;
    this.relocate(slot, this.queueOf(slot), to);
  }

  /** Notes that an id or token was given out. */
  protected give(id: number): void {
    if (id >= this.nextId) this.nextId = id + 1;
  }

  protected fill(event: Event, position: number, queue: Queue, job: Job): void {
    const { deaths, diedSilently, group, maxAttempts, backoff } = job;
    const page = this.table.page(event.slot);
    const i = row(event.slot);
    page.order[i] = event.order;
    page.setQueue(i, queue.number);
    page.attempts[i] = event.attempts;
    page.setSetbacks(i, deaths, diedSilently);
    page.setGroup(i, group === '' ? undefined : queue.nameOfGroup(group));
    page.setOwnRules(i, maxAttempts, backoff);
    page.setPriority(i, event.priority);
    page.setExpires(i, event.expires);
    page.position[i] = position;
    page.size[i] = event.size;
    queue.bytes += event.size;
    this.live.add(position, event.size);
    if (this.silentDeaths.size > 0) this.silentDeaths.delete(event.slot);
  }

  /** Gives a message the id of its job. Another one that has it stays without an id, if it runs or has failed, or else goes. */
  protected nameJob({ slot, time }: Event, queue: Queue, job: Job): void {
    const other = this.slotOfJob(queue, job.jobId);
    if (other !== undefined && other !== slot) {
      if (this.isHeld(other) || this.stateOf(other) === MessageState.failed) this.jobs.remove(other, queue);
      else this.remove(other, queue);
    }
    this.jobs.set(slot, queue, job, time);
  }

  protected relocate(slot: number, from: Queue, to: Queue): void {
    const page = this.table.page(slot);
    const i = row(slot);
    const state = page.state[i];
    const due = page.due(i);
    // With the last message in it the group goes.
    const errors = state === MessageState.failed ? from.errors?.at(page.errorGroup(i)) : undefined;
    this.lists.unlink(slot, from);
    if (errors !== undefined) this.lists.noteErrorLike(slot, to, errors);
    this.jobs.move(slot, from, to);
    from.bytes -= page.size[i];
    to.bytes += page.size[i];
    page.setQueue(i, to.number);
    const group = page.group(i);
    if (group !== undefined) page.setGroup(i, to.nameOfGroup(group));
    spare(slot, page.order[i], to);
    this.lists.link(slot, to, state, due, 0);
  }

  protected remove(slot: number, queue: Queue): void {
    this.lists.unlink(slot, queue);
    this.free(slot, queue);
  }

  /** Removes messages that are in no list any more. */
  protected freeAll(slots: readonly number[], queue: Queue): void {
    for (const slot of slots) {
      this.lists.forget(slot);
      this.free(slot, queue);
    }
  }

  protected free(slot: number, queue: Queue): void {
    const page = this.table.page(slot);
    const i = row(slot);
    if (page.jobId(i) !== undefined) this.jobs.remove(slot, queue);
    queue.bytes -= page.size[i];
    this.live.remove(page.position[i], page.size[i]);
    if (this.silentDeaths.size > 0) this.silentDeaths.delete(slot);
    this.table.free(slot);
  }
}

/** What comes into a queue is nothing of what is discarded or aside there, however old it is. */
function spare(slot: number, order: number, queue: Queue): void {
  queue.discarded?.spare(slot, order);
  queue.aside?.spare(slot, order);
}
