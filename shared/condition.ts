/** How long all has to be well before it is said that a trouble is over, milliseconds. */
const LASTS_MS = 5000;

/**
 * A trouble that comes and goes, for those who read the log: tells when it begins, and when it has been over for a while, so
 * that one that comes and goes all the time is one trouble.
 */
export class Condition {
  readonly #begins: (problem: string) => void;
  readonly #ends: () => void;
  #isTold = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(begins: (problem: string) => void, ends: () => void) {
    this.#begins = begins;
    this.#ends = ends;
  }

  /** How it is now: undefined when all is well. It may be called as often as one likes. */
  is(problem: string | undefined): void {
    if (problem !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      if (!this.#isTold) this.#begins(problem);
      this.#isTold = true;
    } else if (this.#isTold) {
      this.#timer ??= setTimeout(() => this.#over(), LASTS_MS).unref();
    }
  }

  #over(): void {
    this.#timer = undefined;
    this.#isTold = false;
    this.#ends();
  }
}
