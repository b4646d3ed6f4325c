import { SMALL_COST } from '../costs.ts';
import type { Foundation } from '../foundation.ts';
import { Count } from '../state/counters.ts';
import type { Queue } from '../state/queue.ts';
import { turn } from '../turn.ts';

/** How often it is looked whether failed messages have been kept long enough, and most queues that are looked at then. */
const PERIOD_MS = 1000;
const MOST_QUEUES = 10_000;
const QUEUES_PER_TURN = 1000;
/** Failed messages that go in one turn. */
const DROPPED_PER_TURN = 250;

/**
 * Lets failed messages go that their queue's policy no longer keeps: at once those that are too many, the one that failed
 * first before the others, and each second those that were kept for long enough. Nothing is known of their jobs then. What is
 * aside to be tried again stays, and so does all of its queue meanwhile.
 */
export class Retention {
  readonly #base: Foundation;
  /** Queues from which something is to go by time. */
  readonly #timed = new Set<Queue>();
  #timer: NodeJS.Timeout | undefined;
  #isPlanned = false;
  #isExpiring = false;
  #isStopped = true;
  /** The number of the next queue to be looked at since the policies have changed. */
  #nextQueue: number | undefined;
  /** How many queues can be looked at in this turn, and how many messages can go. */
  #looks = 0;
  #drops = 0;

  constructor(base: Foundation) {
    this.#base = base;
  }

  start(): void {
    this.#isStopped = false;
    this.watch();
  }

  /** Something may have failed, or there may be space again. */
  watch(): void {
    if (this.#isOver) return;
    if (!this.#isPlanned && this.#base.state.failureNews.size > 0) this.#look();
    if (this.#timer !== undefined || this.#timed.size === 0) return;
    const wait = PERIOD_MS - (this.#base.clock() % PERIOD_MS);
    this.#timer = setTimeout(() => this.#secondBegins(), Math.ceil(wait));
  }

  /** Each queue with failed messages is to be looked at. */
  policiesChanged(): void {
    this.#nextQueue = 0;
    this.#plan();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isStopped = true;
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      if (this.#isOver) return;
      this.#look();
      this.watch();
    });
  }

  get #isOver(): boolean {
    return this.#isStopped || this.#base.admission.isOver;
  }

  /** Looks at queues in which something has failed, as far as one turn goes. Without space it goes on when there is some. */
  #look(): void {
    const { failureNews, queues } = this.#base.state;
    if (this.#nextQueue !== undefined) {
      const page = queues.page(this.#nextQueue, QUEUES_PER_TURN);
      for (const queue of page.queues) if (queue.failedCount > 0) failureNews.add(queue);
      this.#nextQueue = page.next;
    }
    this.#beginTurn();
    for (const queue of failureNews) {
      if (this.#looks-- === 0 || !this.#lookAt(queue)) break;
      failureNews.delete(queue);
    }
    const goesOn = failureNews.size > 0 && this.#base.admission.hasSpace();
    if (goesOn || this.#nextQueue !== undefined) this.#plan();
  }

  #beginTurn(): void {
    this.#looks = QUEUES_PER_TURN;
    this.#drops = DROPPED_PER_TURN;
  }

  /** False when it has to be looked at again. */
  #lookAt(queue: Queue): boolean {
    // Behind that it is looked at again.
    if (queue.aside?.of === 'failed') return true;
    const { keepFailedMs, maxFailed } = this.#base.policies.of(queue);
    if (queue.failedCount === 0 || (keepFailedMs === 0 && maxFailed === 0)) {
      this.#timed.delete(queue);
      return true;
    }
    if (keepFailedMs > 0) this.#timed.add(queue);
    else this.#timed.delete(queue);
    return maxFailed === 0 || this.#dropWhile(queue, () => queue.failedCount > maxFailed);
  }

  /** False when it has to go on later: there is no space, or enough went in this turn. */
  #dropWhile(queue: Queue, isTooMuch: () => boolean): boolean {
    const { ledger, admission } = this.#base;
    while (queue.failedCount > 0 && isTooMuch()) {
      if (this.#drops === 0 || !admission.hasSpace()) return false;
      this.#drops--;
      queue.count(Count.failedDropped);
      ledger.done(queue.failed.byTime.last);
    }
    return true;
  }

  #secondBegins(): void {
    this.#timer = undefined;
    this.watch();
    // The last time there may have been very much.
    if (!this.#isExpiring && !this.#isOver) this.#expire();
  }

  async #expire(): Promise<void> {
    const { state, admission } = this.#base;
    this.#isExpiring = true;
    this.#beginTurn();
    try {
      let left = Math.min(this.#timed.size, MOST_QUEUES);
      for (const queue of this.#timed) {
        if (left-- === 0) return;
        // Behind all others, which have their turn in the next second.
        this.#timed.delete(queue);
        if (state.queues.get(queue.name) !== queue || queue.failedCount === 0) continue;
        this.#timed.add(queue);
        while (this.#looks-- === 0 || !this.#dropWhile(queue, () => this.#isTimeOver(queue))) {
          if (admission.hasSpace()) await turn();
          else if (!(await admission.getsSpace(SMALL_COST))) return;
          if (this.#isOver) return;
          this.#beginTurn();
        }
      }
    } finally {
      this.#isExpiring = false;
    }
  }

  /** Whether the message of a queue that failed first was kept for long enough when this second began. */
  #isTimeOver(queue: Queue): boolean {
    const { state, policies, clock } = this.#base;
    const { keepFailedMs } = policies.of(queue);
    if (keepFailedMs === 0 || queue.aside?.of === 'failed') return false;
    const second = Math.floor(clock() / PERIOD_MS) * PERIOD_MS;
    return state.failedAt(queue.failed.byTime.last) + keepFailedMs <= second;
  }
}
