import { MemqError } from '../../../shared/errors.ts';
import type { Binding } from '../../config/configuration.ts';
import type { Counts, JobTrouble, Report } from '../../report/report.ts';
import type { Landing, News, Order, Refusal } from '../messages.ts';
import { Seat } from './seat.ts';

export interface TeamOptions {
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

/** How many jobs are remembered that ran while their connection was lost: the server hands them out again soon. */
const MOST_ADRIFT = 10_000;

/** Exit codes of what is wrong with a server, for the time being: it is gone, or full, or stopping. */
const PASSING = new Set([69, 75]);

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
export class Team {
  /** Resolves when all have left; rejects when a process says that it cannot work. */
  readonly over: Promise<void>;
  /** Resolves when each has been able to run jobs; never, when one cannot. */
  readonly ready: Promise<void>;
  readonly #options: TeamOptions;
  readonly #seats: ReadonlySet<Seat>;
  readonly #working: Set<Seat>;
  /** Servers that are gone. */
  readonly #lost = new Set<string>();
  /** Jobs that run while their connection is lost, by their server and mark. */
  readonly #adrift = new Map<string, { readonly seat: Seat; readonly landing: Landing }>();
  #error: MemqError | undefined;
  #finish!: () => void;
  #isReady!: () => void;

  constructor(options: TeamOptions) {
    this.#options = options;
    this.over = new Promise((resolve, reject) => {
      this.#finish = () => (this.#error === undefined ? resolve() : reject(this.#error));
    });
    this.ready = new Promise((resolve) => {
      this.#isReady = resolve;
    });
    this.#seats = new Set(this.#createSeats());
    this.#working = new Set(this.#seats);
    for (const seat of this.#seats) seat.start();
  }

  /** Takes no more jobs, and ends when those that run have ended, or the grace is over. */
  stop(): void {
    for (const seat of this.#seats) seat.stop(this.#options.graceMs);
  }

  /** Ends at once: what runs goes back. */
  kill(): void {
    for (const seat of this.#seats) seat.kill();
  }

  tell(order: Order): void {
    for (const seat of this.#seats) seat.tell(order);
  }

  heard(seat: Seat, news: News): void {
    const { report } = this.#options;
    switch (news.type) {
      case 'ready':
        if ([...this.#seats].every(({ wasReady }) => wasReady)) this.#isReady();
        break;
      case 'counted':
        this.#options.counted(news.counts);
        break;
      case 'waiting':
        report.waiting(news.count);
        break;
      case 'trouble':
        report.trouble(news.trouble);
        break;
      case 'unsettled': {
        const { type: _type, ...about } = news;
        report.log('error', about, 'a job has run, but the server could not be told: it will run again');
        break;
      }
      case 'log':
        this.#jobLog(news.line);
        break;
      case 'lost':
        this.#lose(seat, news.message);
        break;
      case 'back':
        this.#comeBack(seat);
        break;
      case 'adrift':
        this.#drift(seat, news.mark);
        break;
      case 'landed':
        this.#land(seat, news);
        break;
    }
  }

  killed(troubles: readonly JobTrouble[]): void {
    this.#options.counted({ done: 0, failed: troubles.length, rejected: 0 });
    for (const trouble of troubles) this.#options.report.trouble(trouble);
  }

  crashed(seat: Seat, text: string): void {
    this.#options.report.log('error', { binding: seat.binding.name }, `a process is replaced: ${text}`);
  }

  refused(seat: Seat, refusal: Refusal): void {
    const error = new RefusedError(refusal);
    if (seat.wasReady && this.#options.isWatching) {
      this.#options.report.log('error', { code: error.code }, error.message);
      return;
    }
    this.#error ??= error;
    // Those with another server can do their work.
    if (!PASSING.has(error.exitCode)) this.stop();
  }

  started(seat: Seat): void {
    for (const [key, { landing }] of this.#adrift) {
      if (!key.startsWith(`${serverOf(seat)} `)) continue;
      seat.tell({ type: 'adrift', mark: landing.mark });
      if (landing.outcome !== undefined) seat.tell({ type: 'landed', ...landing });
    }
  }

  exited(seat: Seat): void {
    for (const { seat: runner, landing } of this.#adrift.values()) {
      // Nobody will ever know how it ended.
      if (runner === seat && landing.outcome === undefined) this.#land(seat, landing);
    }
  }

  left(seat: Seat): void {
    this.#working.delete(seat);
    if (this.#working.size === 0) this.#finish();
  }

  *#createSeats(): Iterable<Seat> {
    const { bindings, isWatching, logLevel, countsWaiting, maxJobs } = this.#options;
    const count = bindings.reduce((sum, { processes }) => sum + processes, 0);
    let index = 0;
    for (const binding of bindings) {
      for (let i = 0; i < binding.processes; i++, index++) {
        // The first ones get what does not divide.
        const share = Number.isFinite(maxJobs) ? Math.floor((maxJobs + count - 1 - index) / count) : maxJobs;
        if (share === 0) continue;
        const counts = countsWaiting && i === 0;
        yield new Seat({
          binding,
          isWatching,
          logLevel,
          countsWaiting: counts,
          maxJobs: share,
          listener: this,
        });
      }
    }
  }

  #jobLog(line: string): void {
    const {
      level,
      time: _time,
      msg = '',
      ...fields
    } = JSON.parse(line) as { level: number; time: number; msg?: string };
    const name = level >= 50 ? 'error' : level >= 40 ? 'warn' : level >= 30 ? 'info' : 'debug';
    this.#options.report.log(name, fields, msg);
  }

  /** Said once for all that have the same server. */
  #lose(seat: Seat, message: string): void {
    if (this.#lost.has(serverOf(seat))) return;
    this.#lost.add(serverOf(seat));
    this.#options.report.log('warn', {}, `${message}; trying again until it is back`);
  }

  #comeBack(seat: Seat): void {
    if (this.#lost.delete(serverOf(seat)))
      this.#options.report.log('info', {}, `the server at ${serverOf(seat)} is back`);
  }

  /** The server may hand the job to another process by now. */
  #drift(seat: Seat, mark: string): void {
    this.#adrift.set(`${serverOf(seat)} ${mark}`, { seat, landing: { mark, outcome: undefined } });
    if (this.#adrift.size > MOST_ADRIFT) this.#adrift.delete(this.#adrift.keys().next().value!);
    this.#tellOthers(seat, { type: 'adrift', mark });
  }

  #land(seat: Seat, { mark, outcome }: Landing): void {
    const key = `${serverOf(seat)} ${mark}`;
    if (outcome === undefined) this.#adrift.delete(key);
    else this.#adrift.set(key, { seat, landing: { mark, outcome } });
    this.#tellOthers(seat, { type: 'landed', mark, outcome });
  }

  #tellOthers(seat: Seat, order: Order): void {
    for (const other of this.#seats)
      if (other !== seat && serverOf(other) === serverOf(seat)) other.tell(order);
  }
}

function serverOf({ binding: { server } }: Seat): string {
  return `${server.host}:${server.port}`;
}
