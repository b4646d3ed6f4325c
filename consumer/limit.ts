/** Lets so many in at a time; the others wait in their order. */
export class Limit {
  #free: number;
  readonly #queued: (() => void)[] = [];

  constructor(most: number) {
    this.#free = most;
  }

  enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#queued.push(resolve));
  }

  leave(): void {
    const next = this.#queued.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
