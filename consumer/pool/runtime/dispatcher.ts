// Runs in the parent.
import { Deferred } from '../../../shared/deferred.ts';
import type { MemqError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/server-address.ts';
import type { Binding } from '../../config/binding.ts';
import { HeldJobs } from '../../queue/held-jobs.ts';
import { JobSource, type LeasedJob } from '../../queue/job-source.ts';
import type { Orders } from '../../queue/orders.ts';
import { isPassing } from '../../queue/server-link.ts';
import type { JobName, PrintedLine, Report } from '../../report/report.ts';
import type { EndedJob, Refusal } from '../messages.ts';
import type { JobAtExit } from './death.ts';
import type { JobQuota } from './job-quota.ts';
import type { JobReports } from './job-reports.ts';
import { JobRequests } from './job-requests.ts';
import { Pace } from './pace.ts';
import { Settlements } from './settlements.ts';
import { SlotChoice } from './slot-choice.ts';
import type { Exit } from './worker-process.ts';
import { WorkerSlot, type WorkerSlotListener } from './worker-slot.ts';

/** Asked for in one packet at most. */
const MOST_AT_ONCE = 256;

/** How long an end waits for the server to take jobs back, milliseconds. */
const RETURN_MS = 1000;

/** How long a job may be on its way to us that was cancelled meanwhile, milliseconds; a later one is known by its renewal. */
const EARLY_MS = 10_000;

export interface DispatcherOptions {
  readonly binding: Binding;
  readonly isWatching: boolean;
  /** How long jobs that are to end may go on, milliseconds. */
  readonly graceMs: number;
  readonly logLevel: string;
  readonly report: Report;
  readonly reports: JobReports;
  readonly quota: JobQuota;
  /** Of its server. */
  readonly orders: Orders;
  readonly listener: DispatcherListener;
}

export interface DispatcherListener {
  /** All its processes have been ready, and the server has answered, or is known to be gone. */
  ready(): void;
  /** The server does not take part. */
  failed(error: unknown): void;
  /** A process cannot work. `isFatal`: no other one could. */
  refused(refusal: Refusal, isFatal: boolean): void;
  lost(server: string, error: MemqError): void;
  back(server: string): void;
  logged(line: string): void;
}

/**
 * The jobs of one binding: takes as many as its processes have room for, has them run, and tells the server how each
 * ended. A job outlives the connection by which it came, and the process in which it runs.
 */
export class Dispatcher implements WorkerSlotListener {
  readonly #options: DispatcherOptions;
  readonly #source: JobSource;
  readonly #held: HeldJobs;
  readonly #slots: readonly WorkerSlot[];
  readonly #choice: SlotChoice;
  readonly #settlements: Settlements;
  readonly #open: Set<WorkerSlot>;
  readonly #pace = new Pace();
  readonly #requests = new JobRequests(() => this.changed());
  readonly #over = new Deferred<void>();
  readonly #stopped = new Deferred<void>();
  /** Tokens of leases that were cancelled and are not ours: the order may come before the job, over another connection. */
  readonly #early = new Set<number>();
  #changed: Deferred<void> | undefined;
  #graceTimer: NodeJS.Timeout | undefined;
  #lossTimer: NodeJS.Timeout | undefined;
  #isPaused = false;
  #isStopping = false;
  /** What does not come to its end goes back. */
  #isGraceOver = false;
  #hasAnswered = false;
  #wasReady = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { binding, isWatching, logLevel } = options;
    const { server, queues, leaseMs, processes } = binding;
    this.#source = new JobSource({
      server,
      queues,
      leaseMs,
      listener: {
        answered: () => this.#answered(),
        lost: (error) => this.#lostServer(error),
        stillLost: (error) => this.#tellLost(error),
        back: () => {
          clearTimeout(this.#lossTimer);
          options.orders.serverIsBack();
          options.listener.back(addressText(server));
        },
      },
    });
    this.#held = new HeldJobs(this.#source, leaseMs, {
      takenAgain: (job) => this.#receive([job]),
      settledLate: () => this.#noteEnd(),
      cancelled: (job) => this.#cancel(job),
    });
    const slot = () => new WorkerSlot({ binding, isWatching, logLevel, listener: this });
    this.#slots = Array.from({ length: processes }, slot);
    this.#open = new Set(this.#slots);
    this.#choice = new SlotChoice(this.#slots);
    const { report, reports, quota } = options;
    this.#settlements = new Settlements({
      held: this.#held,
      choice: this.#choice,
      report,
      reports,
      quota,
      charset: options.binding.payload.charset,
      ended: () => this.#noteEnd(),
      failed: (error) => {
        if (!this.#isStopping) options.listener.failed(error);
      },
    });
  }

  get orders(): Orders {
    return this.#options.orders;
  }

  /** What it reads from. */
  get queues(): string {
    return this.#options.binding.queues;
  }

  /** How many jobs it runs at most, and how many it does. */
  get concurrency(): number {
    const { processes, concurrency } = this.#options.binding;
    return processes * concurrency;
  }
  get busy(): number {
    const { concurrency } = this.#options.binding;
    return this.#slots.reduce((sum, { load }) => sum + Math.min(load, concurrency), 0);
  }

  /** Its processes. */
  get pids(): readonly number[] {
    return this.#slots.map(({ pid }) => pid).filter((pid) => pid > 0);
  }

  /** Resolves when all is done; never rejects. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  start(): void {
    for (const slot of this.#slots) slot.start();
    this.#options.quota.listen(this.#quotaChanged);
    void this.#work();
    if (this.#options.isWatching) this.#options.orders.listen();
  }

  pause(): void {
    this.#isPaused = true;
    this.#takeBack();
  }

  resume(): void {
    this.#isPaused = false;
    this.changed();
  }

  /** Takes no more jobs, and lets those that run come to their end within the grace. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#stopped.resolve();
    this.#takeBack();
    for (const slot of this.#slots) slot.stop();
    this.#graceTimer = setTimeout(() => this.#endGrace(), this.#options.graceMs);
    this.changed();
  }

  /** Ends at once: what runs goes back. Resolves when the server knows, or has not answered for a while. */
  async kill(): Promise<void> {
    this.#isStopping = true;
    this.#stopped.resolve();
    this.#isGraceOver = true;
    for (const slot of this.#slots) slot.kill();
    this.#held.giveUp();
    await inTime(this.#held.returnAll(), RETURN_MS);
  }

  /** Makes the leases of its jobs last longer, now. */
  renew(): void {
    this.#held.renew();
  }

  /** The job of a lease was cancelled. */
  cancel(token: number): void {
    const job = this.#held.find(token);
    if (job !== undefined) return this.#cancel(job);
    this.#settlements.cancelled(token);
    this.#early.add(token);
    setTimeout(() => this.#early.delete(token), EARLY_MS).unref();
  }

  changed(): void {
    // Also while a read waits for more.
    this.#choice.assign();
    this.#changed?.resolve();
    this.#changed = undefined;
    if (this.#wasReady || !this.#hasAnswered || !this.#slots.every(({ wasReady }) => wasReady)) return;
    this.#wasReady = true;
    this.#options.listener.ready();
  }

  done(jobs: readonly LeasedJob[], ms: readonly number[]): void {
    for (const each of ms) this.#pace.add(each);
    this.#settlements.done(jobs);
  }

  ended(slot: WorkerSlot, job: LeasedJob, ended: EndedJob): void {
    this.#pace.add(ended.ms);
    this.#settlements.ended(job, ended, slot.pid, this.#isGraceOver);
  }

  returned(job: LeasedJob): void {
    this.#pace.slow();
    this.#settlements.return(job);
  }

  lost(exit: Exit, jobs: readonly JobAtExit[]): void {
    this.#settlements.lost(exit, jobs);
  }

  progressed(job: LeasedJob, text: string): void {
    if (!job.isCancelled) this.#source.progress(job, text);
  }

  logged(line: string): void {
    this.#options.listener.logged(line);
  }

  printed(line: PrintedLine): void {
    this.#options.report.printed(line);
  }

  succeeded(job: JobName): void {
    this.#options.report.succeeded(job);
  }

  crashed(text: string): void {
    const { report, binding } = this.#options;
    report.log('error', { binding: binding.name }, text);
  }

  refused(slot: WorkerSlot, refusal: Refusal): void {
    this.#options.listener.refused(refusal, !slot.wasReady || !this.#options.isWatching);
  }

  closed(slot: WorkerSlot): void {
    this.#open.delete(slot);
    this.changed();
  }

  /** Takes jobs until there are none, or no more are to be taken; then sees all to their end. */
  async #work(): Promise<void> {
    try {
      await this.#takeAll();
    } catch (error) {
      this.#options.listener.failed(error);
    }
    this.#isStopping = true;
    this.#takeBack();
    for (const slot of this.#slots) slot.stop();
    while (this.#held.size > 0 || this.#requests.underWay > 0 || this.#open.size > 0) await this.#change();
    clearTimeout(this.#graceTimer);
    clearTimeout(this.#lossTimer);
    this.#options.quota.forget(this.#quotaChanged);
    this.#held.close();
    this.#settlements.close();
    this.#source.close();
    this.#over.resolve();
  }

  async #takeAll(): Promise<void> {
    const { isWatching, quota } = this.#options;
    // While the processes load.
    await this.#bearing(this.#source.connect());
    while (!this.#isStopping && this.#open.size > 0) {
      const { error, underWay, isOpen } = this.#requests;
      if (error !== undefined) throw error;
      if (quota.isSpent) return;
      const isIdle = this.#held.size === 0 && underWay === 0;
      const room = this.#room();
      if (room > 0 && isOpen) this.#take(room);
      else if (room === 0 || underWay > 0) await this.#change();
      else if (isWatching) await this.#wait();
      else if (isIdle) return;
      else await this.#change();
    }
  }

  /** How many more jobs may be asked for. */
  #room(): number {
    if (this.#isPaused) return 0;
    const room =
      Math.min(this.#choice.room(this.#pace.ahead), this.#options.quota.left) - this.#requests.asked;
    return Math.max(0, Math.min(room, MOST_AT_ONCE));
  }

  /** Resolves when something has changed by which there may be more to do. */
  #change(): Promise<void> {
    this.#changed ??= new Deferred();
    return this.#changed.promise;
  }

  /** Asks for what there is now, which comes later. */
  #take(most: number): void {
    const request = () => this.#bearing(this.#source.take(most));
    this.#requests.ask(most, request, (jobs) => this.#receive(jobs));
  }

  /** Waits until there is a job. */
  async #wait(): Promise<void> {
    const job = await this.#bearing(this.#source.wait());
    if (job === undefined) return;
    this.#requests.noteJob();
    this.#receive([job]);
  }

  #receive(jobs: readonly LeasedJob[]): void {
    if (jobs.length > 0) this.#options.orders.listen();
    for (const job of jobs) {
      if (!this.#held.add(job)) continue;
      // Another binding may have had the last one that may be run.
      if (this.#isPaused || this.#isStopping || !this.#options.quota.claim()) this.#settlements.giveBack(job);
      else this.#choice.add(job);
      if (this.#early.size > 0 && this.#early.delete(job.token)) this.#cancel(job);
    }
    this.#choice.assign();
  }

  /**
   * What a request brings; undefined when the server was gone, and is back, or no more jobs are to be taken. From cron it
   * is waited for only while jobs run, until their leases are over.
   */
  async #bearing<T>(request: Promise<T>): Promise<T | undefined> {
    try {
      return await request;
    } catch (error) {
      if (!isPassing(error) || (!this.#options.isWatching && this.#held.size === 0)) throw error;
      await Promise.race([this.#source.recover(), this.#held.gaveUp, this.#stopped.promise]);
      if (this.#held.hasGivenUp) throw error;
      return undefined;
    }
  }

  /** One that has begun ends within the grace, any other one at once. */
  #cancel(job: LeasedJob): void {
    if (job.isCancelled) return;
    job.isCancelled = true;
    if (this.#choice.remove(job)) this.#settlements.return(job);
    // One that is in no slot has ended, and the server is being told.
    else this.#slots.some((slot) => slot.cancel(job, this.#options.graceMs));
  }

  /** No wait for a job goes on, and what no process has begun goes back. */
  #takeBack(): void {
    this.#source.endWait();
    for (const job of this.#choice.takeBack()) this.#settlements.return(job);
    for (const slot of this.#slots) slot.returnWaiting();
  }

  #noteEnd(): void {
    this.#requests.noteEnd();
    this.changed();
  }

  readonly #quotaChanged = (): void => {
    if (this.#options.quota.isOver) this.#source.endWait();
    this.changed();
  };

  #endGrace(): void {
    this.#isGraceOver = true;
    this.#held.giveUp();
    for (const slot of this.#slots) slot.end();
  }

  #answered(): void {
    this.#hasAnswered = true;
    this.changed();
  }

  #tellLost(error: MemqError): void {
    const { isWatching, listener, binding } = this.#options;
    if (isWatching) listener.lost(addressText(binding.server), error);
  }

  #lostServer(error: MemqError): void {
    const { isWatching, listener, binding } = this.#options;
    this.#tellLost(error);
    // One that never comes back does not keep others from being ready.
    this.#answered();
    if (!isWatching) {
      if (this.#held.size === 0) return;
      // By then the jobs are not ours any more.
      this.#lossTimer = setTimeout(() => this.#held.giveUp(), binding.leaseMs);
    }
    this.#source.recover().catch((problem: unknown) => listener.failed(problem));
  }
}

/** Resolves with the work, or after so many milliseconds. */
async function inTime(work: Promise<void>, ms: number): Promise<void> {
  const over = new Deferred<void>();
  const timer = setTimeout(() => over.resolve(), ms);
  await Promise.race([work, over.promise]);
  clearTimeout(timer);
}
