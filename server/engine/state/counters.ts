/** What is counted of queues, and its place in a tally. What each of them is: `Counts` in read-api.ts. */
export const Count = {
  enqueued: 0,
  delivered: 1,
  completed: 2,
  removed: 3,
  expired: 4,
  dropped: 5,
  failedDropped: 6,
  refused: 7,
  deadLettered: 8,
  retried: 9,
  failed: 10,
  leasesExpired: 11,
  givenBack: 12,
  cancelled: 13,
} as const;
export type Count = (typeof Count)[keyof typeof Count];

type AllCounts = Record<keyof typeof Count, number>;

/** The counts of one queue, or of all. */
export class Tally {
  readonly counts: number[] = new Array(Object.keys(Count).length).fill(0);
  /** What they were at the last reset before which anything was counted, and which one that was. */
  atReset: readonly number[] | undefined;
  resets: number;
  /** The epoch of the last count. */
  epoch = -1;

  constructor(resets: number) {
    this.resets = resets;
  }

  /** By their names. */
  get named(): AllCounts {
    const { counts } = this;
    return {
      enqueued: counts[Count.enqueued],
      delivered: counts[Count.delivered],
      completed: counts[Count.completed],
      removed: counts[Count.removed],
      expired: counts[Count.expired],
      dropped: counts[Count.dropped],
      failedDropped: counts[Count.failedDropped],
      refused: counts[Count.refused],
      deadLettered: counts[Count.deadLettered],
      retried: counts[Count.retried],
      failed: counts[Count.failed],
      leasesExpired: counts[Count.leasesExpired],
      givenBack: counts[Count.givenBack],
      cancelled: counts[Count.cancelled],
    };
  }

  /** Since the reset of that number. */
  since(what: Count, resets: number): number {
    if (this.resets !== resets) return 0;
    return this.counts[what] - (this.atReset?.[what] ?? 0);
  }
}

/**
 * Counts what happens to queues, for each of them and for all together. Volatile, and never set back: a reset is a
 * number, and what a tally was at the last one is noted when it counts for the first time after that. So neither a reset nor
 * a look at what has changed touches the queues in which nothing happens.
 */
export class Counters {
  /** Of all queues, those that are gone included. */
  readonly totals = new Tally(0);
  #resets = 0;
  /** Another one after each reset and each look at what has changed. */
  #epoch = 0;
  #changed = new Set<string>();

  /** Once more, of a queue; its tally. Of one that there is not only in total. */
  count(name: string, tally: Tally | undefined, what: Count): Tally {
    const own = tally ?? new Tally(this.#resets);
    if (own.epoch !== this.#epoch) this.#begin(name, own);
    own.counts[what]++;
    this.totals.counts[what]++;
    return own;
  }

  /** The same of a store to a queue that there is not. */
  countElsewhere(what: Count): void {
    this.totals.counts[what]++;
  }

  /** Since the last reset. */
  since(tally: Tally | undefined, what: Count): number {
    return tally === undefined ? 0 : tally.since(what, this.#resets);
  }

  reset(): void {
    this.#epoch++;
    this.#resets++;
    this.totals.atReset = [...this.totals.counts];
    this.totals.resets = this.#resets;
  }

  /** The names of the queues that have counted something since this was last called. */
  takeChanged(): readonly string[] {
    const names = [...this.#changed];
    this.#changed = new Set();
    this.#epoch++;
    return names;
  }

  /** A queue is gone. */
  forget(name: string): void {
    this.#changed.delete(name);
  }

  /** The first count of an epoch. */
  #begin(name: string, tally: Tally): void {
    tally.epoch = this.#epoch;
    this.#changed.add(name);
    if (tally.resets === this.#resets) return;
    tally.atReset = [...tally.counts];
    tally.resets = this.#resets;
  }
}
