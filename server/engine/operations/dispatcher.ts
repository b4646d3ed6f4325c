import type { WatchList } from '../../../shared/watch-list.ts';
import { type Completion, type Delivery, IGNORED, type ReadTarget, type ReserveRequest } from '../api.ts';
import { type Core, LATER } from '../core.ts';
import type { MessageReader } from '../log/codec/message-record.ts';
import { RESERVE_SIZE } from '../log/codec/record.ts';
import { at, MessageState, NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import { toDelivery } from './delivery.ts';
import { candidates } from './queue-choice.ts';
import { Waiters } from './waiting-readers.ts';

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
    const slot = watchList === undefined ? this.#find(request) : this.#findWatched(watchList);
    if (slot === LATER) {
      this.#core.tryLater(done, () => this.reserve(request, done));
      return;
    }
    if (slot !== NONE) {
      this.#hand(slot, request, done);
      return;
    }
    if (request.waitMs > 0) this.waiters.add(request, done);
    else done.resolve(undefined);
  }

  /** A look at the message that a read would get. */
  peek(target: ReadTarget, done: Done): void {
    const { state, recorder, journal, stalled, losses } = this.#core;
    if (!stalled.isEmpty && journal.roomProblem === undefined) {
      stalled.add(done, () => this.peek(target, done));
      return;
    }
    const queue = state.queues.get(target.queue);
    const slot = queue === undefined ? NONE : this.#findIn(queue, target);
    if (slot === NONE) {
      done.resolve(undefined);
      return;
    }
    if (slot === LATER) {
      this.#core.tryLater(done, () => this.peek(target, done));
      return;
    }
    const attempt = this.#attempt(slot);
    const jobId = this.#jobId(slot);
    const sequence = state.table.page(slot).sequence[at(slot)] as number;
    recorder.withRecord(
      slot,
      (record) => done.resolve(toDelivery(target.queue, record, attempt, 0, jobId)),
      (problem) => {
        if (losses.settle(slot, sequence, problem)) this.peek(target, done);
        else done.reject(problem);
      },
    );
  }

  stopWaiting(done: Done): void {
    if (this.waiters.remove(done) || (!this.#loading.has(done) && this.#core.stalled.remove(done))) {
      done.resolve(undefined);
    }
    // What is only put off to the next turn is as good as under way; it asks how long it may wait.
  }

  abandon(done: Done): void {
    if (this.waiters.remove(done)) return;
    if (this.#core.deferred.remove(done)) return;
    this.#core.stalled.remove(done);
    const token = this.#loading.get(done);
    if (token === undefined) return;
    this.#loading.delete(done);
    if (token > 0) this.#core.outcomes.release(token, false, IGNORED);
  }

  /** Gives what is ready to those who wait. */
  serve(queue: Queue): void {
    while (!this.waiters.isEmpty && !queue.isPaused) {
      const waiter = this.waiters.first(queue.name);
      if (waiter === undefined || !this.#core.journal.hasRoomForOutcome()) return;
      const slot = this.#core.nextReady(queue);
      if (slot === NONE) return;
      if (slot === LATER) {
        this.#core.nextTurn(() => this.serve(queue));
        return;
      }
      // It keeps its turn until there is room; then the queue is served again.
      if (!this.#hasRoomToHand(slot, waiter.request)) return;
      this.waiters.remove(waiter.done);
      this.#hand(slot, waiter.request, waiter.done);
    }
  }

  /** Answers all who still wait that they get nothing. */
  close(): void {
    this.waiters.close();
    for (const done of [...this.#loading.keys()]) {
      this.abandon(done);
      done.resolve(undefined);
    }
  }

  /** The message that a read is to get: a slot, NONE or LATER. */
  #find(request: ReserveRequest): number {
    const queue = this.#core.state.queues.get(request.queue);
    if (queue === undefined || (queue.isPaused && !request.failed)) return NONE;
    return this.#findIn(queue, request);
  }

  #findIn(queue: Queue, target: ReadTarget): number {
    if (!target.failed) return this.#core.nextReady(queue);
    return target.jobId === '' ? queue.firstFailed : this.#core.state.failedJob(queue, target.jobId);
  }

  #findWatched(list: WatchList): number {
    const { state } = this.#core;
    for (const queue of candidates(list, state)) {
      const slot = this.#core.nextReady(queue);
      if (slot === NONE) continue;
      if (slot !== LATER) state.rotate(queue);
      return slot;
    }
    return NONE;
  }

  /** Gives a message to a reader: now or, when its body is not in memory, as soon as it is. */
  #hand(slot: number, request: ReserveRequest, done: Done): void {
    const { journal, recorder, endings, state } = this.#core;
    if (!this.#hasRoomToHand(slot, request)) {
      this.#core.stallOrRefuse(done, () => this.reserve(request, done));
      return;
    }
    const queue = state.queueOf(slot);
    const attempt = this.#attempt(slot);
    queue.taken++;
    const record = recorder.find(slot);
    if (record === undefined) {
      this.#handLater(queue, slot, attempt, request, done);
      return;
    }
    const isTaken = request.mode === 'take';
    // What is taken for good was held for a moment, if its status is to say who had it.
    const isHeld = !isTaken || (!request.failed && endings.needsRecord(slot));
    const token = isHeld ? this.#reserve(queue, slot, attempt, request) : 0;
    const delivery = toDelivery(queue.name, record, attempt, isTaken ? 0 : token, this.#jobId(slot));
    if (isTaken) endings.complete(slot, record);
    journal.committer.whenWritten(done, delivery);
  }

  /** Whether there is room for what handing a message to a reader leaves on record, where that is much. */
  #hasRoomToHand(slot: number, { mode }: ReserveRequest): boolean {
    const { journal, endings } = this.#core;
    if (mode !== 'take' || !endings.needsRecord(slot)) return true;
    return journal.hasRoomForOutcome(endings.size(slot, 0) + RESERVE_SIZE);
  }

  #reserve(queue: Queue, slot: number, attempt: number, request: ReserveRequest): number {
    return this.#core.reserve(slot, attempt, this.#deadline(queue, request), request.holder);
  }

  /** Reserves the message while its body is loaded, so that nobody else gets it and a crash gives it back. */
  #handLater(queue: Queue, slot: number, attempt: number, request: ReserveRequest, done: Done): void {
    const { state, recorder, journal, stalled, endings, losses, outcomes } = this.#core;
    // What failed stays where it is, so that it remains failed: of those who load it the first one gets it.
    const token = request.failed ? 0 : this.#reserve(queue, slot, attempt, request);
    this.#loading.set(done, token);
    const use = (record: MessageReader): void => {
      // The reader has gone.
      if (!this.#loading.has(done)) return;
      if (!journal.hasRoomForOutcome(endings.size(slot, 0))) {
        stalled.add(done, () => use(record));
        return;
      }
      this.#loading.delete(done);
      const isThere = (token === 0 ? this.#find(request) : state.reservations.slotOf(token)) === slot;
      if (!isThere || state.table.page(slot).sequence[at(slot)] !== record.sequence) {
        queue.taken--;
        this.reserve(request, done);
        return;
      }
      const isTaken = request.mode === 'take';
      const delivery = toDelivery(queue.name, record, attempt, isTaken ? 0 : token, this.#jobId(slot));
      if (isTaken) endings.complete(slot, record);
      journal.committer.whenWritten(done, delivery);
    };
    const sequence = state.table.page(slot).sequence[at(slot)] as number;
    recorder.load(slot).then(use, (problem: Error) => {
      if (!this.#loading.delete(done)) return;
      queue.taken--;
      if (losses.settle(slot, sequence, problem)) {
        this.reserve(request, done);
        return;
      }
      if (token > 0) outcomes.release(token, false, IGNORED);
      done.reject(problem);
    });
  }

  /** When a lease that starts now is over; 0 for what is no lease. */
  #deadline(queue: Queue, request: ReserveRequest): number {
    if (request.mode !== 'lease') return 0;
    return this.#core.clock() + (request.leaseMs || this.#core.policy(queue).leaseMs);
  }

  #jobId(slot: number): string {
    return this.#core.state.table.page(slot).jobId(at(slot)) ?? '';
  }

  /** The number of the attempt that a reader makes; of a failed message, which had its last, that of the last. */
  #attempt(slot: number): number {
    const page = this.#core.state.table.page(slot);
    const attempts = page.attempts[at(slot)] as number;
    return page.state[at(slot)] === MessageState.failed ? attempts : attempts + 1;
  }
}
