// Runs in the parent.

/** How many jobs a run may still take, all of its processes together. */
export class JobQuota {
  #left: number;
  /** Taken, and not at their end. */
  #open = 0;
  readonly #listeners = new Set<() => void>();

  /** Infinity: any number. */
  constructor(jobs: number) {
    this.#left = jobs;
  }

  /** How many may be taken now. */
  get left(): number {
    return this.#left;
  }

  /** No more jobs may be taken, unless one goes back. */
  get isOver(): boolean {
    return this.#left === 0;
  }

  /** It is over, and none can go back any more. */
  get isSpent(): boolean {
    return this.#left === 0 && this.#open === 0;
  }

  /** `listener` is called when it is over, when it is not any more, and when it is spent. */
  listen(listener: () => void): void {
    this.#listeners.add(listener);
  }

  forget(listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** Whether a job that has come may be run. */
  claim(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    this.#open++;
    if (this.#left === 0) this.#tell();
    return true;
  }

  /** One has gone back. */
  release(): void {
    this.#left++;
    this.#open--;
    if (this.#left === 1) this.#tell();
  }

  /** So many have ended. */
  spend(jobs = 1): void {
    this.#open -= jobs;
    if (this.isSpent) this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
