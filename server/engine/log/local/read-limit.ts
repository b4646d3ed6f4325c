/** Lets a few in at a time; the others wait, in the order in which they came. */
export class Turnstile {
  #free: number;
  /** The last to come at the end; the next to go at the end. */
  #arrived: (() => void)[] = [];
  #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Resolves when there is a place, which has to be given back with `leave`. */
  async enter(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#arrived.push(resolve));
  }

  leave(): void {
    if (this.#waiting.length === 0) {
      this.#waiting = this.#arrived.reverse();
      this.#arrived = [];
    }
    const next = this.#waiting.pop();
    if (next === undefined) this.#free++;
    else next();
  }
}
