// Runs in a child.

/** Whether the child may take another job: how many are left of those it may take, and whether it is paused. */
export class JobQuota {
  #left: number;
  #isOver = false;
  #isPaused = false;
  #resumed: Promise<void> | undefined;
  #resume: (() => void) | undefined;

  constructor(jobs: number) {
    this.#left = jobs;
  }

  /** Whether no job will be taken any more. */
  get isOver(): boolean {
    return this.#isOver || this.#left === 0;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Whether one more job may be taken now: it is counted, unless it is released. */
  claim(): boolean {
    if (this.isOver || this.#isPaused) return false;
    this.#left--;
    return true;
  }

  /** No job came. */
  release(): void {
    this.#left++;
  }

  /** Nothing is taken from now on. */
  end(): void {
    this.#isOver = true;
    this.resume();
  }

  pause(): void {
    this.#isPaused = true;
    this.#resumed ??= new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    this.#isPaused = false;
    this.#resume?.();
    this.#resumed = undefined;
  }

  /** Resolves while nothing is paused; a pause does not keep what is over from its end. */
  async whenResumed(): Promise<void> {
    while (this.#resumed !== undefined && !this.isOver) await this.#resumed;
  }
}
