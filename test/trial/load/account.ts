/** Requests whose answer never came may have been done at any moment, so a lease is certain only that much earlier. */
const MARGIN_MS = 100;
const MOST_RECENT = 2000;
/** So much of what is wrong is told in words. */
const MOST_TOLD = 20;

/** Messages of the first have ids, and are reserved; those of the second are taken for good. */
export type Queue = 'jobs' | 'takes';

/** A message, and what clients know of it. Times are milliseconds of this process. */
export interface Job {
  readonly number: number;
  readonly queue: Queue;
  /** The fault that was under way when it was sent. */
  readonly round: string;
  /** Since when it is certain that it is there; 0: it is not. */
  stored: number;
  /** Since when it is certain that it is done, cancelled or taken for good. */
  ended: number;
  /** How often something was asked that ends it: each may have. */
  endings: number;
  /** When the lease was asked for that holds it for certain; 0: there is none. */
  held: number;
}

/** What a round came to. What must not happen stands with how often it did. */
export interface Tally {
  /** That a message is there, or is over. */
  acknowledged: number;
  /** Acknowledged, and not there. */
  lost: number;
  /** Over for certain, and handed out again. */
  doubled: number;
  /** Handed out, or said to be over, while a lease held it. */
  shared: number;
  /** What was told was not so any more when it was asked, or never. */
  stale: number;
}

type Wrong = Exclude<keyof Tally, 'acknowledged'>;

/**
 * What was acknowledged, and what was not: of every message that clients sent, what they know for certain, and what must
 * never be answered then.
 *
 * An answer tells of any moment between the sending of its request and its coming. So it contradicts only what was known
 * before it was asked for, however late it comes.
 */
export class Account {
  readonly #jobs: Job[] = [];
  readonly #leaseMs: number;
  readonly #clock: () => number;
  readonly #tallies = new Map<string, Tally>();
  /** In words. */
  readonly told: string[] = [];
  /** What is under way. */
  round = '';
  handedOut = 0;
  /** Messages that are there, as a server told last. */
  backlog = 0;
  /** Asked for a message for good, and never answered: each may have taken one. */
  openTakes = 0;

  constructor(leaseMs: number, clock: () => number = () => performance.now()) {
    this.#leaseMs = leaseMs;
    this.#clock = clock;
  }

  get now(): number {
    return this.#clock();
  }

  /** What a round came to, so far: what is lost counts where it was sent. */
  tallyOf(round: string): Tally {
    let tally = this.#tallies.get(round);
    if (tally === undefined) {
      tally = { acknowledged: 0, lost: 0, doubled: 0, shared: 0, stale: 0 };
      this.#tallies.set(round, tally);
    }
    return tally;
  }

  /** A message that is about to be sent. */
  send(queue: Queue): Job {
    const job = {
      ...{ number: this.#jobs.length, queue, round: this.round },
      ...{ stored: 0, ended: 0, endings: 0, held: 0 },
    };
    this.#jobs.push(job);
    return job;
  }

  /** Any of those that were sent last. */
  recent(queue: Queue): Job | undefined {
    const back = Math.floor(Math.random() * Math.min(this.#jobs.length, MOST_RECENT));
    const job = this.#jobs[this.#jobs.length - 1 - back];
    return job?.queue === queue ? job : undefined;
  }

  /** An answer says that it is there. */
  isStored(job: Job): void {
    if (job.stored > 0) return;
    job.stored = this.now;
    this.tallyOf(this.round).acknowledged++;
  }

  /** The message with this body, which was handed out; `asked`: when it was asked for. */
  isHandedOut(body: string, asked: number): Job {
    const job = this.#jobs[Number.parseInt(body, 10)];
    if (job === undefined || body !== bodyOf(job)) throw new Error(`nobody has sent ${body.slice(0, 100)}`);
    this.handedOut++;
    this.isStored(job);
    if (job.ended > 0 && job.ended < asked) this.#tell('doubled', job, 'handed out after its end');
    if (this.#holds(job, asked)) this.#tell('shared', job, 'handed out while it was held');
    return job;
  }

  /** It is held by a lease, for which one asked then. */
  isHeld(job: Job, asked: number): void {
    job.held = asked;
  }

  /** Something is about to be asked that ends it, or its lease. Whether that lease, asked for then, holds it for certain. */
  settle(job: Job, mayEnd: boolean, asked = 0): boolean {
    const isHeld = asked > 0 && job.held === asked && this.#holds(job, asked);
    job.held = 0;
    if (mayEnd) job.endings++;
    return isHeld;
  }

  /** It is over for certain. */
  isOver(job: Job): void {
    this.isStored(job);
    if (job.ended > 0) return;
    job.ended = this.now;
    this.tallyOf(this.round).acknowledged++;
  }

  /** The lease that held it when `settle` was asked, for the first time, is said to be over, and nobody else has ended it. */
  leaseIsOver(job: Job, asked: number, own: 0 | 1): void {
    if (job.endings <= own && this.now - asked < this.#leaseMs - MARGIN_MS)
      this.#tell('shared', job, 'its lease was over too early');
  }

  /**
   * Its state is told, undefined: that there is nothing of it. `own`: 1 where what was asked would have ended it itself.
   */
  isSeen(job: Job, state: string | undefined, asked: number, own: 0 | 1 = 0): void {
    const isAlive = state === 'waiting' || state === 'running';
    if (state === undefined) {
      if (job.stored > 0 && job.stored < asked && job.endings <= own) this.#tell('stale', job, 'a miss');
      return;
    }
    this.isStored(job);
    if (isAlive && job.ended > 0 && job.ended < asked) this.#tell('stale', job, `${state} after its end`);
    if (!isAlive && job.endings === 0) this.#tell('stale', job, `${state}, though nobody has ended it`);
  }

  /** Nothing waits and nothing is held any more: what should still be there is lost. */
  close(): void {
    const missing = this.#jobs.filter(
      ({ stored, ended, endings }) => stored > 0 && ended === 0 && endings === 0,
    );
    const [jobs, takes] = (['jobs', 'takes'] as const).map((name) =>
      missing.filter(({ queue }) => queue === name),
    );
    // Which of them those took whose answer never came, nobody can tell.
    for (const job of [...jobs!, ...takes!.slice(this.openTakes)])
      this.#tell('lost', job, 'acknowledged, and not there');
  }

  /** Whether the lease before, and one that was asked for then, overlap for certain. */
  #holds({ held }: Job, asked: number): boolean {
    return held > 0 && this.now - Math.min(held, asked) < this.#leaseMs - MARGIN_MS;
  }

  #tell(wrong: Wrong, { number, round }: Job, what: string): void {
    this.isWrong(wrong, `job ${number} (sent in ${round}): ${what}`, wrong === 'lost' ? round : this.round);
  }

  /** Something happened that must not, in that round. */
  isWrong(wrong: Wrong, what: string, round = this.round): void {
    this.tallyOf(round)[wrong]++;
    if (this.told.length < MOST_TOLD) this.told.push(`${wrong}, ${round}: ${what}`);
  }
}

/** What is in a message: mostly little, now and then much. */
export function bodyOf({ number }: Job): string {
  const length = number % 50 === 0 ? 20_000 : 100;
  return `${number} `.padEnd(length, `${number % 7919}.`);
}
