import { QUEUE_EVENT_COST } from '../costs.ts';
import type { Foundation } from '../foundation.ts';
import type { Queue } from '../state/queue.ts';
import { turn } from '../turn.ts';

/** How long a queue stays that nothing is in and nobody uses, milliseconds, unless another time is given. */
const IDLE_MS = 3_600_000;
/** Looks at all queues in that time. */
const LOOKS = 60;
/** Queues that are looked at in one turn, and that are dropped. */
const QUEUES_PER_TURN = 1000;
const DROPPED_PER_TURN = 100;

/**
 * Drops queues that are empty and have been unused for an hour: names that come and go would fill memory and the number
 * of queues that are allowed. Whoever stores into such a queue again opens it anew, so that it is missed by nobody.
 *
 * Use costs nothing: now and then all queues are looked at, and one whose counters stand where they stood was not used. What
 * these looks find is volatile: after a start the hour begins anew.
 */
export class IdleQueues {
  readonly #base: Foundation;
  readonly #isWanted: (queue: Queue) => boolean;
  readonly #idleMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #isStopped = true;

  /** `isWanted`: whether a queue has to stay though nothing is in it. */
  constructor(base: Foundation, isWanted: (queue: Queue) => boolean, idleMs = IDLE_MS) {
    this.#base = base;
    this.#isWanted = isWanted;
    this.#idleMs = idleMs;
  }

  start(): void {
    this.#isStopped = false;
    this.watch();
  }

  /** There may be queues. */
  watch(): void {
    if (this.#timer !== undefined || this.#isRunning || this.#isStopped) return;
    if (this.#base.state.queues.size === 0) return;
    this.#timer = setTimeout(() => this.#run(), this.#idleMs / LOOKS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isStopped = true;
  }

  async #run(): Promise<void> {
    const { queues } = this.#base.state;
    this.#timer = undefined;
    this.#isRunning = true;
    for (let from: number | undefined = 0; from !== undefined && !this.#isOver; ) {
      const page = queues.page(from, QUEUES_PER_TURN);
      from = this.#look(page.queues) ?? page.next;
      if (from !== undefined) await turn();
    }
    this.#isRunning = false;
    this.watch();
  }

  get #isOver(): boolean {
    return this.#isStopped || this.#base.admission.isOver;
  }

  /** Looks at some queues; the number to go on with where others are to have their turn before. */
  #look(queues: readonly Queue[]): number | undefined {
    const { clock, ledger, admission } = this.#base;
    const now = clock();
    let dropped = 0;
    for (const queue of queues) {
      if (!this.#isIdle(queue, now)) continue;
      if (dropped === DROPPED_PER_TURN) return queue.number;
      // Where there is no space it stays until the next look.
      if (admission.isCrowded(QUEUE_EVENT_COST)) return undefined;
      ledger.drop(queue);
      dropped++;
    }
    return undefined;
  }

  #isIdle(queue: Queue, now: number): boolean {
    if (!queue.isEmpty || queue.isPaused) {
      queue.usesSeen = -1;
      return false;
    }
    const { uses } = queue;
    if (queue.usesSeen !== uses) {
      queue.usesSeen = uses;
      queue.idleSince = now;
    }
    return now - queue.idleSince >= this.#idleMs && !this.#isWanted(queue);
  }
}
