import type { Connection } from './connection.ts';
import type { Partitions } from './partitions.ts';

/** Between two attempts, milliseconds: each may keep appends waiting for a moment. */
const FIRST_PAUSE_MS = 1000;
const MOST_PAUSE_MS = 60_000;
/** So long what is trimmed is kept for a member that joins. */
const KEPT_MS = 60_000;

/** Drops partitions that were trimmed, again and again until it is done: somebody may read them. */
export class Trimming {
  readonly #partitions: Partitions;
  readonly #side: () => Promise<Connection>;
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;
  #isEnded = false;
  #beganAt = 0;

  constructor(partitions: Partitions, side: () => Promise<Connection>) {
    this.#partitions = partitions;
    this.#side = side;
  }

  /** There may be something to drop. */
  begin(): void {
    this.#beganAt = performance.now();
    clearTimeout(this.#timer);
    void this.#go(FIRST_PAUSE_MS);
  }

  async #go(pauseMs: number): Promise<void> {
    if (this.#isBusy || this.#isEnded) return;
    this.#isBusy = true;
    const isForJoining = performance.now() - this.#beganAt < KEPT_MS;
    const isDone = await this.#drop(isForJoining);
    this.#isBusy = false;
    if (isDone || this.#isEnded) return;
    this.#timer = setTimeout(() => void this.#go(Math.min(2 * pauseMs, MOST_PAUSE_MS)), pauseMs);
  }

  async #drop(isForJoining: boolean): Promise<boolean> {
    try {
      return await this.#partitions.dropTrimmed(await this.#side(), isForJoining);
    } catch {
      // The connection is lost, or it is somebody else's turn by now.
      return false;
    }
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
  }
}
