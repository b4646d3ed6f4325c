import type { Clock } from '../engine/clock.ts';

/** How much of the time that passes is left out while this clock is ahead of its own one. */
const CATCHING_UP = 0.01;
/** For how long what was seen of another clock counts, milliseconds. */
const SEEN_FOR_MS = 60_000;

/**
 * The engine's time in a cluster, which never goes back from one leader to the next: a server's own clock, or ahead of it
 * where that of an earlier leader was. It comes back to its own by a hundredth of the time that passes, so that a clock
 * which was wrong once is not followed for ever.
 */
export class ClusterClock {
  readonly #own: Clock;
  /** How far it was ahead, and when by its own clock, milliseconds. */
  #ahead = 0;
  #aheadAt = 0;
  /** The most that batches were ahead of the own clock as they came, which is late by their way here; and since when. */
  #most = Number.NEGATIVE_INFINITY;
  #mostAt = 0;

  constructor(own: Clock) {
    this.#own = own;
  }

  /** Milliseconds since the epoch; never goes back. */
  readonly now: Clock = () => {
    const own = this.#own();
    return own + this.#aheadBy(own);
  };

  /** This server leads from here on: no earlier than that time, which is the last one's. */
  begin(newest: number): void {
    const own = this.#own();
    this.#ahead = Math.max(this.#aheadBy(own), newest - own);
    this.#aheadAt = own;
  }

  /** A batch of that time has just been written by another server. */
  saw(time: number): void {
    const own = this.#own();
    const ahead = time - own;
    if (ahead < this.#most && own - this.#mostAt < SEEN_FOR_MS) return;
    this.#most = ahead;
    this.#mostAt = own;
  }

  /** How far the leader's clock is ahead of this machine's, or behind it, as far as that was seen; milliseconds. */
  get difference(): number {
    const ahead = this.#aheadBy(this.#own());
    return ahead === 0 && Number.isFinite(this.#most) ? this.#most : ahead;
  }

  #aheadBy(own: number): number {
    return Math.max(0, this.#ahead - CATCHING_UP * (own - this.#aheadAt));
  }
}
