import type { WatchList } from '../../../shared/watch-list.ts';
import type { Delivery, ReadTarget, ReserveRequest } from '../api.ts';
import { type Completion, IGNORED } from '../completion.ts';
import { COST_OF_ONE_AMONG_MANY } from '../costs.ts';
import { attemptLimit, type Foundation } from '../foundation.ts';
import type { MessageRecord } from '../records.ts';
import { Count } from '../state/counters.ts';
import { MessageState, NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import type { Corrupt } from './corrupt.ts';
import { toDelivery } from './delivery.ts';
import { type Expired, LATER } from './expired.ts';
import type { Latencies } from './latencies.ts';
import type { Leases } from './leases.ts';
import type { Lifecycle } from './lifecycle.ts';
import { candidates, hasFor } from './queue-choice.ts';
import type { Rates } from './rates.ts';
import { WaitingReaders } from './waiting-readers.ts';

type Done = Completion<Delivery | undefined>;

/** Hands messages to readers: at once, when one comes, or when its body has come from the disk. */
export class Dispatcher {
  readonly #base: Foundation;
  readonly #lifecycle: Lifecycle;
  readonly #leases: Leases;
  readonly #expired: Expired;
  readonly #corrupt: Corrupt;
  readonly #rates: Rates;
  readonly #latencies: Latencies;
  readonly #readers: WaitingReaders;
  /** Reads whose body is on its way from the disk, and the lease that holds it for them. */
  readonly #loading = new Map<Done, number>();

  /** `catchUp` does what is due by now. */
  constructor(
    base: Foundation,
    lifecycle: Lifecycle,
    leases: Leases,
    expired: Expired,
    corrupt: Corrupt,
    rates: Rates,
    latencies: Latencies,
    catchUp: () => void,
  ) {
    this.#base = base;
    this.#lifecycle = lifecycle;
    this.#leases = leases;
    this.#expired = expired;
    this.#corrupt = corrupt;
    this.#rates = rates;
    this.#latencies = latencies;
    this.#readers = new WaitingReaders((done) => this.#endWait(done), catchUp);
  }

  reserve(request: ReserveRequest, done: Done): void {
    const { admission, state, ledger } = this.#base;
    if (admission.refuses(done)) return;
    if (admission.isCrowded()) {
      admission.waitOrRefuse(done, () => this.reserve(request, done));
      return;
    }
    const { watchList, mode } = request;
    const slot = watchList === undefined ? this.#find(request) : this.#findWatched(watchList, mode);
    if (slot === LATER) {
      admission.later(this.#expired.wantedSpace, done, () => this.reserve(request, done));
      return;
    }
    if (slot !== NONE) {
      if (watchList !== undefined) ledger.rotate(state.queueOf(slot));
      this.#hand(slot, request, done);
      return;
    }
    if (request.waitMs > 0) this.#readers.add(request, done);
    else this.#miss(done);
  }

  /** A look at the message that a read would get. */
  peek(target: ReadTarget, done: Done): void {
    const { state, ledger, records, admission } = this.#base;
    if (admission.mustQueue) {
      admission.wait(done, () => this.peek(target, done));
      return;
    }
    const slot = this.#findShown(target);
    if (slot === NONE) {
      this.#miss(done);
      return;
    }
    if (slot === LATER) {
      admission.later(this.#expired.wantedSpace, done, () => this.peek(target, done));
      return;
    }
    const attempt = this.#attempt(slot);
    const queue = state.queueOf(slot);
    const limit = attemptLimit(this.#base, slot);
    const jobId = state.jobIdOf(slot) ?? '';
    const deaths = state.deathsOf(slot);
    const group = state.groupOf(slot) ?? '';
    const order = state.orderOf(slot);
    records.use(
      slot,
      (record) => {
        const delivery = toDelivery(queue.name, record, attempt, limit, 0, jobId, deaths, group);
        ledger.whenCertain(done, delivery);
      },
      (problem) => this.#corrupt.settle(slot, order, problem, done, () => this.peek(target, done)),
    );
  }

  stopWaiting(done: Done): void {
    const { admission } = this.#base;
    if (this.#readers.remove(done) || (!this.#loading.has(done) && admission.leave(done)))
      this.#endWait(done);
    // What is only put off to the next turn is as good as under way; it asks how long it may wait.
  }

  abandon(done: Done): void {
    const { admission } = this.#base;
    if (this.#readers.remove(done) || admission.leaveTurn(done)) return;
    admission.leave(done);
    const token = this.#loading.get(done);
    if (token === undefined) return;
    this.#loading.delete(done);
    if (token > 0) this.#leases.release(token, 'unread', IGNORED);
  }

  /** Gives what has become ready to those who wait: the end of every operation. */
  drain(): void {
    const { ledger } = this.#base;
    // Serving may let dead letters arrive elsewhere.
    for (let queue = ledger.takeNews(); queue !== undefined; queue = ledger.takeNews()) this.#serve(queue);
  }

  /** There may be space again: gives all that is ready to those who wait. */
  drainAll(): void {
    const { withWork, withTakes } = this.#base.state;
    for (const queue of [...withWork, ...withTakes]) this.#serve(queue);
    this.drain();
  }

  /** How many wait for a message of a queue. */
  readersOf(name: string): number {
    return this.#readers.count(name);
  }

  /** Whether anybody waits for a message of a queue, and has named it. */
  isAwaited(name: string): boolean {
    return this.#readers.isNamed(name);
  }

  /** Answers all who still wait that they get nothing. */
  close(): void {
    for (const done of this.#readers.removeAll()) this.#endWait(done);
    for (const done of [...this.#loading.keys()]) {
      this.abandon(done);
      this.#endWait(done);
    }
  }

  #serve(queue: Queue): void {
    const { admission } = this.#base;
    while (!this.#readers.isEmpty && queue.offered !== 'nothing') {
      const reader = this.#readers.first(queue.name, queue.offered);
      if (reader === undefined || !admission.hasSpace()) return;
      const slot = this.#expired.next(queue);
      if (slot === NONE) return;
      if (slot === LATER) {
        admission.nextTurn(this.#expired.wantedSpace, () => this.#serve(queue));
        return;
      }
      // It keeps its turn until there is space; then the queue is served again.
      if (!this.#hasSpaceToHand(slot, reader.request)) return;
      this.#readers.remove(reader.done);
      this.#hand(slot, reader.request, reader.done);
    }
  }

  /** Nothing was there, which may be so because of takes that are still to be written. */
  #miss(done: Done): void {
    this.#base.ledger.whenWritten(done, undefined);
  }

  /** A wait is over, and nothing has come. Nobody is in a hurry for that, so it waits for all that the read may have seen. */
  #endWait(done: Done): void {
    this.#base.ledger.whenDurable(done, undefined);
  }

  /** The message that a read is to get: a slot, NONE or LATER. */
  #find(request: ReserveRequest): number {
    const queue = this.#base.state.queues.get(request.queue);
    if (queue === undefined || !(request.failed || hasFor(request.mode, queue))) return NONE;
    return this.#findIn(queue, request);
  }

  /** The message that a look is to show, though no reader may have it now if its queue is named: a slot, NONE or LATER. */
  #findShown(target: ReadTarget): number {
    if (target.watchList !== undefined) return this.#findWatched(target.watchList, 'open');
    const queue = this.#base.state.queues.get(target.queue);
    if (queue === undefined) return NONE;
    const slot = this.#findIn(queue, target);
    return slot === NONE && !target.failed ? this.#expired.first(queue) : slot;
  }

  #findIn(queue: Queue, target: ReadTarget): number {
    if (!target.failed) return this.#expired.next(queue);
    return target.jobId === '' ? queue.firstFailed : this.#base.state.failedJob(queue, target.jobId);
  }

  #findWatched(list: WatchList, mode: ReserveRequest['mode']): number {
    for (const queue of candidates(list, mode, this.#base.state)) {
      const slot = this.#expired.next(queue);
      if (slot !== NONE) return slot;
    }
    return NONE;
  }

  /** Gives a message to a reader: now or, when its body is not in memory, as soon as it is. */
  #hand(slot: number, request: ReserveRequest, done: Done): void {
    const { state, ledger, records, admission } = this.#base;
    if (!this.#hasSpaceToHand(slot, request)) {
      admission.waitOrRefuse(done, () => this.reserve(request, done));
      return;
    }
    const queue = state.queueOf(slot);
    const attempt = this.#attempt(slot);
    const record = records.find(slot);
    if (record === undefined) {
      this.#handLater(queue, slot, attempt, request, done);
      return;
    }
    if (!request.failed) this.#rates.started(queue);
    const isTaken = request.mode === 'take';
    // What is taken for good was held for a moment, if its status is to say who had it.
    const isHeld = !isTaken || (!request.failed && this.#lifecycle.needsRecord(slot));
    const token = isHeld ? this.#lease(queue, slot, attempt, request) : 0;
    const delivery = this.#delivery(queue, slot, record, attempt, isTaken ? 0 : token);
    this.#count(queue, record, request, delivery);
    if (isTaken && !isHeld && !request.failed) ledger.endTurn(slot);
    if (isTaken) this.#lifecycle.complete(slot, record);
    ledger.whenWritten(done, delivery);
  }

  /** Whether there is space for what handing a message to a reader leaves on record, where that is much. */
  #hasSpaceToHand(slot: number, { mode }: ReserveRequest): boolean {
    if (mode !== 'take' || !this.#lifecycle.needsRecord(slot)) return true;
    return this.#base.admission.hasSpace(this.#lifecycle.cost(slot) + COST_OF_ONE_AMONG_MANY);
  }

  #lease(queue: Queue, slot: number, attempt: number, request: ReserveRequest): number {
    return this.#base.ledger.reserve(slot, attempt, this.#deadline(queue, request), request.holder);
  }

  /** Reserves the message while its body is loaded, so that nobody else gets it and a crash gives it back. */
  #handLater(queue: Queue, slot: number, attempt: number, request: ReserveRequest, done: Done): void {
    const { state, ledger, records, admission } = this.#base;
    // What failed stays where it is, so that it remains failed: of those who load it the first one gets it.
    if (!request.failed) this.#rates.started(queue);
    const token = request.failed ? 0 : this.#lease(queue, slot, attempt, request);
    const { since } = state.leases.of(slot);
    this.#loading.set(done, token);
    const isTaken = request.mode === 'take';
    const use = (record: MessageRecord): void => {
      // The reader has gone.
      if (!this.#loading.has(done)) return;
      const isFound = (token === 0 ? this.#find(request) : state.slotOfLease(token)) === slot;
      const isCancelled = isFound && state.stateOf(slot) === MessageState.cancelled;
      const isThere = isFound && !isCancelled && state.orderOf(slot) === record.order;
      // What is held is so on record already.
      if (isThere && isTaken && !(admission.hasSpace() && this.#hasSpaceToHand(slot, request))) {
        admission.wait(done, () => use(record));
        return;
      }
      this.#loading.delete(done);
      if (isCancelled) this.#leases.release(token, 'unread', IGNORED);
      if (!isThere) {
        this.reserve(request, done);
        return;
      }
      const delivery = this.#delivery(queue, slot, record, attempt, isTaken ? 0 : token);
      this.#count(queue, record, request, delivery);
      if (isTaken) this.#lifecycle.complete(slot, record);
      ledger.whenWritten(done, delivery);
    };
    const order = state.orderOf(slot);
    records.use(slot, use, (problem) => {
      if (!this.#loading.delete(done)) return;
      const refuse = (error: Error): void => {
        if (token > 0) this.#leases.release(token, 'unread', IGNORED);
        done.reject(error);
      };
      const refused = { resolve: () => {}, reject: refuse };
      this.#corrupt.settle(slot, order, problem, refused, () => {
        this.#rates.giveBack(queue, since);
        this.reserve(request, done);
      });
    });
  }

  #count(queue: Queue, record: MessageRecord, { mode, failed }: ReserveRequest, delivery: Delivery): void {
    queue.count(mode === 'take' ? Count.removed : Count.delivered);
    if (failed || delivery.attempt > 1) return;
    this.#latencies.waited(queue, record, delivery.origin?.failedAt ?? 0, this.#base.clock());
  }

  #delivery(queue: Queue, slot: number, record: MessageRecord, attempt: number, token: number): Delivery {
    const { state } = this.#base;
    const limit = attemptLimit(this.#base, slot);
    const jobId = state.jobIdOf(slot) ?? '';
    const group = state.groupOf(slot) ?? '';
    return toDelivery(queue.name, record, attempt, limit, token, jobId, state.deathsOf(slot), group);
  }

  /** When a lease that starts now is over; 0 for what is no lease. */
  #deadline(queue: Queue, request: ReserveRequest): number {
    if (request.mode !== 'lease') return 0;
    return this.#base.clock() + (request.leaseMs || this.#base.policies.of(queue).leaseMs);
  }

  /** The number of the attempt that a reader makes; of a failed message, which had its last, that of the last. */
  #attempt(slot: number): number {
    const { state } = this.#base;
    const attempts = state.attemptsOf(slot);
    return state.stateOf(slot) === MessageState.failed ? attempts : attempts + 1;
  }
}
