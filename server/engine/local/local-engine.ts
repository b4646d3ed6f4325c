import {
  type Completion,
  type Delivery,
  type EngineStats,
  type EnqueueRequest,
  type FailRequest,
  IGNORED,
  type QueueEngine,
  type QueueName,
  type QueueStats,
  type ReserveRequest,
} from '../engine.ts';
import type { Policy } from '../policy.ts';
import { Cleaner } from './cleaner.ts';
import type { Clock } from './clock.ts';
import { Core, stopping } from './core.ts';
import { Deliveries } from './deliveries.ts';
import { DueTimer } from './due-timer.ts';
import { Intake } from './intake.ts';
import { Journal, type JournalOptions } from './journal/journal.ts';
import { LiveBytes } from './journal/live-bytes.ts';
import { QUEUE_OPERATION_SIZE } from './journal/record.ts';
import { at, NONE } from './message-table.ts';
import { Outcomes } from './outcomes.ts';
import type { Queue } from './queue.ts';
import { State } from './state.ts';

export interface LocalEngineOptions extends JournalOptions {
  readonly clock: Clock;
  /** The policy of a queue, by its name. */
  readonly policy: (queue: QueueName) => Policy;
  readonly maxQueues: number;
}

/** Queues in memory and their history in a journal, all in this process. */
export class LocalEngine implements QueueEngine {
  readonly #core: Core;
  readonly #intake: Intake;
  readonly #cleaner: Cleaner;

