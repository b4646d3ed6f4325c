import type { MessageFields } from '../log/codec/message-record.ts';
import { Timetable } from './deadline-heap.ts';
import { ReservationTable } from './lease-table.ts';
import { at, MessageState, type MessageTable } from './message-table.ts';
import type { Queue } from './queue.ts';
import { WaitingQueues } from './queues-with-work.ts';

/**
 * Where a message is by its state: in one list of its queue, and in the timetable while that state ends at a time.
 */
export class Placement {
  readonly #table: MessageTable;
  /** The queues from which something can be taken. */
  readonly waiting = new WaitingQueues();
  readonly timetable: Timetable;
  readonly reservations = new ReservationTable();
  finishedCount = 0;
  /** How many that wait or are reserved have a time to live. */
  mortalCount = 0;

  constructor(table: MessageTable) {
    this.#table = table;
    this.timetable = new Timetable(table);
  }

  /** Puts a message of a queue to where its state wants it. `time` and `token` as in its record. */
  link(slot: number, queue: Queue, state: number, time: number, token: number): void {
    const page = this.#table.page(slot);
    page.state[at(slot)] = state;
    if (this.#isMortal(slot)) this.mortalCount++;
    switch (state) {
      case MessageState.ready:
        queue.ready.insert(slot);
        queue.readyBytes += page.size[at(slot)] as number;
        if (queue.ready.size === 1 && !queue.isPaused) this.waiting.add(queue);
        return;
      case MessageState.failed:
        queue.failed.insert(slot);
        return;
      case MessageState.delayed:
        queue.delayed.push(slot);
        break;
      case MessageState.finished:
        queue.finished.push(slot);
        queue.finishedBytes += page.size[at(slot)] as number;
        this.finishedCount++;
        break;
      default:
        queue.reserved.push(slot);
        this.reservations.add(slot, {
          token,
          deadline: time,
          since: 0,
          holder: '',
          progress: '',
          isAttempt: true,
        });
    }
    page.setDue(at(slot), time);
    // Without a time it is an open read.
    if (time > 0) this.timetable.add(slot, time);
  }

  /** Takes a message out of where its state has put it. */
  unlink(slot: number, queue: Queue): void {
    const page = this.#table.page(slot);
    if (this.#isMortal(slot)) this.mortalCount--;
    switch (page.state[at(slot)]) {
      case MessageState.ready:
        queue.ready.remove(slot);
        queue.readyBytes -= page.size[at(slot)] as number;
        if (queue.ready.size === 0 && !queue.isPaused) this.waiting.remove(queue);
        return;
      case MessageState.failed:
        queue.failed.remove(slot);
        return;
      case MessageState.delayed:
        queue.delayed.remove(slot);
        break;
      case MessageState.finished:
        queue.finished.remove(slot);
        queue.finishedBytes -= page.size[at(slot)] as number;
        this.finishedCount--;
        break;
      default:
        queue.reserved.remove(slot);
        this.reservations.remove(slot);
    }
    this.#untime(slot);
  }

  /** A message is in the timetable exactly while it has a due time. */
  #untime(slot: number): void {
    const page = this.#table.page(slot);
    if (page.due(at(slot)) === 0) return;
    this.timetable.remove(slot);
    page.setDue(at(slot), 0);
  }

  /** Puts a message that waits into the list of its state again, from which it was taken. */
  relink(slot: number, queue: Queue): void {
    const state = this.#table.page(slot).state[at(slot)];
    if (state === MessageState.delayed) queue.delayed.push(slot);
    else this.link(slot, queue, MessageState.ready, 0, 0);
  }

  /** Messages that are in no list any more are about to go. They may be most of all there are. */
  forget(slots: readonly number[]): void {
    let timed = 0;
    for (const slot of slots) {
      const page = this.#table.page(slot);
      if (page.due(at(slot)) > 0) timed++;
      if (this.#isMortal(slot)) this.mortalCount--;
      switch (page.state[at(slot)]) {
        case MessageState.reserved:
        case MessageState.cancelled:
          this.reservations.remove(slot);
          break;
        case MessageState.finished:
          this.finishedCount--;
      }
    }
    const isMuch = timed > this.timetable.size / 16;
    if (timed === 0) return;
    for (const slot of slots) {
      if (isMuch) this.#table.page(slot).setDue(at(slot), 0);
      else this.#untime(slot);
    }
    if (isMuch) this.timetable.keep((slot) => this.#table.page(slot).due(at(slot)) > 0);
  }

  /** A delayed message becomes ready at another engine time than its record says: the wall clock was set. */
  postpone(slot: number, due: number): void {
    this.timetable.remove(slot);
    this.#table.page(slot).setDue(at(slot), due);
    this.timetable.add(slot, due);
  }

  /** A lease is over; what becomes of the message is about to be recorded. */
  lapse(slot: number): void {
    this.#untime(slot);
  }

  /** Whether a message is where a newer record of it, in the same queue, wants it to be. */
  isRight({ slot, state, sequence, priority, expires, time, token }: MessageFields): boolean {
    const page = this.#table.page(slot);
    const i = at(slot);
    if (page.state[i] !== state || page.sequence[i] !== sequence || page.priority(i) !== priority)
      return false;
    if (page.expires(i) > 0 !== expires > 0) return false;
    if (state === MessageState.ready || state === MessageState.failed) return true;
    if (state === MessageState.delayed || state === MessageState.finished) return page.due(i) === time;
    const reservation = this.reservations.of(slot);
    return reservation.token === token && reservation.deadline === time;
  }

  /** Whether a message that waits or is reserved has a time to live. */
  #isMortal(slot: number): boolean {
    const page = this.#table.page(slot);
    if (page.expires(at(slot)) === 0) return false;
    const state = page.state[at(slot)];
    return state !== MessageState.failed && state !== MessageState.finished;
  }
}
