// Runs in the parent.
import type { LeasedJob } from '../../queue/job-source.ts';

/** So many requests for jobs are under way at most: while the server answers one, its jobs run, and others end. */
const MOST_UNDER_WAY = 2;

/** The requests for jobs that are under way, and whether another one may bring any. */
export class JobRequests {
  readonly #over: () => void;
  #underWay = 0;
  /** How many jobs they ask for. */
  #asked = 0;
  /** No job was there when the server was asked last, and none has ended since. */
  #isDrained = false;
  /** How many jobs have ended: they, or others, may be there now. */
  #ends = 0;
  #error: unknown;

  /** `over` is called when one of them is over. */
  constructor(over: () => void) {
    this.#over = over;
  }

  get underWay(): number {
    return this.#underWay;
  }

  get asked(): number {
    return this.#asked;
  }

  /** Why one of them failed. */
  get error(): unknown {
    return this.#error;
  }

  /** Whether to ask for more. */
  get isOpen(): boolean {
    return !this.#isDrained && this.#underWay < MOST_UNDER_WAY;
  }

  /** A job has come by itself: there may be more. */
  noteJob(): void {
    this.#isDrained = false;
  }

  /** A job that has failed, or went back, may be there again. */
  noteEnd(): void {
    this.#ends++;
    this.#isDrained = false;
  }

  /** Asks for so many jobs at most; `came` is told those that there are. */
  ask(
    most: number,
    request: () => Promise<readonly LeasedJob[] | undefined>,
    came: (jobs: readonly LeasedJob[]) => void,
  ): void {
    const ends = this.#ends;
    this.#underWay++;
    this.#asked += most;
    const arrived = (jobs: readonly LeasedJob[] | undefined) => {
      if (jobs === undefined) return;
      // What has ended since may be there again.
      this.#isDrained = jobs.length < most && ends === this.#ends;
      came(jobs);
    };
    const failed = (error: unknown) => {
      this.#error ??= error;
    };
    void request()
      .then(arrived, failed)
      .finally(() => {
        this.#underWay--;
        this.#asked -= most;
        this.#over();
      });
  }
}
