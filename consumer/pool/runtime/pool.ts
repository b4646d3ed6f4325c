// Runs in the parent.
import { Deferred } from '../../../shared/deferred.ts';
import { MemqError } from '../../../shared/errors.ts';
import { EX_TEMPFAIL, EX_UNAVAILABLE } from '../../../shared/exit-status.ts';
import type { Binding } from '../../config/binding.ts';
import type { Counts, JobName, JobTrouble, PrintedLine, Report } from '../../report/report.ts';
import type { ChildMessage, PoolCommand, Refusal } from '../messages.ts';
import { OrphanedJobs, serverOf } from './orphaned-jobs.ts';
import { WorkerSlot, type WorkerSlotListener } from './worker-slot.ts';

interface PoolOptions {
  readonly bindings: readonly Binding[];
  readonly isWatching: boolean;
  /** How many jobs to run at most. */
  readonly maxJobs: number;
  readonly graceMs: number;
  readonly logLevel: string;
  readonly report: Report;
  readonly counted: (counts: Counts) => void;
  /** Whether the report shows how many jobs wait. */
  readonly countsWaiting: boolean;
}

/** Exit statuses of what is wrong with a server, for the time being: it is gone, or full, or stopping. */
const PASSING: ReadonlySet<number> = new Set([EX_UNAVAILABLE, EX_TEMPFAIL]);

/** What ended a process, and with it the run. */
class RefusedError extends MemqError {
  readonly code: string;
  override readonly exitCode: number;

  constructor({ code, message, exitCode }: Refusal) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** All processes of a configuration, from the first start to the last end. */
export class Pool implements WorkerSlotListener {
  readonly #options: PoolOptions;
  readonly #slots: ReadonlySet<WorkerSlot>;
  /** Slots that are not closed. */
  readonly #open: Set<WorkerSlot>;
  /** Servers that are gone. */
  readonly #lost = new Set<string>();
  readonly #orphans: OrphanedJobs;
  #error: MemqError | undefined;
  readonly #over = new Deferred<void>();
  readonly #ready = new Deferred<void>();

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#slots = new Set(this.#createSlots());
    this.#open = new Set(this.#slots);
    this.#orphans = new OrphanedJobs(this.#slots);
    for (const slot of this.#slots) slot.start();
  }

  /** Resolves when all slots are closed; rejects when a process says that it cannot work. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Resolves when each slot has had a process that could run jobs; never, when one cannot. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Whether a server cannot be reached at present. */
  get isCutOff(): boolean {
    return this.#lost.size > 0;
  }

  /** Takes no more jobs, and ends when those that run have ended, or the grace is over. */
  stop(): void {
    for (const slot of this.#slots) slot.stop(this.#options.graceMs);
  }

  /** Ends at once: what runs goes back. */
  kill(): void {
    for (const slot of this.#slots) slot.kill();
  }

  send(command: PoolCommand): void {
    for (const slot of this.#slots) slot.send(command);
  }

  received(slot: WorkerSlot, message: ChildMessage): void {
    const { report } = this.#options;
    switch (message.type) {
      case 'ready':
        if ([...this.#slots].every(({ wasReady }) => wasReady)) this.#ready.resolve();
        break;
      case 'counted':
        this.#options.counted(message.counts);
        break;
      case 'waiting':
        report.waiting(message.count);
        break;
      case 'trouble':
        report.trouble(message.trouble);
        break;
      case 'unsettled': {
        const { type: _type, ...about } = message;
        report.log('error', about, 'a job has run, but the server could not be told: it will run again');
        break;
      }
      case 'log':
        this.#logOfJob(message.line);
        break;
      case 'lost':
        this.#lose(slot, message.message);
        break;
      case 'back':
        this.#comeBack(slot);
        break;
      case 'orphaned':
        this.#orphans.add(slot, message.key);
        break;
      case 'orphan-ended':
        this.#orphans.settle(slot, message);
        break;
    }
  }

  killed(troubles: readonly JobTrouble[]): void {
    this.#options.counted({ done: 0, failed: troubles.length, rejected: 0 });
    for (const trouble of troubles) this.#options.report.trouble(trouble);
  }

  printed(line: PrintedLine): void {
    this.#options.report.printed(line);
  }

  succeeded(job: JobName): void {
    this.#options.report.succeeded(job);
  }

  crashed(slot: WorkerSlot, text: string): void {
    this.#options.report.log('error', { binding: slot.binding.name }, `a process is replaced: ${text}`);
  }

  refused(slot: WorkerSlot, refusal: Refusal): void {
    const error = new RefusedError(refusal);
    if (slot.wasReady && this.#options.isWatching) {
      this.#options.report.log('error', { code: error.code }, error.message);
      return;
    }
    this.#error ??= error;
    // Those with another server can do their work.
    if (!PASSING.has(error.exitCode)) this.stop();
  }

  started(slot: WorkerSlot): void {
    this.#orphans.sendAll(slot);
  }

  exited(slot: WorkerSlot): void {
    this.#orphans.giveUp(slot);
  }

  closed(slot: WorkerSlot): void {
    this.#open.delete(slot);
    if (this.#open.size > 0) return;
    if (this.#error === undefined) this.#over.resolve();
    else this.#over.reject(this.#error);
  }

  *#createSlots(): Iterable<WorkerSlot> {
    const { bindings, isWatching, logLevel, countsWaiting, maxJobs } = this.#options;
    const count = bindings.reduce((sum, { processes }) => sum + processes, 0);
    let index = 0;
    for (const binding of bindings) {
      for (let i = 0; i < binding.processes; i++, index++) {
        // The first ones get what does not divide.
        const share = Number.isFinite(maxJobs) ? Math.floor((maxJobs + count - 1 - index) / count) : maxJobs;
        if (share === 0) continue;
        yield new WorkerSlot({
          binding,
          isWatching,
          logLevel,
          // One of them counts for all.
          countsWaiting: countsWaiting && i === 0,
          maxJobs: share,
          listener: this,
        });
      }
    }
  }

  #logOfJob(line: string): void {
    const entry: { level: number; time: number; msg?: string } = JSON.parse(line);
    const { level, time: _time, msg = '', ...fields } = entry;
    const name = level >= 50 ? 'error' : level >= 40 ? 'warn' : level >= 30 ? 'info' : 'debug';
    this.#options.report.log(name, fields, msg);
  }

  /** Said once for all that have the same server. */
  #lose(slot: WorkerSlot, message: string): void {
    if (this.#lost.has(serverOf(slot))) return;
    this.#lost.add(serverOf(slot));
    this.#options.report.log('warn', {}, `${message}; trying again until it is back`);
  }

  #comeBack(slot: WorkerSlot): void {
    if (this.#lost.delete(serverOf(slot)))
      this.#options.report.log('info', {}, `the server at ${serverOf(slot)} is back`);
  }
}
