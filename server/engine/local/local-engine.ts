import { QueueFullError, StoppingError } from '../../../shared/errors.ts';
import {
  type Completion,
  type Delivery,
  type EngineStats,
  type EnqueueRequest,
  type FailRequest,
  MAX_ERROR_LENGTH,
  type QueueEngine,
  type QueueName,
  type QueueStats,
  type ReserveRequest,
} from '../engine.ts';
import { backoffMs, type Policy } from '../policy.ts';
import type { WatchList } from '../watch-list.ts';
import type { AgeIndex } from './age-index.ts';
import { Cleaner } from './cleaner.ts';
import type { Clock } from './clock.ts';
import { toDelivery } from './delivery.ts';
import { Journal, type JournalOptions } from './journal/journal.ts';
import { LiveBytes } from './journal/live-bytes.ts';
import { type MessageReader, messageSize, QUEUE_OPERATION_SIZE, queueSize } from './journal/record.ts';
import { at, MessageState, NONE } from './message-table.ts';
import type { Queue } from './queue.ts';
import { Recorder } from './recorder.ts';
import { candidates } from './selection.ts';
import { Stalled } from './stalled.ts';
import { State } from './state.ts';
import { turn } from './turn.ts';
import { Waiters } from './waiters.ts';

export interface LocalEngineOptions extends JournalOptions {
  readonly clock: Clock;
  /** The policy of a queue, by its name. */
  readonly policy: (queue: QueueName) => Policy;
  readonly maxQueues: number;
}

/** Longest exptime that is relative, seconds (protocol.txt, "Expiration times"). */
const LONGEST_RELATIVE = 60 * 60 * 24 * 30;
/** Epoch seconds; the journal has 32 bits for them. */
const LATEST_EXPIRY = 2 ** 32 - 1;
/** Failed messages that are put back in one turn. */
const RETRIED_PER_TURN = 100;
/** Most delays and leases that end in one turn. */
const DUE_PER_TURN = 1000;
/** setTimeout takes no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const IGNORED: Completion<unknown> = { resolve() {}, reject() {} };

type ReserveDone = Completion<Delivery | undefined>;

/** Queues in memory and their history in a journal, all in this process. */
export class LocalEngine implements QueueEngine {
  readonly #clock: Clock;
  readonly #policy: (queue: QueueName) => Policy;
  readonly #maxQueues: number;
  readonly #live = new LiveBytes();
  readonly #state = new State(this.#live);
  readonly #journal: Journal;
  readonly #recorder: Recorder;
  readonly #cleaner: Cleaner;
  readonly #waiters = new Waiters();
  readonly #ages: AgeIndex;
  readonly #stalled = new Stalled();
  /** Reads whose body is on its way from the disk, and the reservation that holds it for them. */
  readonly #loading = new Map<ReserveDone, number>();
  #dueTimer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #stopping = false;
  #enqueued = 0;

