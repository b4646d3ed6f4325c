// Runs in the parent.

/** How many jobs a run may still take, all of its processes together. */
export class JobQuota {
  #left: number;

  /** Infinity: any number. */
  constructor(jobs: number) {
    this.#left = jobs;
  }

  get isOver(): boolean {
    return this.#left === 0;
  }

  /** How many of so many jobs may be taken: they are counted, unless they are released. */
  claim(most: number): number {
    const granted = Math.min(most, this.#left);
    this.#left -= granted;
    return granted;
  }

  /** So many did not come, or have gone back. */
  release(jobs: number): void {
    this.#left += jobs;
  }
}
