import type { QueueName } from '../api.ts';
import type { Foundation } from '../foundation.ts';
import type { Rate } from '../policy.ts';
import type { Queue } from '../state/queue.ts';
import { RateLimit } from './rate-limit.ts';
import { type Timed, TimeHeap } from './time-heap.ts';

/** Most queues that go on in one turn. */
const MOST_PER_TURN = 1000;
/** Longest time to sleep while anything is to come, milliseconds: a timer does not count the time of a suspend. */
const LONGEST_SLEEP_MS = 1000;

/** A queue with a rate: in the heap while it is held, and when it is gone until its limit may be forgotten. */
interface Limited extends Timed {
  queue: Queue | undefined;
  readonly name: QueueName;
  readonly limit: RateLimit;
}

/**
 * Holds queues that have started as much as their rate allows, and has them go on when their time has come: one timer for
 * all of them. A queue that is dropped and comes again goes by what it has started before.
 */
export class Rates {
  readonly #base: Foundation;
  readonly #settle: () => void;
  readonly #limits = new Map<QueueName, Limited>();
  readonly #waiting = new TimeHeap<Limited>();
  #timer: NodeJS.Timeout | undefined;
  /** Engine time for which the timer is set. */
  #next = Number.POSITIVE_INFINITY;
  #isRunning = false;
  #isStopped = false;

  /** `settle` is called behind all that goes on at one time. */
  constructor(base: Foundation, settle: () => void) {
    this.#base = base;
    this.#settle = settle;
    base.ledger.onDrop = (queue) => this.#dropped(queue);
  }

  /** The rate of a queue is this from now on. What `isNew` has been idle up to now; else there may be starts that nobody knows of. */
  set(queue: Queue, rate: Rate | undefined, isNew: boolean): void {
    const { name } = queue;
    const known = this.#limits.get(name);
    if (known === undefined && rate === undefined) return;
    if (known !== undefined && rate !== undefined && isSame(known.limit.rate, rate)) {
      if (known.queue !== queue) this.#bind(known, queue);
      return;
    }
    if (known !== undefined) this.#forget(known);
    const now = this.#base.clock();
    if (rate === undefined) {
      if (queue.isHeld) this.#base.ledger.setHeld(queue, false);
      return;
    }
    const limit = new RateLimit(rate, now, !isNew || known !== undefined);
    const limited = { queue, name, limit, place: 0 };
    this.#limits.set(name, limited);
    this.#bind(limited, queue);
  }

  /** A message of a queue is about to be started. */
  started(queue: Queue): void {
    if (this.#limits.size === 0) return;
    const limited = this.#limits.get(queue.name);
    if (limited === undefined) return;
    const now = this.#base.clock();
    limited.limit.start(now);
    this.#hold(limited, now);
  }

  /** What was started at that time comes back as if it had never been. */
  giveBack(queue: Queue, startedAt: number): void {
    const limited = this.#limits.get(queue.name);
    if (limited === undefined) return;
    const now = this.#base.clock();
    limited.limit.giveBack(startedAt, now);
    this.#hold(limited, now);
  }

  /** Sets the timer anew when something has become the first. */
  watch(): void {
    const { next } = this.#waiting;
    if (next >= this.#next || this.#isRunning || this.#isStopped) return;
    clearTimeout(this.#timer);
    const wait = Math.min(Math.max(next - this.#base.clock(), 0), LONGEST_SLEEP_MS);
    this.#next = next;
    this.#timer = setTimeout(() => this.#run(), Math.ceil(wait));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isStopped = true;
  }

  #run(): void {
    if (this.#isStopped) return;
    this.#isRunning = true;
    const isThrough = this.#runSome();
    this.#settle();
    this.#isRunning = false;
    // Not behind a timer, which would wait a millisecond.
    if (!isThrough) setImmediate(() => this.#run());
    this.#next = isThrough ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    this.watch();
  }

  /** False when there is more to do. */
  #runSome(): boolean {
    const now = this.#base.clock();
    for (let count = 0; this.#waiting.next <= now; count++) {
      if (count === MOST_PER_TURN) return false;
      const limited = this.#waiting.first as Limited;
      this.#waiting.remove(limited);
      const { queue, limit, name } = limited;
      if (queue === undefined) {
        this.#limits.delete(name);
        continue;
      }
      limit.wake(now);
      this.#base.ledger.setHeld(queue, false);
    }
    return true;
  }

  /** It is the limit of a queue that has just come. */
  #bind(limited: Limited, queue: Queue): void {
    limited.queue = queue;
    this.#hold(limited, this.#base.clock());
  }

  /** Holds a queue up to its next start, or does not. */
  #hold(limited: Limited, now: number): void {
    const { queue, limit } = limited;
    const time = queue === undefined ? limit.idleAt : limit.next;
    const isHeld = time > now;
    if (this.#waiting.has(limited)) this.#waiting.remove(limited);
    if (isHeld) this.#waiting.add(limited, time);
    if (queue !== undefined && queue.isHeld !== isHeld) this.#base.ledger.setHeld(queue, isHeld);
  }

  #dropped({ name }: Queue): void {
    const limited = this.#limits.get(name);
    if (limited === undefined) return;
    limited.queue = undefined;
    const now = this.#base.clock();
    if (limited.limit.idleAt > now) this.#hold(limited, now);
    else this.#forget(limited);
  }

  #forget(limited: Limited): void {
    if (this.#waiting.has(limited)) this.#waiting.remove(limited);
    this.#limits.delete(limited.name);
  }
}

function isSame(a: Rate, b: Rate): boolean {
  return a.starts === b.starts && a.perMs === b.perMs && a.burst === b.burst;
}
