/** What a worker is to do: take nothing more, end when all that runs is done, give up a job that was cancelled. */
export type Order =
  | { readonly order: 'quiet' | 'stop' }
  | {
      readonly order: 'cancel';
      readonly queue: string;
      readonly id: string;
      /** The token of the lease. */
      readonly lease: number;
    };

export interface PostedOrder {
  /** Positive, ascending in the order in which they came. */
  readonly number: number;
  readonly order: Order;
  /** It is in force until then, engine time. */
  readonly until: number;
}

/** How long an order lasts that names no time, milliseconds. No worker has the id of another one. */
const ORDER_MS = 24 * 60 * 60 * 1000;
/** Most orders that are told at once. */
const MOST_AT_ONCE = 100;
/** Orders that are kept before it is looked which of them are over; from then on twice those that are not. */
const FIRST_SWEEP = 1000;

const NO_ORDERS: readonly PostedOrder[] = [];

/**
 * Orders for workers, by the ids that they give themselves. An order waits for its worker, whichever of its connections
 * asks, until its time is over. It is in no log: who does not hear of a cancel finds its lease over.
 */
export class Orders {
  readonly #clock: () => number;
  readonly #byWorker = new Map<string, PostedOrder[]>();
  readonly #listeners = new Map<string, Set<() => void>>();
  #last = 0;
  #count = 0;
  #sweepAt = FIRST_SWEEP;

  /** `clock`: engine time, as the ends of leases. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Gives a worker an order, which is in force until then, engine time. */
  post(worker: string, order: Order, until = this.#clock() + ORDER_MS): void {
    if (++this.#count > this.#sweepAt) this.#sweep();
    const orders = this.#byWorker.get(worker) ?? [];
    orders.push({ number: ++this.#last, order, until });
    this.#byWorker.set(worker, orders);
    for (const listener of [...(this.#listeners.get(worker) ?? [])]) listener();
  }

  /** The first orders of a worker that are in force and came after the one of that number. */
  after(worker: string, number: number): readonly PostedOrder[] {
    const orders = this.#byWorker.get(worker);
    if (orders === undefined) return NO_ORDERS;
    const now = this.#clock();
    return orders.filter((each) => each.number > number && each.until > now).slice(0, MOST_AT_ONCE);
  }

  /** The last order that is in force of those that are about all of a worker. */
  lastOf(worker: string): 'quiet' | 'stop' | undefined {
    const now = this.#clock();
    for (const { order, until } of (this.#byWorker.get(worker) ?? NO_ORDERS).toReversed())
      if (order.order !== 'cancel' && until > now) return order.order;
    return undefined;
  }

  /** Has `listener` called whenever that worker gets an order. */
  listen(worker: string, listener: () => void): void {
    const listeners = this.#listeners.get(worker) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(worker, listeners);
  }

  unlisten(worker: string, listener: () => void): void {
    const listeners = this.#listeners.get(worker);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(worker);
  }

  #sweep(): void {
    const now = this.#clock();
    this.#count = 0;
    for (const [worker, orders] of this.#byWorker) {
      const left = orders.filter(({ until }) => until > now);
      this.#count += left.length;
      if (left.length === 0) this.#byWorker.delete(worker);
      else this.#byWorker.set(worker, left);
    }
    this.#sweepAt = Math.max(FIRST_SWEEP, 2 * this.#count);
  }
}
