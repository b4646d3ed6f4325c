import { Admission } from './admission.ts';
import {
  type CancelledLease,
  type Delivery,
  type EndRequest,
  type EngineStats,
  type EnqueueRequest,
  type FailRequest,
  IGNORED,
  type JobStatus,
  type QueueEngine,
  type QueueName,
  type QueueStats,
  type ReadTarget,
  type ReleaseReason,
  type ReserveRequest,
  type ScheduledJob,
} from './api.ts';
import { Compactor } from './background/compactor.ts';
import { Deadlines } from './background/deadlines.ts';
import { Expiry } from './background/expiry.ts';
import { FlowControl } from './background/flow-control.ts';
import { IdleQueues } from './background/idle-queues.ts';
import { Retention } from './background/retention.ts';
import { Sweeper } from './background/sweeper.ts';
import type { Clock } from './clock.ts';
import type { Completion } from './completion.ts';
import { SMALL_COST } from './costs.ts';
import type { Foundation } from './foundation.ts';
import { Ledger } from './ledger.ts';
import type { Log } from './log/log.ts';
import { Corrupt } from './operations/corrupt.ts';
import { CronClock } from './operations/cron-clock.ts';
import { Dispatcher } from './operations/dispatcher.ts';
import { EndWaits } from './operations/end-waits.ts';
import { Enqueue } from './operations/enqueue.ts';
import { Expired } from './operations/expired.ts';
import { HeldMessages } from './operations/held-messages.ts';
import { Jobs } from './operations/jobs.ts';
import { Latencies } from './operations/latencies.ts';
import { Leases } from './operations/leases.ts';
import { Lifecycle } from './operations/lifecycle.ts';
import { LongOperations } from './operations/long-operations.ts';
import { Move } from './operations/move.ts';
import { QueueAdmin } from './operations/queue-admin.ts';
import { QueueLimits } from './operations/queue-limits.ts';
import { queueStats } from './operations/queue-stats.ts';
import { Rates } from './operations/rates.ts';
import { RetryFailed } from './operations/retry-failed.ts';
import { Runs } from './operations/runs.ts';
import { Schedule } from './operations/schedule.ts';
import { ScheduleControl } from './operations/schedule-control.ts';
import type { Policy } from './policy.ts';
import { PolicyCache } from './policy-cache.ts';
import { Records } from './records.ts';
import { Count } from './state/counters.ts';
import type { Queue } from './state/queue.ts';
import { State } from './state/state-machine.ts';
import { ActionVerbs } from './views/action-verbs.ts';
import { Failures } from './views/failures.ts';
import { MessageActions } from './views/message-actions.ts';
import { Messages } from './views/messages.ts';
import { QueueFigures } from './views/queue-figures.ts';
import { ScheduleViews } from './views/schedule-views.ts';

export interface EngineOptions {
  readonly clock: Clock;
  /** For cron lines and expiry times that are dates; the system's unless another is given. */
  readonly wallClock?: Clock;
  /** The policy of a queue, by its name. */
  readonly policy: (queue: QueueName) => Policy;
  readonly maxQueues: number;
  /** Called when a job was cancelled while it ran, once that is durable. */
  readonly onCancelled?: (lease: CancelledLease) => void;
  /** How long a queue stays that nothing is in and nobody uses, milliseconds; an hour unless another time is given. */
  readonly idleQueueMs?: number;
}

/** The composition root: a state, the log that it stands on, and all that is done with them. */
export class Engine implements QueueEngine {
  readonly #log: Log;
  readonly #base: Foundation;
  readonly #enqueue: Enqueue;
  readonly #dispatcher: Dispatcher;
  readonly #leases: Leases;
  readonly #jobs: Jobs;
  readonly #endWaits: EndWaits;
  readonly #retryFailed: RetryFailed;
  readonly #queueAdmin: QueueAdmin;
  readonly #move: Move;
  readonly #schedule: Schedule;
  readonly #corrupt: Corrupt;
  readonly #rates: Rates;
  readonly #flowControl: FlowControl;
  readonly #deadlines: Deadlines;
  readonly #expiry: Expiry;
  readonly #retention: Retention;
  readonly #idleQueues: IdleQueues;
  readonly #compactor: Compactor;
  readonly #sweeper: Sweeper;
  readonly #longOperations: LongOperations;
  #isClosing = false;
  readonly messages: Messages;
  readonly failures: Failures;
  readonly actions: MessageActions;
  readonly figures: QueueFigures;
  readonly schedules: ScheduleViews;
  /** What the start found. */
  readonly recovered: { readonly messages: number; readonly queues: number };

