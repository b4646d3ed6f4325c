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
  /** There may be more than the attempt under way has seen. */
  #isMore = false;
  #isEnded = false;
  /** Since when there is something; undefined: there is nothing. */
  #since: number | undefined;

  constructor(partitions: Partitions, side: () => Promise<Connection>) {
    this.#partitions = partitions;
    this.#side = side;
  }

  /** There may be something to drop. */
  begin(): void {
    this.#since ??= performance.now();
    clearTimeout(this.#timer);
    void this.#go(FIRST_PAUSE_MS);
  }

  async #go(pauseMs: number): Promise<void> {
    this.#isMore = true;
    if (this.#isBusy || this.#isEnded) return;
    this.#isBusy = true;
    this.#isMore = false;
    const isForJoining = performance.now() - (this.#since ?? 0) < KEPT_MS;
    const isDone = await this.#drop(isForJoining);
    this.#isBusy = false;
    if (isDone && !this.#isMore) this.#since = undefined;
    if (this.#since === undefined || this.#isEnded) return;
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
