import type { Rate } from '../policy.ts';

/**
 * For so long after a wait is over the next starts keep to the times that they would have had: the timer was late, and
 * whoever is served comes again only a little later. Later than that it was idleness.
 */
const LENIENT_MS = 20;
/** As much as a timer may be late without a loss of starts, milliseconds. */
const MOST_LATE_MS = 1000;
/** Most parts of a window that are told apart: of more starts those that are in the same part count as one. */
const PARTS = 200;

/** Starts that are forgotten together, once the last of them is out of the window. */
interface Starts {
  readonly first: number;
  last: number;
  count: number;
}

/**
 * When the next start of a queue may be, by its rate: they are spread evenly, after idleness as many as `burst` come at once,
 * and in no window of the rate's length there are more than it says, however late they are. Times are engine milliseconds; what
 * is kept of them counts from the beginning of the limit, for fractions to be exact.
 */
export class RateLimit {
  readonly rate: Rate;
  readonly #beginning: number;
  /** Between two starts. */
  readonly #intervalMs: number;
  readonly #windowMs: number;
  readonly #partMs: number;
  /** Of the starts in the window, the oldest first. */
  readonly #window: Starts[] = [];
  #inWindow = 0;
  /** When the next start would be if each kept its distance to the one before. */
  #due: number;
  #lenientUntil = 0;

  /** Idle for ever so long, unless it `isEmpty`: then the first start comes an interval from now on. */
  constructor(rate: Rate, now: number, isEmpty: boolean) {
    this.rate = rate;
    this.#intervalMs = rate.perMs / rate.starts;
    this.#windowMs = rate.perMs;
    this.#partMs = rate.starts > PARTS ? rate.perMs / PARTS : 0;
    this.#beginning = now;
    this.#due = isEmpty ? rate.burst * this.#intervalMs : 0;
  }

  /** When the next start may be; what is over may be so since long. */
  get next(): number {
    const due = this.#due - (this.rate.burst - 1) * this.#intervalMs;
    const isFull = this.#inWindow >= this.rate.starts;
    return this.#beginning + (isFull ? Math.max(due, this.#window[0].last + this.#windowMs) : due);
  }

  /** From when on it is as if nothing had ever started, if nothing does. */
  get idleAt(): number {
    const newest = this.#window.at(-1);
    const counts = newest === undefined ? 0 : newest.last + this.#windowMs;
    return this.#beginning + Math.max(this.#due, counts);
  }

  /** A wait for `next` is over. */
  wake(now: number): void {
    this.#lenientUntil = now - this.#beginning + LENIENT_MS;
  }

  /** Something starts, not before `next`. */
  start(at: number): void {
    const now = at - this.#beginning;
    this.#forget(now);
    const late = now <= this.#lenientUntil ? MOST_LATE_MS : 0;
    this.#due = Math.max(this.#due, now - late) + this.#intervalMs;
    this.#inWindow++;
    const newest = this.#window.at(-1);
    if (newest !== undefined && now - newest.first < this.#partMs) {
      newest.last = now;
      newest.count++;
    } else this.#window.push({ first: now, last: now, count: 1 });
  }

  /** What started at that time was no start. What is out of the window by now counts no more anyway. */
  giveBack(startedAt: number, now: number): void {
    this.#forget(now - this.#beginning);
    const index = this.#window.findLastIndex(({ first }) => first <= startedAt - this.#beginning);
    if (index < 0) return;
    const starts = this.#window[index];
    if (--starts.count === 0) this.#window.splice(index, 1);
    this.#inWindow--;
    // The next one keeps its distance to those that came after it.
    const newest = this.#window.at(-1)?.last ?? Number.NEGATIVE_INFINITY;
    const behind = Math.max(this.#due - this.#intervalMs, newest + this.#intervalMs);
    this.#due = Math.min(this.#due, behind);
  }

  /** `now` counts as all that is kept. */
  #forget(now: number): void {
    const { starts, burst } = this.rate;
    if (this.#inWindow >= starts) {
      // It was not idle while there was no room in the window, and regains no burst by that.
      const hasRoom = this.#window[0].last + this.#windowMs;
      if (hasRoom <= now) this.#due = Math.max(this.#due, hasRoom + (burst - 1) * this.#intervalMs);
    }
    while (this.#window.length > 0 && this.#window[0].last + this.#windowMs <= now) {
      this.#inWindow -= (this.#window.shift() as Starts).count;
    }
  }
}