  /** Replays a log and makes ready to serve. The log is the engine's from then on. Rejects with the log's errors. */
  static async open(log: Log, options: EngineOptions): Promise<Engine> {
    const state = new State(log.live);
    try {
      await log.replay(state);
      state.rebuild();
      return await Engine.serve(log, state, options);
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** Serves on from a state to which all of the log was applied, and that was rebuilt. */
  static async serve(log: Log, state: State, options: EngineOptions): Promise<Engine> {
    const engine = new Engine(log, state, options);
    await engine.#flowControl.start();
    await log.start();
    engine.#start();
    return engine;
  }

  private constructor(log: Log, state: State, options: EngineOptions) {
    const { clock, wallClock, policy, maxQueues, idleQueueMs, onCancelled } = options;
    const settle = () => this.#settle();
    this.#log = log;
    const base: Foundation = {
      state,
      ledger: new Ledger(log, state, clock),
      records: new Records(log, state, settle),
      admission: new Admission(log, settle),
      policies: new PolicyCache(policy),
      clock,
      wallClock: wallClock ?? (() => Date.now()),
    };
    const cron = new CronClock(base);
    const lifecycle = new Lifecycle(base, cron, (slot, record, end) => {
      this.#endWaits.ended(slot, record, end);
      if (end !== undefined) this.schedules.ended(slot, end);
    });
    const corrupt = new Corrupt(base);
    const held = new HeldMessages(base, lifecycle, corrupt);
    const expired = new Expired(base, lifecycle, held);
    const runs = new Runs(base, lifecycle, held, settle);
    this.#base = base;
    this.#corrupt = corrupt;
    this.#rates = new Rates(base, settle);
    const latencies = new Latencies();
    this.#leases = new Leases(base, lifecycle, held, this.#rates, latencies);
    const catchUp = () => this.#deadlines.catchUp();
    this.#dispatcher = new Dispatcher(
      base,
      lifecycle,
      this.#leases,
      expired,
      corrupt,
      this.#rates,
      latencies,
      catchUp,
    );
    this.#enqueue = new Enqueue(base, expired, new QueueLimits(base, runs), maxQueues);
    this.#jobs = new Jobs(base, lifecycle, held, corrupt, onCancelled);
    this.#endWaits = new EndWaits(base, this.#jobs, catchUp);
    this.#longOperations = new LongOperations(base.admission, settle);
    this.#retryFailed = new RetryFailed(base, corrupt, this.#dispatcher, this.#longOperations, settle);
    this.#queueAdmin = new QueueAdmin(base, runs, this.#longOperations, maxQueues);
    this.#move = new Move(base, this.#longOperations, settle, maxQueues);
    this.#schedule = new Schedule(base, cron, corrupt, settle);
    this.#flowControl = new FlowControl(base, this.#rates, settle);
    this.#deadlines = new Deadlines(base, this.#leases, cron, settle);
    this.#expiry = new Expiry(base, lifecycle, expired, this.#deadlines, settle);
    this.#retention = new Retention(base);
    const isWanted = ({ name }: Queue) => this.#dispatcher.isAwaited(name) || this.#schedule.names(name);
    this.#idleQueues = new IdleQueues(base, isWanted, idleQueueMs);
    this.#compactor = new Compactor(base, log, corrupt);
    this.#sweeper = new Sweeper(state, base.ledger, base.admission, () => this.#compactor.roundDone());
    this.messages = new Messages(base, this.#jobs);
    this.failures = new Failures(base);
    const verbs = new ActionVerbs(base, this.#retryFailed, this.#jobs, this.#move, runs);
    this.actions = new MessageActions(base, verbs, this.#move, settle);
    this.figures = new QueueFigures(base, latencies, log.syncs, (name) => this.#dispatcher.readersOf(name));
    const control = new ScheduleControl(base, this.#schedule, cron, corrupt, settle);
    this.schedules = new ScheduleViews(base, this.#schedule, control, cron);
    this.recovered = { messages: state.messageCount, queues: state.queues.size };
    log.onAdmit = () => this.#admitted();
    log.onWritten = () => this.#compactor.check();
  }

  #start(): void {
    const { state } = this.#base;
    for (const slot of state.leases.openReads()) {
      this.#leases.release(state.leases.of(slot).token, 'stop', IGNORED);
    }
    this.#deadlines.start();
    this.#expiry.start();
    this.#retention.start();
    this.#sweeper.start();
    this.#idleQueues.start();
    this.#settle();
    this.#compactor.check();
  }

  certain(done: Completion<void>): void {
    this.#base.ledger.whenCertain(done, undefined);
  }

  enqueue(request: EnqueueRequest, done: Completion<number>): void {
    this.#enqueue.enqueue(request, done);
    this.#settle();
  }

  reserve(request: ReserveRequest, done: Completion<Delivery | undefined>): void {
    this.#dispatcher.reserve(request, done);
    this.#settle();
  }

  peek(target: ReadTarget, done: Completion<Delivery | undefined>): void {
    this.#dispatcher.peek(target, done);
    this.#settle();
  }

  stopWaiting(done: Completion<never>): void {
    if (!this.#endWaits.stopWaiting(done)) this.#dispatcher.stopWaiting(done);
  }

  abandon(done: Completion<never>): void {
    if (this.#endWaits.abandon(done)) return;
    this.#dispatcher.abandon(done);
    this.#settle();
  }

  complete(token: number, result: Buffer | undefined, done: Completion<boolean>): void {
    this.#leases.complete(token, result, done);
    this.#settle();
  }

  release(token: number, reason: ReleaseReason, done: Completion<boolean>): void {
    this.#leases.release(token, reason, done);
    this.#settle();
  }

  isHeld(token: number): boolean {
    return this.#base.state.slotOfLease(token) !== undefined;
  }

  extend(token: number, leaseMs: number, holder: string, done: Completion<boolean>): void {
    this.#leases.extend(token, leaseMs, holder, done);
    this.#settle();
  }

  progress(token: number, text: string, done: Completion<boolean>): void {
    this.#leases.progress(token, text, done);
  }

  fail(request: FailRequest, done: Completion<boolean>): void {
    this.#leases.fail(request, done);
    this.#settle();
  }

  retryFailed(queue: QueueName, jobId: string, delaySeconds: number, done: Completion<number>): boolean {
    const isDone = this.#retryFailed.retry(queue, jobId, delaySeconds, done);
    this.#settle();
    return isDone;
  }

  discardFailed(queue: QueueName, jobId: string, done: Completion<boolean>): void {
    this.#jobs.discardFailed(queue, jobId, done);
    this.#settle();
  }

  status(queue: QueueName, jobId: string, done: Completion<JobStatus | undefined>): void {
    this.#jobs.status(queue, jobId, done);
    this.#settle();
  }

  awaitEnd(request: EndRequest, done: Completion<JobStatus | undefined>): void {
    this.#endWaits.begin(request, done);
    this.#settle();
  }

  cancel(queue: QueueName, jobId: string, done: Completion<boolean>): void {
    this.#jobs.cancel(queue, jobId, done);
    this.#settle();
  }

  purge(queue: QueueName | undefined, done: Completion<void>): boolean {
    const isDone = this.#queueAdmin.purge(queue, done);
    this.#settle();
    return isDone;
  }

  drop(queue: QueueName, done: Completion<boolean>): boolean {
    // Where the log fails there is nothing to schedule any more.
    const restore = () => this.#schedule.restore(queue).catch(() => {});
    const isDone = this.#queueAdmin.drop(queue, done, restore);
    this.#settle();
    return isDone;
  }

  pause(queue: QueueName, done: Completion<void>): void {
    this.#queueAdmin.pause(queue, done);
    this.#settle();
  }

  resume(queue: QueueName, done: Completion<boolean>): void {
    this.#queueAdmin.resume(queue, done);
    this.#settle();
  }

  move(from: QueueName, to: QueueName, done: Completion<number>): boolean {
    const isDone = this.#move.move(from, to, done);
    this.#settle();
    return isDone;
  }

  schedule(jobs: readonly ScheduledJob[]): Promise<void> {
    const isSet = this.#schedule.set(jobs);
    this.schedules.changed();
    return isSet;
  }

  page(cursor: number, limit: number): { queues: QueueStats[]; next: number | undefined } {
    const { queues, next } = this.#base.state.queues.page(cursor, limit);
    const stats = queues.map((queue) =>
      queueStats(this.#base, queue, this.#dispatcher.readersOf(queue.name)),
    );
    return { queues: stats, next };
  }

  stats(): EngineStats {
    const { state } = this.#base;
    const { counters } = state.queues;
    const sinceReset = (what: Count) => counters.since(counters.totals, what);
    return {
      queues: state.queues.size,
      messages: state.messageCount,
      bytes: this.#log.live.total - state.sweep.bytes,
      enqueued: sinceReset(Count.enqueued),
      expired: sinceReset(Count.expired),
      dropped: sinceReset(Count.dropped),
      failedDropped: sinceReset(Count.failedDropped),
      details: new Map([
        ...this.#log.details(),
        ['journal_moved_bytes', String(this.#compactor.movedBytes)],
        ['journal_freed_segments', String(this.#compactor.freedSegments)],
        ['lost_messages', String(this.#corrupt.count)],
      ]),
    };
  }

  resetStats(): void {
    this.#base.state.queues.counters.reset();
  }

  policy(name: QueueName): Policy {
    return this.#base.policies.named(name, this.#base.state.queues.get(name));
  }

  policiesChanged(): void {
    this.#base.policies.forget();
    this.#flowControl.changed();
    this.#retention.policiesChanged();
  }

  close(): Promise<void> {
    return this.#close('stop', async () => {});
  }

  /** Ends for another server to go on: what is open goes back as if it had never been taken, and then `last` is done. */
  handOver(last: () => Promise<void>): Promise<void> {
    return this.#close('return', last);
  }

  async #close(openReads: ReleaseReason, last: () => Promise<void>): Promise<void> {
    const { state, admission } = this.#base;
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#flowControl.stop();
    this.#rates.stop();
    this.#deadlines.stop();
    this.#expiry.stop();
    this.#retention.stop();
    this.#sweeper.stop();
    this.#idleQueues.stop();
    this.#dispatcher.close();
    // Before what is open goes back.
    await this.#endWaits.close();
    for (const slot of state.leases.openReads()) {
      // There may be none for a moment, while a file is made ready. What finds none at all goes back at the next start.
      if (!admission.hasSpace()) await admission.space(SMALL_COST, 'event').catch(() => {});
      this.#leases.release(state.leases.of(slot).token, openReads, IGNORED);
    }
    admission.stop();
    this.#longOperations.goOn();
    await this.#compactor.stop();
    try {
      await last();
    } finally {
      await this.#log.close();
    }
  }

  /** The end of every operation: what has become ready goes to those who wait, and timers are set for what is to come. */
  #settle(): void {
    this.#dispatcher.drain();
    this.#endWaits.drain();
    this.#rates.watch();
    this.#deadlines.watch();
    this.#expiry.watch();
    this.#retention.watch();
    this.#sweeper.watch();
    this.#idleQueues.watch();
  }

  /** There may be space in the log again, or it is known why there is none. */
  #admitted(): void {
    // Those who wait have come before those who could not even be looked after.
    if (!this.#base.admission.isStopping) this.#dispatcher.drainAll();
    this.#base.admission.admitted();
    if (this.#base.admission.isStopping) return;
    this.#deadlines.goOn();
    this.#settle();
    this.#compactor.check();
  }
}