  private constructor(options: LocalEngineOptions) {
    const live = new LiveBytes();
    const state = new State(live);
    const checkpoint = { nextId: () => state.nextId, queues: () => state.queues.values() };
    const journal = new Journal(
      options,
      state,
      live,
      checkpoint,
      () => this.#onRoom(),
      () => this.#cleaner.check(),
    );
    this.#core = new Core(state, journal, options.clock, options.policy, {
      deliveries: (core) => new Deliveries(core),
      outcomes: (core) => new Outcomes(core),
      due: (core) => new DueTimer(core),
    });
    this.#intake = new Intake(this.#core, options.maxQueues);
    this.#cleaner = new Cleaner(journal, state, this.#core.recorder);
  }

  /** Replays the journal and makes ready to serve. Rejects with DiskError, DamagedError, TryLaterError. */
  static async open(options: LocalEngineOptions): Promise<LocalEngine> {
    const engine = new LocalEngine(options);
    try {
      await engine.#start();
    } catch (error) {
      await engine.#core.journal.close();
      throw error;
    }
    return engine;
  }

  async #start(): Promise<void> {
    const { state, journal, due } = this.#core;
    state.table.rebuildFree();
    state.nextId = Math.max(state.nextId, journal.recovered.nextId);
    await journal.start();
    // Whoever held these is gone; the attempt was counted when it began.
    for (const slot of state.opened()) this.release(state.reservationOf(slot).token, true, IGNORED);
    due.watch();
    this.#cleaner.check();
  }

  /** What the start found. */
  get recovered(): { messages: number; queues: number; segments: number; tornBytes: number } {
    const { state, journal } = this.#core;
    const { segments, tornBytes } = journal.recovered;
    return { messages: state.table.size, queues: state.queues.size, segments: segments.length, tornBytes };
  }

  enqueue(request: EnqueueRequest, done: Completion<number>): void {
    this.#intake.enqueue(request, done);
  }

  reserve(request: ReserveRequest, done: Completion<Delivery | undefined>): void {
    this.#core.deliveries.reserve(request, done);
  }

  peek(queue: QueueName, failed: boolean, done: Completion<Delivery | undefined>): void {
    this.#core.deliveries.peek(queue, failed, done);
  }

  stopWaiting(queue: QueueName, done: Completion<Delivery | undefined>): void {
    this.#core.deliveries.stopWaiting(queue, done);
  }

  abandon(queue: QueueName, done: Completion<Delivery | undefined>): void {
    this.#core.deliveries.abandon(queue, done);
  }

  complete(token: number, done: Completion<boolean>): void {
    this.#core.outcomes.complete(token, done);
  }

  release(token: number, counted: boolean, done: Completion<boolean>): void {
    this.#core.outcomes.release(token, counted, done);
  }

  extend(token: number, leaseMs: number, done: Completion<boolean>): void {
    this.#core.outcomes.extend(token, leaseMs, done);
  }

  fail(request: FailRequest, done: Completion<boolean>): void {
    this.#core.outcomes.fail(request, done);
  }

  retryFailed(queue: QueueName, delaySeconds: number, done: Completion<number>): void {
    this.#core.outcomes.retryFailed(queue, delaySeconds, done);
  }

  purge(name: QueueName | undefined, done: Completion<void>): void {
    const { state, journal } = this.#core;
    if (this.#core.refuses(done)) return;
    const affected = name === undefined ? [...state.queues.values()] : [state.queues.get(name)];
    if (this.#core.isCrowded(affected.length * QUEUE_OPERATION_SIZE)) {
      this.#core.stallOrRefuse(done, () => this.purge(name, done));
      return;
    }
    let changed = false;
    for (const queue of affected) {
      if (queue === undefined || queue.readyCount + queue.delayedCount === 0) continue;
      journal.appendPurge(queue.number);
      state.purge(queue.number);
      changed = true;
    }
    if (changed) journal.committer.whenSynced(done, undefined);
    else done.resolve();
  }

  drop(name: QueueName, done: Completion<boolean>): void {
    const { state, journal } = this.#core;
    if (this.#core.refuses(done)) return;
    if (this.#core.isCrowded()) {
      this.#core.stallOrRefuse(done, () => this.drop(name, done));
      return;
    }
    const queue = state.queues.get(name);
    if (queue === undefined) {
      done.resolve(false);
      return;
    }
    journal.appendDrop(queue.number);
    state.drop(queue.number);
    journal.committer.whenSynced(done, true);
  }

  list(): Iterable<QueueName> {
    return this.#core.state.queues.keys();
  }

  queueStats(name: QueueName): QueueStats | undefined {
    const queue = this.#core.state.queues.get(name);
    if (queue === undefined) return undefined;
    return {
      name,
      waiting: queue.readyCount,
      delayed: queue.delayedCount,
      reserved: queue.reservedCount,
      failed: queue.failedCount,
      bytes: queue.bytes,
      waiters: this.#core.deliveries.waiters.count(name),
      oldestAge: this.#oldestAge(queue),
      enqueued: queue.enqueued,
      taken: queue.taken,
      acknowledged: queue.acknowledged,
      expired: queue.expired,
    };
  }

  stats(): EngineStats {
    const { state, journal } = this.#core;
    return {
      queues: state.queues.size,
      messages: state.table.size,
      bytes: journal.live.total,
      enqueued: this.#intake.enqueued,
      details: new Map([
        ['journal_segments', String(journal.segments.length)],
        ['journal_bytes', String(journal.bytes)],
        ['journal_live_bytes', String(journal.live.total)],
        ['journal_moved_bytes', String(this.#cleaner.movedBytes)],
        ['journal_freed_segments', String(this.#cleaner.freedSegments)],
        ['journal_failure', journal.committer.failure?.message ?? 'none'],
        ['cache_bytes', String(journal.cache.bytes)],
      ]),
    };
  }

  resetStats(): void {
    this.#intake.enqueued = 0;
    for (const queue of this.#core.state.queues.values()) queue.resetCounters();
  }

  policy(queue: QueueName): Policy {
    return this.#core.policyOf(queue);
  }

  async close(): Promise<void> {
    const { state, journal, due, deliveries, stalled } = this.#core;
    if (this.#core.isStopping) return;
    due.stop();
    deliveries.close();
    for (const slot of state.opened()) this.release(state.reservationOf(slot).token, false, IGNORED);
    this.#core.isStopping = true;
    stalled.reject(stopping());
    await this.#cleaner.stop();
    await journal.close();
  }

  /** There may be room in the journal again, or it is known why there is none. */
  #onRoom(): void {
    const { state, stalled, deliveries, due, isStopping } = this.#core;
    if (isStopping) return;
    // Those who wait have come before those who could not even be looked after.
    for (const queue of [...state.waiting]) deliveries.serve(queue);
    stalled.retry();
    due.run();
  }

  #oldestAge(queue: Queue): number {
    const { state, clock } = this.#core;
    const slot = queue.ready.peek();
    if (slot === NONE) return 0;
    const time = state.ages.timeOf(Math.abs(state.table.page(slot).sequence[at(slot)] as number));
    return time === undefined ? 0 : Math.max(0, Math.floor((clock() - time) / 1000));
  }
}
