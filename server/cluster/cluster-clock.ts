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
  /** How far the leader's clock is ahead of the own one: no less than that, and no more, as was seen when. */
  #least = { ahead: Number.NEGATIVE_INFINITY, at: 0 };
  #most = { ahead: Number.POSITIVE_INFINITY, at: 0 };

  constructor(own: Clock) {
    this.#own = own;
  }

  /** Milliseconds since the epoch; never goes back. */
  readonly now: Clock = () => {
    const own = this.#own();
    return own + this.#aheadBy(own);
  };

  /** This machine's own. */
  get own(): number {
    return this.#own();
  }

  /** This server leads from here on: no earlier than that time, which is the last one's. */
  begin(newest: number): void {
    const own = this.#own();
    this.#ahead = Math.max(this.#aheadBy(own), newest - own);
    this.#aheadAt = own;
  }

  /**
   * There is a batch of that time of another server, which was written after `since` by the own clock. It may have been long on
   * its way, to the database and from there: so both ends count, and only what both of them say.
   */
  saw(time: number, since: number): void {
    const own = this.#own();
    const isOld = ({ at }: { readonly at: number }) => own - at >= SEEN_FOR_MS;
    if (time - own > this.#least.ahead || isOld(this.#least)) this.#least = { ahead: time - own, at: own };
    if (time - since < this.#most.ahead || isOld(this.#most)) this.#most = { ahead: time - since, at: own };
  }

  /** How far the leader's clock is ahead of this machine's, or behind it, at least; milliseconds. */
  get difference(): number {
    const ahead = this.#aheadBy(this.#own());
    return ahead > 0 ? ahead : Math.max(0, this.#least.ahead) + Math.min(0, this.#most.ahead);
  }

  #aheadBy(own: number): number {
    return Math.max(0, this.#ahead - CATCHING_UP * (own - this.#aheadAt));
  }
}
