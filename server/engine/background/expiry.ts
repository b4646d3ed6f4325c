import { type Foundation, isExpired } from '../foundation.ts';
import type { Expired } from '../operations/expired.ts';
import type { Lifecycle } from '../operations/lifecycle.ts';
import { NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import { turn } from '../turn.ts';
import type { Deadlines } from './deadlines.ts';

/** Lives end with whole seconds. */
const PERIOD_MS = 1000;
/** Most queues that are looked at, in a period and in a turn. */
const MOST_QUEUES = 10_000;
const QUEUES_PER_TURN = 1000;
/** Expired messages that go in one turn. */
const EXPIRED_PER_TURN = 250;

/**
 * Has what has expired go where nobody reads: each second, as long as anything that is not over has a time to live, it
 * looks at what would be next in the queues, and goes on where it was the last time.
 */
export class Expiry {
  readonly #base: Foundation;
  readonly #lifecycle: Lifecycle;
  readonly #expired: Expired;
  readonly #deadlines: Deadlines;
  readonly #settle: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #isStopped = true;
  /** The number of the queue to go on with. */
  #next = 0;
  /** How many it has let go. */
  #count = 0;

  /** `settle` is called behind each message that goes. */
  constructor(
    base: Foundation,
    lifecycle: Lifecycle,
    expired: Expired,
    deadlines: Deadlines,
    settle: () => void,
  ) {
    this.#base = base;
    this.#lifecycle = lifecycle;
    this.#expired = expired;
    this.#deadlines = deadlines;
    this.#settle = settle;
  }

  start(): void {
    this.#isStopped = false;
    this.watch();
  }

  /** There may be something with a time to live. */
  watch(): void {
    if (this.#timer !== undefined || this.#isStopped) return;
    const { state, clock } = this.#base;
    if (state.expiringCount === 0) return;
    const wait = PERIOD_MS - (clock() % PERIOD_MS);
    this.#timer = setTimeout(() => this.#run(), Math.ceil(wait));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isStopped = true;
  }

  #run(): void {
    this.#timer = undefined;
    this.watch();
    // What becomes ready at this moment may have expired by then.
    this.#deadlines.run();
    // The last time may have come upon much that has to be read.
    if (!this.#isRunning) this.#sweep();
  }

  async #sweep(): Promise<void> {
    const { queues } = this.#base.state;
    this.#isRunning = true;
    try {
      for (let left = MOST_QUEUES; ; ) {
        const page = queues.page(this.#next, QUEUES_PER_TURN);
        for (const queue of page.queues) {
          if (this.#firstExpired(queue) !== NONE && !(await this.#clear(queue))) return;
        }
        this.#next = page.next ?? 0;
        left -= QUEUES_PER_TURN;
        if (left <= 0 || page.next === undefined) return;
        await turn();
      }
    } finally {
      this.#isRunning = false;
    }
  }

  /** False when it cannot go on before the next second: for want of space, or since the engine ends. */
  async #clear(queue: Queue): Promise<boolean> {
    const { admission } = this.#base;
    for (;;) {
      if (this.#isStopped || admission.isOver) return false;
      const slot = this.#firstExpired(queue);
      if (slot === NONE) return true;
      const cost = this.#lifecycle.cost(slot);
      if (!admission.hasSpace(cost)) {
        if (!(await admission.getsSpace(cost))) return false;
        // Meanwhile it may have gone.
        continue;
      }
      if (this.#expired.canExpireNow(slot)) {
        this.#expired.expire(slot);
      } else {
        // One at a time: there may be more than fits into memory.
        await new Promise<void>((resolve) => {
          const done = () => resolve();
          this.#expired.expire(slot, { resolve: done, reject: done });
        });
      }
      this.#settle();
      if (++this.#count % EXPIRED_PER_TURN === 0) await turn();
    }
  }

  /** What would be next in a queue and has expired, or NONE; also when the queue was dropped meanwhile. */
  #firstExpired(queue: Queue): number {
    const { state } = this.#base;
    const slot = queue.ready.peek();
    if (slot === NONE || state.queues.byNumber(queue.number) !== queue) return NONE;
    return isExpired(this.#base, slot) ? slot : NONE;
  }
}
