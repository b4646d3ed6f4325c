import {
  type Completion,
  type Delivery,
  type EngineStats,
  type EnqueueRequest,
  type FailRequest,
  IGNORED,
  type JobStatus,
  type QueueEngine,
  type QueueName,
  type QueueStats,
  type ReadTarget,
  type ReserveRequest,
  type ScheduledJob,
} from './api.ts';
import { Cleaner } from './background/compactor.ts';
import { DueTimer } from './background/deadlines.ts';
import type { Clock } from './clock.ts';
import { Core, stopping } from './core.ts';
import { LiveBytes } from './log/local/live-bytes.ts';
import { Journal, type JournalOptions } from './log/local/local-log.ts';
import { Deliveries } from './operations/dispatcher.ts';
import { Intake } from './operations/enqueue.ts';
import { Jobs } from './operations/jobs.ts';
import { Outcomes } from './operations/leases.ts';
import { Operations } from './operations/queue-admin.ts';
import { queueStats } from './operations/queue-stats.ts';
import { Retries } from './operations/retry-failed.ts';
import { Schedule } from './operations/schedule.ts';
import type { Policy } from './policy.ts';
import { State } from './state/state-machine.ts';

export interface LocalEngineOptions extends JournalOptions {
  readonly clock: Clock;
  /** For cron lines and expiry times that are dates; the system's unless another is given. */
  readonly wallClock?: Clock;
  /** The policy of a queue, by its name. */
  readonly policy: (queue: QueueName) => Policy;
  readonly maxQueues: number;
}

/** Queues in memory and their history in a journal, all in this process. */
export class LocalEngine implements QueueEngine {
  readonly #core: Core;
  readonly #intake: Intake;
  readonly #cleaner: Cleaner;
  readonly #operations: Operations;
  readonly #jobs: Jobs;
  readonly #retries: Retries;
  readonly #schedule: Schedule;

