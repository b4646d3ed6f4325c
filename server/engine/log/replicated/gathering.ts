import type { Timing } from './log-database.ts';

/** Turns for which a batch waits: some tenths of a millisecond, in which clients on this machine are back. */
const MOST_TURNS = 16;
/** Those on other machines take longer: where commits are slow they have this part of what the last one took, after its end. */
const PAUSE_SHARE = 1 / 4;
/** Timers know no less. Milliseconds. */
const LEAST_PAUSE_MS = 1;
const MOST_PAUSE_MS = 5;
/** After a pause in which few came so many batches go without one: these clients come when they like. */
const BATCHES_WITHOUT_PAUSE = 4;

/**
 * Who was just answered mostly asks for the next thing at once. Sent without them a batch would have the other half of the
 * clients only, for ever: while the one half waits for its commit, the other one asks. So it waits for as many as there were.
 */
export class Gathering {
  readonly #timing: Timing;
  readonly #again: () => void;
  #expected = 0;
  #turnsLeft = 0;
  /** When a pause ends. */
  #until = 0;
  #batchesWithoutPause = 0;
  /** Who waited when the pause began; undefined: there is none. */
  #before: number | undefined;
  #isOver = false;
  /** Ascends: a timer may belong to a batch that was sent. */
  #number = 0;

  /** `again` is called when it is time to ask again. */
  constructor(timing: Timing, again: () => void) {
    this.#timing = timing;
    this.#again = again;
  }

  /** A commit that took so many milliseconds was answered; with those who wait already so many are expected in the next one. */
  begin(expected: number, commitMs: number): void {
    this.#expected = expected;
    this.#turnsLeft = MOST_TURNS;
    this.#number++;
    this.#before = undefined;
    this.#isOver = false;
    const pauseMs = Math.min(PAUSE_SHARE * commitMs, MOST_PAUSE_MS);
    const isPaused = pauseMs >= LEAST_PAUSE_MS && this.#batchesWithoutPause === 0;
    this.#until = isPaused ? this.#timing.now + pauseMs : 0;
    if (this.#batchesWithoutPause > 0) this.#batchesWithoutPause--;
  }

  /** Whether a batch on which so many wait is put off; then it is asked again. */
  putsOff(size: number): boolean {
    if (size >= this.#expected) return false;
    if (this.#turnsLeft > 0) {
      this.#turnsLeft--;
      this.#again();
      return true;
    }
    if (this.#before === undefined) return this.#pause(size);
    if (this.#isOver) this.#judge(size, this.#before);
    return !this.#isOver;
  }

  #pause(size: number): boolean {
    const ms = this.#until - this.#timing.now;
    if (ms <= 0) return false;
    const number = this.#number;
    this.#before = size;
    this.#timing.after(ms, () => {
      if (number !== this.#number) return;
      this.#isOver = true;
      this.#again();
    });
    return true;
  }

  #judge(size: number, before: number): void {
    if (size - before < (this.#expected - before) / 2) this.#batchesWithoutPause = BATCHES_WITHOUT_PAUSE;
  }
}
