// Runs in the parent.
import { Deferred } from '../../../shared/deferred.ts';
import { MemqError } from '../../../shared/errors.ts';
import { EX_TEMPFAIL, EX_UNAVAILABLE } from '../../../shared/exit-status.ts';
import { Connection } from '../../../shared/memcache.ts';
import { addressText, type ServerAddress } from '../../../shared/server-address.ts';
import type { Binding } from '../../config/binding.ts';
import type { Condition } from '../../queue/introduction.ts';
import { type Order, Orders } from '../../queue/orders.ts';
import { countWaiting } from '../../queue/waiting-jobs.ts';
import type { Counts, Report } from '../../report/report.ts';
import type { Refusal } from '../messages.ts';
import { Dispatcher, type DispatcherListener } from './dispatcher.ts';
import type { JobQuota } from './job-quota.ts';
import { JobReports } from './job-reports.ts';
import { Usage } from './usage.ts';

interface PoolOptions {
  readonly bindings: readonly Binding[];
  readonly isWatching: boolean;
  /** How many jobs to run at most. */
  readonly quota: JobQuota;
  readonly graceMs: number;
  readonly logLevel: string;
  readonly report: Report;
  readonly counted: (counts: Counts) => void;
  readonly ordered: (order: OwnOrder, mayBeRepeated: boolean) => void;
  /** Whether the report shows how many jobs wait. */
  readonly countsWaiting: boolean;
}

/** An order about more than a job. */
export type OwnOrder = Exclude<Order, { readonly order: 'cancel' }>;

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

/** All bindings of a configuration with their processes, from the first start to the last end. */
export class Pool implements DispatcherListener {
  readonly #options: PoolOptions;
  readonly #dispatchers: readonly Dispatcher[];
  readonly #reports: JobReports;
  /** One for each server, by address and user. */
  readonly #orders = new Map<string, Orders>();
  /** Servers that are gone, each with the codes of what was told of it. */
  readonly #lost = new Map<string, Set<string>>();
  readonly #over: Promise<void>;
  readonly #ready = new Deferred<void>();
  #readyCount = 0;
  #isPaused = false;
  #isStopping = false;
  #error: unknown;

  constructor(options: PoolOptions) {
    this.#options = options;
    const { bindings, isWatching, graceMs, logLevel, report, quota, countsWaiting } = options;
    const reports = new JobReports(options.counted);
    this.#reports = reports;
    this.#dispatchers = bindings.map((binding) => {
      const orders = this.#ordersOf(binding.server);
      return new Dispatcher({
        binding,
        isWatching,
        graceMs,
        logLevel,
        report,
        reports,
        quota,
        orders,
        listener: this,
      });
    });
    this.#over = this.#whenOver();
    // Whoever waits for it hears of it.
    this.#over.catch(() => {});
    for (const dispatcher of this.#dispatchers) dispatcher.start();
    if (countsWaiting) for (const binding of bindings) void this.#countWaiting(binding);
  }

  /** Resolves when all is done; rejects when the run cannot go on. */
  get over(): Promise<void> {
    return this.#over;
  }

  /** Resolves when all processes could run jobs; never, when one cannot. */
  get isReady(): Promise<void> {
    return this.#ready.promise;
  }

  /** Whether a server cannot be reached at present. */
  get isCutOff(): boolean {
    return this.#lost.size > 0;
  }

  /** Takes no more jobs, and ends when those that run have ended, or the grace is over. */
  stop(): void {
    this.#isStopping = true;
    for (const dispatcher of this.#dispatchers) dispatcher.stop();
  }

  /** Ends at once: what runs goes back. */
  async kill(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#dispatchers.map((dispatcher) => dispatcher.kill()));
  }

  pause(): void {
    this.#isPaused = true;
    for (const dispatcher of this.#dispatchers) dispatcher.pause();
  }

  resume(): void {
    this.#isPaused = false;
    for (const dispatcher of this.#dispatchers) dispatcher.resume();
  }

  ready(): void {
    this.#readyCount++;
    if (this.#readyCount === this.#dispatchers.length) this.#ready.resolve();
  }

  failed(error: unknown): void {
    this.#error ??= error;
    // Those with another server can do their work.
    if (!(error instanceof MemqError) || !PASSING.has(error.exitCode)) this.stop();
  }

  refused(refusal: Refusal, isFatal: boolean): void {
    if (isFatal) this.failed(new RefusedError(refusal));
    else this.#options.report.log('error', { code: refusal.code }, refusal.message);
  }

  logged(line: string): void {
    const entry: { level: number; time: number; msg?: string } = JSON.parse(line);
    const { level, time: _time, msg = '', ...fields } = entry;
    const name = level >= 50 ? 'error' : level >= 40 ? 'warn' : level >= 30 ? 'info' : 'debug';
    this.#options.report.log(name, fields, msg);
  }

  /** Said once for all that have the same server. */
  lost(server: string, { code, message }: MemqError): void {
    const told = this.#lost.get(server) ?? new Set();
    if (told.has(code)) return;
    this.#lost.set(server, told.add(code));
    this.#options.report.log('warn', {}, `${message}; trying again until it is back`);
  }

  back(server: string): void {
    if (this.#lost.delete(server)) this.#options.report.log('info', {}, `the server at ${server} is back`);
  }

  #ordersOf(server: ServerAddress): Orders {
    const key = JSON.stringify([addressText(server), server.username]);
    const known = this.#orders.get(key);
    if (known !== undefined) return known;
    const usage = new Usage();
    const made: Orders = new Orders(server, {
      condition: () => this.#condition(made, usage),
      ordered: (order, mayBeRepeated) => this.#ordered(made, order, mayBeRepeated),
      reconnected: () => {
        for (const dispatcher of this.#servedBy(made)) dispatcher.renew();
      },
      refused: (reason) => {
        this.#options.report.log('debug', {}, `no orders can come from the server: ${reason}`);
      },
    });
    this.#orders.set(key, made);
    return made;
  }

  #ordered(orders: Orders, order: Order, mayBeRepeated: boolean): void {
    if (order.order !== 'cancel') return this.#options.ordered(order, mayBeRepeated);
    for (const dispatcher of this.#servedBy(orders)) dispatcher.cancel(order.lease);
  }

  /** How it is, for one of its servers. */
  #condition(orders: Orders, usage: Usage): Condition {
    const dispatchers = this.#servedBy(orders);
    return {
      role: this.#options.isWatching ? 'daemon' : 'cron',
      queues: dispatchers.map(({ queues }) => queues),
      concurrency: sum(dispatchers.map(({ concurrency }) => concurrency)),
      busy: sum(dispatchers.map(({ busy }) => busy)),
      ...usage.measure(this.#dispatchers.flatMap(({ pids }) => pids)),
      state: this.#isStopping ? 'stopping' : this.#isPaused ? 'quiet' : 'running',
    };
  }

  #servedBy(server: Orders): readonly Dispatcher[] {
    return this.#dispatchers.filter(({ orders }) => orders === server);
  }

  async #whenOver(): Promise<void> {
    await Promise.all(this.#dispatchers.map(({ over }) => over));
    for (const orders of this.#orders.values()) orders.close();
    this.#reports.flush();
    if (this.#error !== undefined) throw this.#error;
  }

  async #countWaiting({ server, queues }: Binding): Promise<void> {
    const connection = new Connection(server);
    try {
      this.#options.report.waiting((await countWaiting(connection, queues)).jobs);
    } catch (error) {
      // The first read meets the same problem, and reports it.
      if (!(error instanceof MemqError)) throw error;
    } finally {
      connection.close();
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
