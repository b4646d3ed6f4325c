import type { Core } from '../core.ts';
import { NONE } from '../state/message-table.ts';
import type { Queue } from '../state/queue.ts';
import { turn } from '../turn.ts';

/** Lives end with whole seconds. */
const PERIOD_MS = 1000;
/** Most queues that are looked at, in a period and in a turn. */
const MOST_QUEUES = 10_000;
const QUEUES_PER_TURN = 1000;
/** Expired messages that go in one turn. */
const EXPIRED_PER_TURN = 1000;

/**
 * Has what has expired go where nobody reads: each second, as long as anything that is not over has a time to live, it
 * looks at what would be next in the queues, and goes on where it was the last time.
 */
export class ExpirySweep {
  readonly #core: Core;
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  /** Whether the journal had no room for something. */
  #isHindered = false;
  #isStopped = true;
  /** The number of the queue to go on with. */
  #next = 0;
  /** How many it has let go. */
  #count = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  start(): void {
    this.#isStopped = false;
    this.watch();
  }

  /** There may be something with a time to live. */
  watch(): void {
    if (this.#timer !== undefined || this.#isStopped) return;
    const { state, clock } = this.#core;
    if (state.placement.mortalCount === 0) return;
    const wait = PERIOD_MS - (clock() % PERIOD_MS);
    this.#timer = setTimeout(() => this.#run(), Math.ceil(wait));
  }

  /** There may be room again. */
  goOn(): void {
    if (this.#isHindered && !this.#isRunning) this.#sweep();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isStopped = true;
  }

  #run(): void {
    this.#timer = undefined;
    this.watch();
    // What becomes ready at this moment may have expired by then.
    this.#core.due.run();
    // The last time may have come upon much that has to be read.
    if (!this.#isRunning) this.#sweep();
  }

  async #sweep(): Promise<void> {
    const { queues } = this.#core.state;
    this.#isRunning = true;
    this.#isHindered = false;
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

  /** False when it cannot go on: for want of room, or since the engine ends. */
  async #clear(queue: Queue): Promise<boolean> {
    const { journal, endings, outcomes } = this.#core;
    for (;;) {
      if (this.#isStopped || journal.committer.failure !== undefined) return false;
      const slot = this.#firstExpired(queue);
      if (slot === NONE) return true;
      this.#isHindered = !journal.hasRoomForOutcome(endings.size(slot, 0));
      if (this.#isHindered) return false;
      queue.expired++;
      if (outcomes.canExpireNow(slot)) {
        outcomes.expire(slot);
      } else {
        // One at a time: there may be more than fits into memory.
        await new Promise<void>((resolve) => {
          const done = () => resolve();
          outcomes.expire(slot, { resolve: done, reject: done });
        });
      }
      if (++this.#count % EXPIRED_PER_TURN === 0) await turn();
    }
  }

  /** What would be next in a queue and has expired, or NONE; also when the queue was dropped meanwhile. */
  #firstExpired(queue: Queue): number {
    const slot = queue.ready.peek();
    if (slot === NONE || this.#core.state.queues.at(queue.number) !== queue) return NONE;
    return this.#core.isExpired(slot) ? slot : NONE;
  }
}
