/** Lets a few in at a time; the others wait, in the order in which they came. */
export class ReadLimit {
  #free: number;
  /** The last to come is at the end; of `#waiting`, the next to go. */
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
