import type { Rate } from '../../server/engine/policy.ts';

/** So long after a wait is over starts keep to the times that they would have had, and so late they may be. */
const LENIENT_MS = 20;
const MOST_LATE_MS = 1000;

/** How often messages of a queue have been started, and when the next one may be. */
export class Pace {
  readonly rate: Rate;
  readonly #interval: number;
  /** When the starts were that count. */
  #starts: number[] = [];
  /** When the next start would be if each kept its distance to the one before. */
  #due: number;
  /** When the wait is over that there is; 0 for none. When the last one was over. */
  #heldUntil = 0;
  #wokeAt = 0;

  /** `isEmpty`: nobody knows what was before. */
  constructor(rate: Rate, now: number, isEmpty: boolean) {
    this.rate = rate;
    this.#interval = rate.perMs / rate.starts;
    this.#due = isEmpty ? now + rate.burst * this.#interval : now;
    this.#hold(now);
  }

  get next(): number {
    return Math.max(this.#due - (this.rate.burst - 1) * this.#interval, this.#room);
  }

  get idleAt(): number {
    return Math.max(this.#due, (this.#starts.at(-1) ?? 0) + this.rate.perMs);
  }

  start(now: number): void {
    this.#pass(now);
    const isLenient = now <= this.#wokeAt + LENIENT_MS;
    this.#due = Math.max(this.#due, isLenient ? now - MOST_LATE_MS : now) + this.#interval;
    this.#starts.push(now);
    this.#hold(now);
  }

  giveBack(startedAt: number, now: number): void {
    this.#pass(now);
    const index = this.#starts.lastIndexOf(startedAt);
    if (index < 0) return;
    this.#starts.splice(index, 1);
    // The next one keeps its distance to those that came after it.
    const last = this.#starts.at(-1) ?? Number.NEGATIVE_INFINITY;
    const behind = Math.max(this.#due - this.#interval, last + this.#interval);
    this.#due = Math.min(this.#due, behind);
    this.#hold(now);
  }

  copy(): Pace {
    const copy = new Pace(this.rate, 0, false);
    copy.#starts = [...this.#starts];
    copy.#due = this.#due;
    copy.#heldUntil = this.#heldUntil;
    copy.#wokeAt = this.#wokeAt;
    return copy;
  }

  /** When there is room in the window, or was; 0 where there has always been. */
  get #room(): number {
    const oldest = this.#starts.at(-this.rate.starts);
    return oldest === undefined ? 0 : oldest + this.rate.perMs;
  }

  /** What is out of the window counts no more. While that was full there was no idleness. */
  #pass(now: number): void {
    if (this.#heldUntil > 0 && this.#heldUntil <= now) this.#wokeAt = this.#heldUntil;
    const room = this.#room;
    if (room > 0 && room <= now)
      this.#due = Math.max(this.#due, room + (this.rate.burst - 1) * this.#interval);
    this.#starts = this.#starts.filter((time) => time > now - this.rate.perMs);
  }

  #hold(now: number): void {
    this.#heldUntil = this.next > now ? this.next : 0;
  }
}
