// Runs in the parent.
import { MOST_AHEAD } from './worker-slot.ts';

/** So much work may be with a process beyond the jobs that it runs, milliseconds: then none waits long behind others. */
const AHEAD_MS = 4;

/** How much one job changes the mean. */
const WEIGHT = 1 / 16;

/**
 * How long jobs take lately. Those that take next to nothing are given to processes ahead, so that the way to the server and
 * back costs little; behind a long one none is kept waiting, since another worker may be free for it.
 */
export class Pace {
  #meanMs = Number.POSITIVE_INFINITY;

  add(ms: number): void {
    if (this.#meanMs === Number.POSITIVE_INFINITY) this.#meanMs = ms;
    else this.#meanMs += (ms - this.#meanMs) * WEIGHT;
  }

  /** Jobs have waited behind others for too long. */
  slow(): void {
    this.#meanMs = Math.max(this.#meanMs, AHEAD_MS + 1);
  }

  /** How many jobs a process may have beyond those that it runs. */
  get ahead(): number {
    return Math.min(MOST_AHEAD, Math.floor(AHEAD_MS / this.#meanMs));
  }
}