  private constructor(options: LocalEngineOptions) {
    const live = new LiveBytes();
    const state = new State(live);
    const checkpoint = { nextId: () => state.nextId, queues: () => state.queues.all() };
    const journal = new Journal(
      options,
      state,
      live,
      checkpoint,
      () => this.#onRoom(),
      () => this.#cleaner.check(),
    );
    this.#core = new Core(state, journal, options, {
      deliveries: (core) => new Deliveries(core),
      outcomes: (core) => new Outcomes(core),
      due: (core) => new DueTimer(core),
    });
    this.#intake = new Intake(this.#core, options.maxQueues);
    this.#cleaner = new Cleaner(journal, state, this.#core.recorder, this.#core.losses);
    this.#jobs = new Jobs(this.#core);
    this.#retries = new Retries(this.#core);
    this.#schedule = new Schedule(this.#core, this.#jobs);
    this.#operations = new Operations(this.#core, options.maxQueues, (name) => {
      // Where the journal fails there is nothing to schedule any more.
      this.#schedule.restore(name).catch(() => {});
    });
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
    const { state, journal, due, sweep } = this.#core;
    state.rebuild();
    state.nextId = Math.max(state.nextId, journal.recovered.nextId);
    await journal.start();
    // Whoever held these is gone; the attempt was counted when it began.
    for (const slot of state.reservations.opened())
      this.release(state.reservations.of(slot).token, true, IGNORED);
    due.start();
    sweep.start();
    this.#cleaner.check();
  }

  /** What the start found. */
  get recovered(): { messages: number; queues: number; segments: number; tornBytes: number } {
    const { state, journal } = this.#core;
    const { segments, tornBytes } = journal.recovered;
    return {
      messages: state.table.size - state.finishedCount,
      queues: state.queues.size,
      segments: segments.length,
      tornBytes,
    };
  }

  enqueue(request: EnqueueRequest, done: Completion<number>): void {
    this.#intake.enqueue(request, done);
  }

  reserve(request: ReserveRequest, done: Completion<Delivery | undefined>): void {
    this.#core.deliveries.reserve(request, done);
  }

  peek(target: ReadTarget, done: Completion<Delivery | undefined>): void {
    this.#core.deliveries.peek(target, done);
  }

  stopWaiting(_queue: QueueName, done: Completion<Delivery | undefined>): void {
    this.#core.deliveries.stopWaiting(done);
  }

  abandon(_queue: QueueName, done: Completion<Delivery | undefined>): void {
    this.#core.deliveries.abandon(done);
  }

  complete(token: number, result: Buffer | undefined, done: Completion<boolean>): void {
    this.#core.outcomes.complete(token, result, done);
  }

  release(token: number, counted: boolean, done: Completion<boolean>): void {
    this.#core.outcomes.release(token, counted, done);
  }

  extend(token: number, leaseMs: number, done: Completion<boolean>): void {
    this.#core.outcomes.extend(token, leaseMs, done);
  }

  progress(token: number, text: string, done: Completion<boolean>): void {
    this.#core.outcomes.progress(token, text, done);
  }

  fail(request: FailRequest, done: Completion<boolean>): void {
    this.#core.outcomes.fail(request, done);
  }

  retryFailed(queue: QueueName, jobId: string, delaySeconds: number, done: Completion<number>): void {
    this.#retries.retry(queue, jobId, delaySeconds, done);
  }

  discardFailed(queue: QueueName, jobId: string, done: Completion<boolean>): void {
    this.#jobs.discardFailed(queue, jobId, done);
  }

  status(queue: QueueName, jobId: string, done: Completion<JobStatus | undefined>): void {
    this.#jobs.status(queue, jobId, done);
  }

  cancel(queue: QueueName, jobId: string, done: Completion<boolean>): void {
    this.#jobs.cancel(queue, jobId, done);
  }

  purge(queue: QueueName | undefined, done: Completion<void>): void {
    this.#operations.purge(queue, done);
  }

  drop(queue: QueueName, done: Completion<boolean>): void {
    this.#operations.drop(queue, done);
  }

  pause(queue: QueueName, done: Completion<void>): void {
    this.#operations.pause(queue, done);
  }

  resume(queue: QueueName, done: Completion<boolean>): void {
    this.#operations.resume(queue, done);
  }

  move(from: QueueName, to: QueueName, done: Completion<number>): void {
    this.#operations.move(from, to, done);
  }

  schedule(jobs: readonly ScheduledJob[]): Promise<void> {
    return this.#schedule.set(jobs);
  }

  list(): Iterable<QueueName> {
    return this.#core.state.queues.names();
  }

  page(cursor: number, limit: number): { queues: QueueStats[]; next: number | undefined } {
    const { queues, next } = this.#core.state.queues.page(cursor, limit);
    return { queues: queues.map((queue) => queueStats(queue, this.#core)), next };
  }

  queueStats(name: QueueName): QueueStats | undefined {
    const queue = this.#core.state.queues.get(name);
    return queue && queueStats(queue, this.#core);
  }

  stats(): EngineStats {
    const { state, journal } = this.#core;
    return {
      queues: state.queues.size,
      messages: state.table.size - state.finishedCount,
      bytes: journal.live.total,
      enqueued: this.#intake.enqueued,
      details: new Map([
        ['journal_segments', String(journal.segments.length)],
        ['journal_bytes', String(journal.bytes)],
        ['journal_live_bytes', String(journal.live.total)],
        ['journal_written_bytes', String(journal.writtenBytes)],
        ['journal_moved_bytes', String(this.#cleaner.movedBytes)],
        ['journal_freed_segments', String(this.#cleaner.freedSegments)],
        ['journal_failure', journal.committer.failure?.message ?? 'none'],
        ['lost_messages', String(this.#core.losses.count)],
        ['cache_bytes', String(journal.cache.bytes)],
      ]),
    };
  }

  resetStats(): void {
    this.#intake.enqueued = 0;
    for (const queue of this.#core.state.queues.all()) queue.resetCounters();
  }

  policy(name: QueueName): Policy {
    const queue = this.#core.state.queues.get(name);
    return queue === undefined ? this.#core.policyNamed(name) : this.#core.policy(queue);
  }

  policiesChanged(): void {
    for (const queue of this.#core.state.queues.all()) queue.policy = undefined;
  }

  async close(): Promise<void> {
    const { state, journal, due, sweep, deliveries, stalled, deferred } = this.#core;
    if (this.#core.isStopping) return;
    due.stop();
    sweep.stop();
    deliveries.close();
    for (const slot of state.reservations.opened())
      this.release(state.reservations.of(slot).token, false, IGNORED);
    this.#core.isStopping = true;
    stalled.reject(stopping());
    deferred.reject(stopping());
    await this.#cleaner.stop();
    await journal.close();
  }

  /** There may be room in the journal again, or it is known why there is none. */
  #onRoom(): void {
    const { state, stalled, deliveries, due, sweep, isStopping } = this.#core;
    if (isStopping) return;
    // Those who wait have come before those who could not even be looked after.
    for (const queue of [...state.waiting]) deliveries.serve(queue);
    stalled.retry();
    due.goOn();
    sweep.goOn();
    this.#cleaner.check();
  }
}
