import type { Completion, Delivery, QueueName, ReserveRequest } from '../api.ts';

interface Waiter {
  readonly request: ReserveRequest;
  readonly done: Done;
  readonly timer: NodeJS.Timeout;
  /** Ascending in the order in which they came. */
  readonly ticket: number;
}

type Done = Completion<Delivery | undefined>;

/**
 * Reads that wait for a message, in the order in which they came. Each is found by every queue that it names, and
 * by its `*`, so that a message finds its reader without a look at the others.
 */
export class Waiters {
  readonly #all = new Map<Done, Waiter>();
  readonly #byQueue = new Map<QueueName, Set<Waiter>>();
  /** Those whose list has a `*`. */
  readonly #ofAny = new Set<Waiter>();
  #lastTicket = 0;

  add(request: ReserveRequest, done: Done): void {
    const timer = setTimeout(() => {
      this.remove(done);
      done.resolve(undefined);
    }, request.waitMs);
    const waiter = { request, done, timer, ticket: ++this.#lastTicket };
    this.#all.set(done, waiter);
    for (const name of namesOf(request)) {
      if (name === '*' && request.watchList !== undefined) this.#ofAny.add(waiter);
      else this.#waitersOf(name).add(waiter);
    }
  }

  /** Takes a waiter out, unanswered; false when it was not waiting. */
  remove(done: Done): boolean {
    const waiter = this.#all.get(done);
    if (waiter === undefined) return false;
    clearTimeout(waiter.timer);
    this.#all.delete(done);
    this.#ofAny.delete(waiter);
    for (const name of namesOf(waiter.request)) {
      const waiters = this.#byQueue.get(name);
      waiters?.delete(waiter);
      if (waiters?.size === 0) this.#byQueue.delete(name);
    }
    return true;
  }

  /** The one that has waited longest for a message of this queue. */
  first(name: QueueName): Waiter | undefined {
    const named: Waiter | undefined = this.#byQueue.get(name)?.values().next().value;
    for (const waiter of this.#ofAny) {
      if (named !== undefined && named.ticket < waiter.ticket) return named;
      if (waiter.request.watchList?.isRest(name)) return waiter;
    }
    return named;
  }

  count(name: QueueName): number {
    let count = this.#byQueue.get(name)?.size ?? 0;
    for (const { request } of this.#ofAny) if (request.watchList?.isRest(name)) count++;
    return count;
  }

  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  /** Answers all that they get nothing. */
  close(): void {
    for (const done of [...this.#all.keys()]) {
      this.remove(done);
      done.resolve(undefined);
    }
  }

  #waitersOf(name: QueueName): Set<Waiter> {
    const known = this.#byQueue.get(name);
    if (known !== undefined) return known;
    const waiters = new Set<Waiter>();
    this.#byQueue.set(name, waiters);
    return waiters;
  }
}

function namesOf({ queue, watchList }: ReserveRequest): QueueName[] {
  return watchList === undefined ? [queue] : watchList.entries.map((entry) => entry.queue);
}