  private constructor(options: LocalEngineOptions) {
    this.#clock = options.clock;
    this.#policy = options.policy;
    this.#maxQueues = options.maxQueues;
    const state = this.#state;
    this.#ages = state.ages;
    const checkpoint = { nextId: () => state.nextId, queues: () => state.queues.values() };
    this.#journal = new Journal(
      options,
      state,
      this.#live,
      checkpoint,
      () => this.#onRoom(),
      () => this.#cleaner.check(),
    );
    this.#recorder = new Recorder(this.#journal, state);
    this.#cleaner = new Cleaner(this.#journal, state, this.#recorder);
  }

  /** Replays the journal and makes ready to serve. Rejects with DiskError, DamagedError, TryLaterError. */
  static async open(options: LocalEngineOptions): Promise<LocalEngine> {
    const engine = new LocalEngine(options);
    try {
      await engine.#start();
    } catch (error) {
      await engine.#journal.close();
      throw error;
    }
    return engine;
  }

  async #start(): Promise<void> {
    const state = this.#state;
    state.table.rebuildFree();
    state.nextId = Math.max(state.nextId, this.#journal.recovered.nextId);
    await this.#journal.start();
    // Whoever held these is gone; the attempt was counted when it began.
    for (const slot of state.opened()) this.release(state.reservationOf(slot).token, true, IGNORED);
    this.#watchDue();
    this.#cleaner.check();
  }

  /** What the start found. */
  get recovered(): { messages: number; queues: number; segments: number; tornBytes: number } {
    const { segments, tornBytes } = this.#journal.recovered;
    return {
      messages: this.#state.table.size,
      queues: this.#state.queues.size,
      segments: segments.length,
      tornBytes,
    };
  }

  enqueue(request: EnqueueRequest, done: Completion<void>): void {
    if (this.#enqueueNow(request, done)) return;
    const { queue, flags, exptime, ahead, start, end } = request;
    const body = Buffer.from(request.body.subarray(start, end));
    this.#enqueueLater({ queue, flags, exptime, ahead, body, start: 0, end: end - start }, done);
  }

  #enqueueLater(request: EnqueueRequest, done: Completion<void>): void {
    this.#stalled.add(done, () => {
      if (!this.#enqueueNow(request, done)) this.#enqueueLater(request, done);
    });
  }

  /** Stores or refuses it; false when it has to wait for room. */
  #enqueueNow(request: EnqueueRequest, done: Completion<void>): boolean {
    if (this.#refuses(done)) return true;
    if (this.#state.queues.size >= this.#maxQueues && !this.#state.queues.has(request.queue)) {
      done.reject(new QueueFullError(`there are ${this.#maxQueues} queues already`));
      return true;
    }
    if (this.#stalled.isEmpty && this.#journal.hasRoom(this.#recordSize(request))) {
      this.#store(request, done);
      return true;
    }
    if (this.#journal.roomProblem === undefined) return false;
    done.reject(this.#journal.roomProblem);
    return true;
  }

  /** Bytes that storing takes, the record of a new queue included. */
  #recordSize({ queue, start, end }: EnqueueRequest): number {
    const size = messageSize(0, end - start);
    return this.#state.queues.has(queue) ? size : size + queueSize(queue.length);
  }

  #store(request: EnqueueRequest, done: Completion<void>): void {
    const queue = this.#state.queues.get(request.queue) ?? this.#createQueue(request.queue);
    queue.enqueued++;
    this.#enqueued++;
    const now = this.#clock();
    const expires = this.#expiry(request, now);
    if (expires < 0) {
      // What is dead on arrival leaves no record but the count.
      queue.expired++;
      done.resolve();
      return;
    }
    this.#ages.note(this.#state.nextId, now);
    this.#recorder.enqueue(queue, request, now, expires);
    this.#journal.committer.whenSynced(done, undefined);
    if (!this.#waiters.isEmpty) this.#serve(queue);
  }

  reserve(request: ReserveRequest, done: ReserveDone): void {
    if (this.#refuses(done)) return;
    if (!this.#stalled.isEmpty || !this.#journal.hasRoomForOutcome()) {
      this.#stallOrRefuse(done, this.reserve.bind(this, request, done));
      return;
    }
    const isHanded =
      request.watchList === undefined
        ? this.#takeFrom(request, done)
        : this.#takeFromAny(request.watchList, request, done);
    if (isHanded) return;
    if (request.waitMs > 0) this.#waiters.add(request, done);
    else done.resolve(undefined);
  }

  #takeFrom(request: ReserveRequest, done: ReserveDone): boolean {
    const queue = this.#state.queues.get(request.queue);
    if (queue === undefined) return false;
    const slot = request.failed ? queue.failed.peek() : this.#nextReady(queue);
    if (slot === NONE) return false;
    this.#hand(queue, slot, request, done);
    return true;
  }

  #takeFromAny(list: WatchList, request: ReserveRequest, done: ReserveDone): boolean {
    for (const queue of candidates(list, this.#state)) {
      const slot = this.#nextReady(queue);
      if (slot === NONE) continue;
      this.#hand(queue, slot, request, done);
      this.#state.rotate(queue);
      return true;
    }
    return false;
  }

  stopWaiting(queue: QueueName, done: ReserveDone): void {
    if (this.#waiters.remove(queue, done)) done.resolve(undefined);
  }

  abandon(queue: QueueName, done: ReserveDone): void {
    if (this.#waiters.remove(queue, done)) return;
    const token = this.#loading.get(done);
    if (token === undefined) return;
    this.#loading.delete(done);
    if (token > 0) this.release(token, false, IGNORED);
  }

  complete(token: number, done: Completion<boolean>): void {
    const slot = this.#reserved(token, done);
    if (slot === undefined) return;
    if (!this.#journal.hasRoomForOutcome()) {
      this.#stalled.add(done, this.complete.bind(this, token, done));
      return;
    }
    this.#state.queueOf(slot).acknowledged++;
    this.#finish(slot);
    this.#journal.committer.whenWritten(done, true);
  }

  release(token: number, counted: boolean, done: Completion<boolean>): void {
    const slot = this.#reserved(token, done);
    if (slot === undefined) return;
    if (!this.#journal.hasRoomForOutcome()) {
      this.#stalled.add(done, this.release.bind(this, token, counted, done));
      return;
    }
    this.#giveBack(slot, counted);
    this.#journal.committer.whenWritten(done, true);
  }

  extend(token: number, leaseMs: number, done: Completion<boolean>): void {
    const slot = this.#reserved(token, done);
    if (slot === undefined) return;
    if (this.#state.reservationOf(slot).deadline === 0) {
      done.resolve(true);
      return;
    }
    if (!this.#journal.hasRoomForOutcome()) {
      this.#stalled.add(done, this.extend.bind(this, token, leaseMs, done));
      return;
    }
    const attempts = this.#state.table.page(slot).attempts[at(slot)] as number;
    const policy = this.#policy(this.#state.queueOf(slot).name);
    this.#reserve(slot, attempts, this.#clock() + (leaseMs || policy.leaseMs), token);
    this.#journal.committer.whenWritten(done, true);
  }

  fail(request: FailRequest, done: Completion<boolean>): void {
    const slot = this.#reserved(request.token, done);
    if (slot === undefined) return;
    const error = Buffer.from(request.error.subarray(0, MAX_ERROR_LENGTH));
    this.#recorder.withRecord(
      slot,
      (record) => {
        if (this.#state.slotOfToken(request.token) !== slot) {
          done.resolve(false);
          return;
        }
        if (!this.#journal.hasRoomForOutcome(messageSize(error.length, record.bodyLength))) {
          this.#stalled.add(done, this.fail.bind(this, { ...request, error }, done));
          return;
        }
        this.#failed(slot, record, error, request.final);
        this.#journal.committer.whenSynced(done, true);
      },
      (problem) => done.reject(problem),
    );
  }

  #failed(slot: number, record: MessageReader, error: Buffer, final: boolean): void {
    const queue = this.#state.queueOf(slot);
    const attempts = this.#state.table.page(slot).attempts[at(slot)] as number;
    const policy = this.#policy(queue.name);
    const now = this.#clock();
    if (final || attempts >= policy.maxAttempts) {
      this.#recorder.change(slot, record, MessageState.failed, now, error, attempts);
      return;
    }
    const delay = backoffMs(policy.backoff, attempts, Math.random());
    const target = delay > 0 ? MessageState.delayed : MessageState.ready;
    this.#recorder.change(slot, record, target, now + delay, error, attempts);
    this.#watchDue();
    this.#serve(queue);
  }

  peek(name: QueueName, failed: boolean, done: ReserveDone): void {
    if (!this.#stalled.isEmpty && this.#journal.roomProblem === undefined) {
      this.#stalled.add(done, this.peek.bind(this, name, failed, done));
      return;
    }
    const queue = this.#state.queues.get(name);
    const slot = queue === undefined ? NONE : failed ? queue.failed.peek() : this.#nextReady(queue);
    if (slot === NONE) {
      done.resolve(undefined);
      return;
    }
    const attempt = this.#attempt(slot);
    this.#recorder.withRecord(
      slot,
      (record) => done.resolve(toDelivery(name, record, attempt, 0)),
      (problem) => done.reject(problem),
    );
  }

  retryFailed(name: QueueName, delaySeconds: number, done: Completion<number>): void {
    if (this.#refuses(done)) return;
    const queue = this.#state.queues.get(name);
    if (queue === undefined || queue.failedCount === 0) {
      done.resolve(0);
      return;
    }
    this.#retryAll(queue, delaySeconds).then(
      (count) => this.#journal.committer.whenSynced(done, count),
      (problem: Error) => done.reject(problem),
    );
  }

  /** Puts back as many failed messages as there are now; how many that were. */
  async #retryAll(queue: Queue, delaySeconds: number): Promise<number> {
    const due = this.#clock() + delaySeconds * 1000;
    const target = delaySeconds > 0 ? MessageState.delayed : MessageState.ready;
    let count = 0;
    for (let left = queue.failedCount; left > 0; left--) {
      const slot = queue.failed.peek();
      if (slot === NONE) break;
      const size = this.#state.table.page(slot).size[at(slot)] as number;
      let record = this.#recorder.find(slot);
      if (record === undefined || !this.#journal.hasRoom(size)) {
        record = await this.#recorder.load(slot);
        await this.#journal.room(size);
        if (this.#stopping) throw new StoppingError('the server is stopping');
        // Somebody else took it meanwhile.
        if (queue.failed.peek() !== slot) continue;
      }
      this.#recorder.change(slot, record, target, due, record.error, 0);
      count++;
      this.#watchDue();
      this.#serve(queue);
      if (count % RETRIED_PER_TURN > 0) continue;
      await turn();
      if (this.#stopping) throw new StoppingError('the server is stopping');
    }
    return count;
  }

  purge(name: QueueName | undefined, done: Completion<void>): void {
    if (this.#refuses(done)) return;
    const { queues } = this.#state;
    const affected = name === undefined ? [...queues.values()] : [queues.get(name)];
    if (!this.#stalled.isEmpty || !this.#journal.hasRoomForOutcome(affected.length * QUEUE_OPERATION_SIZE)) {
      this.#stallOrRefuse(done, this.purge.bind(this, name, done));
      return;
    }
    let changed = false;
    for (const queue of affected) {
      if (queue === undefined || queue.readyCount + queue.delayedCount === 0) continue;
      this.#journal.appendPurge(queue.number);
      this.#state.purge(queue.number);
      changed = true;
    }
    if (changed) this.#journal.committer.whenSynced(done, undefined);
    else done.resolve();
  }

  drop(name: QueueName, done: Completion<boolean>): void {
    if (this.#refuses(done)) return;
    if (!this.#stalled.isEmpty || !this.#journal.hasRoomForOutcome()) {
      this.#stallOrRefuse(done, this.drop.bind(this, name, done));
      return;
    }
    const queue = this.#state.queues.get(name);
    if (queue === undefined) {
      done.resolve(false);
      return;
    }
    this.#journal.appendDrop(queue.number);
    this.#state.drop(queue.number);
    this.#journal.committer.whenSynced(done, true);
  }

  list(): Iterable<QueueName> {
    return this.#state.queues.keys();
  }

  queueStats(name: QueueName): QueueStats | undefined {
    const queue = this.#state.queues.get(name);
    if (queue === undefined) return undefined;
    return {
      name,
      waiting: queue.readyCount,
      delayed: queue.delayedCount,
      reserved: queue.reservedCount,
      failed: queue.failedCount,
      bytes: queue.bytes,
      waiters: this.#waiters.count(name),
      oldestAge: this.#oldestAge(queue),
      enqueued: queue.enqueued,
      taken: queue.taken,
      acknowledged: queue.acknowledged,
      expired: queue.expired,
    };
  }

  #oldestAge(queue: Queue): number {
    const slot = queue.ready.peek();
    if (slot === NONE) return 0;
    const time = this.#ages.timeOf(Math.abs(this.#state.table.page(slot).sequence[at(slot)] as number));
    return time === undefined ? 0 : Math.max(0, Math.floor((this.#clock() - time) / 1000));
  }

  stats(): EngineStats {
    const { segments, bytes, live, cache, committer } = this.#journal;
    return {
      queues: this.#state.queues.size,
      messages: this.#state.table.size,
      bytes: live.total,
      enqueued: this.#enqueued,
      details: new Map([
        ['journal_segments', String(segments.length)],
        ['journal_bytes', String(bytes)],
        ['journal_live_bytes', String(live.total)],
        ['journal_moved_bytes', String(this.#cleaner.movedBytes)],
        ['journal_freed_segments', String(this.#cleaner.freedSegments)],
        ['journal_failure', committer.failure?.message ?? 'none'],
        ['cache_bytes', String(cache.bytes)],
      ]),
    };
  }

  resetStats(): void {
    this.#enqueued = 0;
    for (const queue of this.#state.queues.values()) queue.resetCounters();
  }

  policy(queue: QueueName): Policy {
    return this.#policy(queue);
  }

  async close(): Promise<void> {
    if (this.#stopping) return;
    clearTimeout(this.#dueTimer);
    this.#waiters.close();
    for (const done of [...this.#loading.keys()]) {
      this.abandon('', done);
      done.resolve(undefined);
    }
    for (const slot of this.#state.opened())
      this.release(this.#state.reservationOf(slot).token, false, IGNORED);
    this.#stopping = true;
    this.#stalled.reject(new StoppingError('the server is stopping'));
    await this.#cleaner.stop();
    await this.#journal.close();
  }

  /** There may be room in the journal again, or it is known why there is none. */
  #onRoom(): void {
    if (this.#stopping) return;
    this.#stalled.retry();
    for (const queue of [...this.#state.waiting]) this.#serve(queue);
    this.#promoteDue();
  }

  /**
   * Does an operation again when there is room, where that can be expected. What asks for the waiting messages does
   * not overtake those that are still to be stored: clients send a `get` right behind their `set`.
   */
  #stallOrRefuse(done: Completion<never>, again: () => void): void {
    const problem = this.#journal.roomProblem;
    if (problem === undefined) this.#stalled.add(done, again);
    else done.reject(problem);
  }

  /** True when nothing can be changed any more; the operation is told why. */
  #refuses(done: Completion<never> | Completion<unknown>): boolean {
    const reason = this.#stopping
      ? new StoppingError('the server is stopping')
      : this.#journal.committer.failure;
    if (reason === undefined) return false;
    done.reject(reason);
    return true;
  }

  /** The slot of a reservation; undefined when there is none, and the operation has been told. */
  #reserved(token: number, done: Completion<boolean>): number | undefined {
    if (this.#refuses(done)) return undefined;
    const slot = this.#state.slotOfToken(token);
    if (slot === undefined) done.resolve(false);
    return slot;
  }

  #createQueue(name: QueueName): Queue {
    const number = this.#state.freeQueueNumber();
    this.#journal.appendQueue(number, name);
    this.#state.queue(number, name);
    return this.#state.queues.get(name) as Queue;
  }

  /** Epoch seconds, 0 for never, negative when it is over already. */
  #expiry({ queue, exptime }: EnqueueRequest, now: number): number {
    if (exptime === 0 || this.#policy(queue).exptime === 'ignore') return 0;
    const seconds = Math.ceil(now / 1000);
    if (exptime > 0 && exptime <= LONGEST_RELATIVE) return seconds + exptime;
    return exptime > seconds ? Math.min(exptime, LATEST_EXPIRY) : -1;
  }

  /** The next message that has not expired, or NONE. */
  #nextReady(queue: Queue): number {
    for (;;) {
      const slot = queue.ready.peek();
      if (slot === NONE) return NONE;
      const expires = this.#state.table.page(slot).expires[at(slot)] as number;
      if (expires === 0 || expires * 1000 > this.#clock()) return slot;
      if (!this.#journal.hasRoomForOutcome()) return NONE;
      queue.expired++;
      this.#finish(slot);
    }
  }

  #finish(slot: number): void {
    const sequence = this.#state.table.page(slot).sequence[at(slot)] as number;
    this.#journal.appendDone(slot, sequence);
    this.#state.done(slot, sequence);
  }

  /** Gives a message to a reader: now or, when its body is not in memory, as soon as it is. */
  #hand(queue: Queue, slot: number, request: ReserveRequest, done: ReserveDone): void {
    const attempt = this.#attempt(slot);
    queue.taken++;
    const record = this.#recorder.find(slot);
    if (record === undefined) {
      this.#handLater(queue, slot, attempt, request, done);
      return;
    }
    const token = request.mode === 'take' ? 0 : this.#reserve(slot, attempt, this.#deadline(queue, request));
    const delivery = toDelivery(queue.name, record, attempt, token);
    if (token === 0) this.#finish(slot);
    this.#journal.committer.whenWritten(done, delivery);
  }

  /** Reserves the message while its body is loaded, so that nobody else gets it and a crash gives it back. */
  #handLater(queue: Queue, slot: number, attempt: number, request: ReserveRequest, done: ReserveDone): void {
    // What failed stays where it is, so that it remains failed: of those who load it the first one gets it.
    const token = request.failed ? 0 : this.#reserve(slot, attempt, this.#deadline(queue, request));
    this.#loading.set(done, token);
    const use = (record: MessageReader): void => {
      // The reader has gone.
      if (!this.#loading.has(done)) return;
      if (!this.#journal.hasRoomForOutcome()) {
        this.#stalled.add(done, () => use(record));
        return;
      }
      this.#loading.delete(done);
      const isThere = token === 0 ? queue.failed.peek() === slot : this.#state.slotOfToken(token) === slot;
      if (!isThere || this.#state.table.page(slot).sequence[at(slot)] !== record.sequence) {
        this.reserve(request, done);
        return;
      }
      const delivery = toDelivery(queue.name, record, attempt, request.mode === 'take' ? 0 : token);
      if (request.mode === 'take') this.#finish(slot);
      this.#journal.committer.whenWritten(done, delivery);
    };
    this.#recorder.load(slot).then(use, (problem: Error) => {
      if (this.#loading.delete(done)) done.reject(problem);
    });
  }

  /** When a lease that starts now is over; 0 for what is no lease. */
  #deadline(queue: Queue, request: ReserveRequest): number {
    if (request.mode !== 'lease') return 0;
    return this.#clock() + (request.leaseMs || this.#policy(queue.name).leaseMs);
  }

  /** The number of the attempt that a reader makes; of a failed message, which had its last, that of the last. */
  #attempt(slot: number): number {
    const page = this.#state.table.page(slot);
    const attempts = page.attempts[at(slot)] as number;
    return page.state[at(slot)] === MessageState.failed ? attempts : attempts + 1;
  }

  #reserve(slot: number, attempts: number, deadline: number, token = this.#state.nextId++): number {
    const sequence = this.#state.table.page(slot).sequence[at(slot)] as number;
    this.#journal.appendReserve(slot, sequence, attempts, token, deadline);
    this.#state.reserve(slot, sequence, attempts, token, deadline);
    if (deadline > 0) this.#watchDue();
    return token;
  }

  /** A reserved message goes back where it was, or, after its last attempt, to the failed set. */
  #giveBack(slot: number, counted: boolean): void {
    const queue = this.#state.queueOf(slot);
    const page = this.#state.table.page(slot);
    const sequence = page.sequence[at(slot)] as number;
    const attempts = page.attempts[at(slot)] as number;
    if (counted && attempts >= this.#policy(queue.name).maxAttempts) {
      const error = Buffer.from(`attempt ${attempts} ended without an answer`);
      this.fail({ token: this.#state.reservationOf(slot).token, error, final: true }, IGNORED);
      return;
    }
    const kept = counted ? attempts : attempts - 1;
    this.#journal.appendRelease(slot, sequence, kept);
    this.#state.release(slot, sequence, kept);
    this.#serve(queue);
  }

  /** Gives what is ready to those who wait. */
  #serve(queue: Queue): void {
    for (;;) {
      const waiter = this.#waiters.first(queue.name);
      if (waiter === undefined || !this.#journal.hasRoomForOutcome()) return;
      const slot = this.#nextReady(queue);
      if (slot === NONE) return;
      this.#waiters.remove(queue.name, waiter.done);
      this.#hand(queue, slot, waiter.request, waiter.done);
    }
  }

  /** Sets the timer for the first delay or lease that ends. */
  #watchDue(): void {
    const due = this.#state.timetable.nextDue;
    if (due >= this.#dueAt) return;
    clearTimeout(this.#dueTimer);
    this.#dueAt = due;
    const wait = Math.min(Math.max(due - this.#clock(), 0), LONGEST_TIMER_MS);
    this.#dueTimer = setTimeout(() => this.#promoteDue(), Math.ceil(wait));
  }

  #promoteDue(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
    const { timetable } = this.#state;
    const now = this.#clock();
    for (let count = 0; timetable.nextDue <= now && count < DUE_PER_TURN; count++) {
      if (!this.#journal.hasRoomForOutcome()) return;
      const slot = timetable.firstSlot;
      const what = this.#state.firstDue();
      timetable.removeFirst();
      if (what === undefined) continue;
      const queue = this.#state.queueOf(slot);
      if (what === MessageState.reserved) this.#giveBack(slot, true);
      else this.#state.promote(slot);
      this.#serve(queue);
    }
    this.#watchDue();
  }
}
