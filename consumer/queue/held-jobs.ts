import { Deferred } from '../../shared/deferred.ts';
import { MemqError } from '../../shared/errors.ts';
import { hasNoted, type JobSource, type LeasedJob, type Settlement } from './job-source.ts';

/** How many results are remembered that came when the lease was over, and for how long, milliseconds. */
const MOST_LATE = 10_000;
const LATE_MS = 3_600_000;

/** What became of a settlement. */
export type Settled =
  | 'told'
  /** The lease was over: the job may run again. */
  | 'late'
  /** The server could not be told. */
  | MemqError;

export interface HeldJobsListener {
  /** A job that `add` took for one that was held, but is its next attempt. */
  takenAgain(job: LeasedJob): void;
  /** One is not held any more that had ended before it was taken. */
  settledLate(): void;
  /** One that is held was cancelled, as its renewal shows. */
  cancelled(job: LeasedJob): void;
}

interface LateSettlement {
  readonly settlement: Settlement;
  readonly told: (() => void) | undefined;
  readonly until: number;
}

/**
 * The jobs whose leases are ours, from the moment at which they are taken until the server knows how they ended. Their
 * leases are renewed. One that the server hands out again meanwhile, since it was away for longer than the lease, goes on
 * where it is, and one that had ended is not run again.
 */
export class HeldJobs {
  readonly #source: JobSource;
  readonly #listener: HeldJobsListener;
  readonly #held = new Map<string, LeasedJob>();
  /** Handed out again while they are held. */
  readonly #again = new Map<string, LeasedJob>();
  readonly #late = new Map<string, LateSettlement>();
  readonly #renewal: NodeJS.Timeout;
  readonly #giveUp = new AbortController();
  readonly #gaveUp = new Deferred<void>();

  constructor(source: JobSource, leaseMs: number, listener: HeldJobsListener) {
    this.#source = source;
    this.#listener = listener;
    this.#renewal = setInterval(() => this.renew(), leaseMs / 3);
  }

  /** Makes all leases last longer. A server that was started anew hears by that who has the jobs. */
  renew(): void {
    this.#source.renew(this.#held.values(), (job) => this.#listener.cancelled(job));
  }

  get size(): number {
    return this.#held.size;
  }

  /** The job of a lease, if it is ours. */
  find(token: number): LeasedJob | undefined {
    for (const job of this.#held.values()) if (job.token === token) return job;
    return undefined;
  }

  /** A job that was taken; false when it is not to be run. */
  add(job: LeasedJob): boolean {
    const { key } = job;
    const earlier = this.#held.get(key);
    if (earlier !== undefined) {
      earlier.token = job.token;
      if (job.error !== undefined) earlier.error = job.error;
      this.#again.set(key, job);
      return false;
    }
    this.#held.set(key, job);
    const late = this.#late.get(key);
    if (late === undefined) return true;
    this.#late.delete(key);
    if (hasNoted(job, late.settlement)) {
      late.told?.();
      return true;
    }
    void this.settle(job, late.settlement, late.told).then(() => this.#listener.settledLate());
    return false;
  }

  /**
   * Tells the server how a job ended; where it is gone, as soon as it is back. `told` is called once the server knows, also
   * when that is later, since it has handed the job out again. Never rejects.
   */
  async settle(job: LeasedJob, settlement: Settlement, told?: () => void): Promise<Settled> {
    let token: number | undefined;
    try {
      token = await this.#source.settle(job, settlement, this.#giveUp.signal);
      if (token !== undefined) {
        told?.();
        return 'told';
      }
      if (settlement.kind === 'done' || settlement.kind === 'failed')
        this.#remember(job.key, settlement, told);
      return 'late';
    } catch (error) {
      if (error instanceof MemqError) return error;
      throw error;
    } finally {
      this.#release(job, token);
    }
  }

  /**
   * Tells the server of jobs that are done and have no result, in one packet. Gives those that are still held, since they are to
   * be settled one by one: it took no note of them, or may not have. Never rejects.
   */
  async finish(jobs: readonly LeasedJob[]): Promise<readonly LeasedJob[]> {
    const tokens = jobs.map(({ token }) => token);
    const left = new Set(await this.#source.finish(jobs));
    jobs.forEach((job, index) => {
      if (!left.has(job)) this.#release(job, tokens[index]);
    });
    return [...left];
  }

  /** All go back. Resolves when the server knows. */
  async returnAll(): Promise<void> {
    await Promise.all([...this.#held.values()].map((job) => this.settle(job, { kind: 'returned' })));
  }

  /** The server is not waited for any longer. */
  giveUp(): void {
    this.#giveUp.abort();
    this.#gaveUp.resolve();
  }

  get hasGivenUp(): boolean {
    return this.#giveUp.signal.aborted;
  }

  /** Resolves when the server is not waited for any longer. */
  get gaveUp(): Promise<void> {
    return this.#gaveUp.promise;
  }

  close(): void {
    clearInterval(this.#renewal);
  }

  /** The server knows how it ended, by the lease of that token; undefined: it does not. */
  #release(job: LeasedJob, token: number | undefined): void {
    const { key } = job;
    const again = this.#again.get(key);
    this.#again.delete(key);
    this.#held.delete(key);
    // It ended by its earlier token, was there again at once, and came over another connection before this answer.
    if (token !== undefined && again !== undefined && again.token !== token) this.#listener.takenAgain(again);
  }

  #remember(key: string, settlement: Settlement, told: (() => void) | undefined): void {
    const now = Date.now();
    for (const [oldest, { until }] of this.#late) {
      if (until > now && this.#late.size < MOST_LATE) break;
      this.#late.delete(oldest);
    }
    this.#late.set(key, { settlement, told, until: now + LATE_MS });
  }
}
