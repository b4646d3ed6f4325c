import { type Completion, type Delivery, IGNORED, type QueueName, type ReserveRequest } from '../engine.ts';
import type { WatchList } from '../watch-list.ts';
import type { Core } from './core.ts';
import { toDelivery } from './delivery.ts';
import type { MessageReader } from './journal/message-record.ts';
import { at, MessageState, NONE } from './message-table.ts';
import type { Queue } from './queue.ts';
import { candidates } from './selection.ts';
import { Waiters } from './waiters.ts';

type Done = Completion<Delivery | undefined>;

/** Hands messages to readers: at once, when one comes, or when its body has come from the disk. */
export class Deliveries {
  readonly #core: Core;
  readonly waiters = new Waiters();
  /** Reads whose body is on its way from the disk, and the reservation that holds it for them. */
  readonly #loading = new Map<Done, number>();

  constructor(core: Core) {
    this.#core = core;
  }

  reserve(request: ReserveRequest, done: Done): void {
    if (this.#core.refuses(done)) return;
    if (this.#core.isCrowded()) {
      this.#core.stallOrRefuse(done, () => this.reserve(request, done));
      return;
    }
    const { watchList } = request;
    const isHanded =
      watchList === undefined ? this.#takeFrom(request, done) : this.#takeFromAny(watchList, request, done);
    if (isHanded) return;
    if (request.waitMs > 0) this.waiters.add(request, done);
    else done.resolve(undefined);
  }

  /** A look at the next message, of those that wait or of those that failed. */
  peek(name: QueueName, failed: boolean, done: Done): void {
    const { state, recorder, journal, stalled } = this.#core;
    if (!stalled.isEmpty && journal.roomProblem === undefined) {
      stalled.add(done, () => this.peek(name, failed, done));
      return;
    }
    const queue = state.queues.get(name);
    const slot = queue === undefined ? NONE : failed ? queue.failed.peek() : this.#core.nextReady(queue);
    if (slot === NONE) {
      done.resolve(undefined);
      return;
    }
    const attempt = this.#attempt(slot);
    recorder.withRecord(
      slot,
      (record) => done.resolve(toDelivery(name, record, attempt, 0)),
      (problem) => done.reject(problem),
    );
  }

  stopWaiting(queue: QueueName, done: Done): void {
    if (this.waiters.remove(queue, done) || (!this.#loading.has(done) && this.#core.stalled.remove(done))) {
      done.resolve(undefined);
    }
  }

  abandon(queue: QueueName, done: Done): void {
    if (this.waiters.remove(queue, done)) return;
    this.#core.stalled.remove(done);
    const token = this.#loading.get(done);
    if (token === undefined) return;
    this.#loading.delete(done);
    if (token > 0) this.#core.outcomes.release(token, false, IGNORED);
  }

  /** Gives what is ready to those who wait. */
  serve(queue: Queue): void {
    while (!this.waiters.isEmpty) {
      const waiter = this.waiters.first(queue.name);
      if (waiter === undefined || !this.#core.journal.hasRoomForOutcome()) return;
      const slot = this.#core.nextReady(queue);
      if (slot === NONE) return;
      this.waiters.remove(queue.name, waiter.done);
      this.#hand(queue, slot, waiter.request, waiter.done);
    }
  }

  /** Answers all who still wait that they get nothing. */
  close(): void {
    this.waiters.close();
    for (const done of [...this.#loading.keys()]) {
      this.abandon('', done);
      done.resolve(undefined);
    }
  }

  #takeFrom(request: ReserveRequest, done: Done): boolean {
    const queue = this.#core.state.queues.get(request.queue);
    if (queue === undefined) return false;
    const slot = request.failed ? queue.failed.peek() : this.#core.nextReady(queue);
    if (slot === NONE) return false;
    this.#hand(queue, slot, request, done);
    return true;
  }

  #takeFromAny(list: WatchList, request: ReserveRequest, done: Done): boolean {
    const { state } = this.#core;
    for (const queue of candidates(list, state)) {
      const slot = this.#core.nextReady(queue);
      if (slot === NONE) continue;
      this.#hand(queue, slot, request, done);
      state.rotate(queue);
      return true;
    }
    return false;
  }

  /** Gives a message to a reader: now or, when its body is not in memory, as soon as it is. */
  #hand(queue: Queue, slot: number, request: ReserveRequest, done: Done): void {
    const attempt = this.#attempt(slot);
    queue.taken++;
    const record = this.#core.recorder.find(slot);
    if (record === undefined) {
      this.#handLater(queue, slot, attempt, request, done);
      return;
    }
    const isTaken = request.mode === 'take';
    const token = isTaken ? 0 : this.#core.reserve(slot, attempt, this.#deadline(queue, request));
    const delivery = toDelivery(queue.name, record, attempt, token);
    if (isTaken) this.#core.finish(slot);
    this.#core.journal.committer.whenWritten(done, delivery);
  }

  /** Reserves the message while its body is loaded, so that nobody else gets it and a crash gives it back. */
  #handLater(queue: Queue, slot: number, attempt: number, request: ReserveRequest, done: Done): void {
    const { state, recorder, journal, stalled } = this.#core;
    // What failed stays where it is, so that it remains failed: of those who load it the first one gets it.
    const token = request.failed ? 0 : this.#core.reserve(slot, attempt, this.#deadline(queue, request));
    this.#loading.set(done, token);
    const use = (record: MessageReader): void => {
      // The reader has gone.
      if (!this.#loading.has(done)) return;
      if (!journal.hasRoomForOutcome()) {
        stalled.add(done, () => use(record));
        return;
      }
      this.#loading.delete(done);
      const isThere = token === 0 ? queue.failed.peek() === slot : state.slotOfToken(token) === slot;
      if (!isThere || state.table.page(slot).sequence[at(slot)] !== record.sequence) {
        this.reserve(request, done);
        return;
      }
      const isTaken = request.mode === 'take';
      const delivery = toDelivery(queue.name, record, attempt, isTaken ? 0 : token);
      if (isTaken) this.#core.finish(slot);
      journal.committer.whenWritten(done, delivery);
    };
    recorder.load(slot).then(use, (problem: Error) => {
      if (this.#loading.delete(done)) done.reject(problem);
    });
  }

  /** When a lease that starts now is over; 0 for what is no lease. */
  #deadline(queue: Queue, request: ReserveRequest): number {
    if (request.mode !== 'lease') return 0;
    return this.#core.clock() + (request.leaseMs || this.#core.policyOf(queue.name).leaseMs);
  }

  /** The number of the attempt that a reader makes; of a failed message, which had its last, that of the last. */
  #attempt(slot: number): number {
    const page = this.#core.state.table.page(slot);
    const attempts = page.attempts[at(slot)] as number;
    return page.state[at(slot)] === MessageState.failed ? attempts : attempts + 1;
  }
}
