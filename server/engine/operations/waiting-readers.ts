import type { Delivery, QueueName, ReserveRequest } from '../api.ts';
import type { Completion } from '../completion.ts';
import type { Offer } from '../state/flow.ts';

interface WaitingReader {
  readonly request: ReserveRequest;
  readonly done: Done;
  readonly timer: NodeJS.Timeout;
  /** Ascending in the order in which they came. */
  readonly ticket: number;
}

type Done = Completion<Delivery | undefined>;

/**
 * Reads that wait for a message, in the order in which they came. Those that take for good are told apart from those that
 * reserve: of a queue of which as many run as may, only the former can have something.
 */
export class WaitingReaders {
  readonly #onTimeout: (done: Done) => void;
  readonly #catchUp: () => void;
  readonly #all = new Map<Done, WaitingReader>();
  readonly #takers = new ReadersByQueue();
  readonly #holders = new ReadersByQueue();
  #lastTicket = 0;

  /**
   * `onTimeout` is called with who has waited long enough, and waits no more. `catchUp` does what is due by now, which may
   * bring what is waited for at this very moment.
   */
  constructor(onTimeout: (done: Done) => void, catchUp: () => void) {
    this.#onTimeout = onTimeout;
    this.#catchUp = catchUp;
  }

  add(request: ReserveRequest, done: Done): void {
    const timer = setTimeout(() => {
      this.#catchUp();
      if (this.remove(done)) this.#onTimeout(done);
    }, request.waitMs);
    const reader = { request, done, timer, ticket: ++this.#lastTicket };
    this.#all.set(done, reader);
    this.#alike(reader).add(reader);
  }

  /** Takes a reader out, unanswered; false when it was not waiting. */
  remove(done: Done): boolean {
    const reader = this.#all.get(done);
    if (reader === undefined) return false;
    clearTimeout(reader.timer);
    this.#all.delete(done);
    this.#alike(reader).remove(reader);
    return true;
  }

  /** The one that has waited longest for what a queue has to offer. */
  first(name: QueueName, offer: Offer): WaitingReader | undefined {
    const taker = this.#takers.first(name);
    const holder = offer === 'all' ? this.#holders.first(name) : undefined;
    if (taker === undefined || holder === undefined) return taker ?? holder;
    return taker.ticket < holder.ticket ? taker : holder;
  }

  count(name: QueueName): number {
    return this.#takers.count(name) + this.#holders.count(name);
  }

  /** Whether anybody waits for this queue by its name. */
  isNamed(name: QueueName): boolean {
    return this.#takers.isNamed(name) || this.#holders.isNamed(name);
  }

  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  /** Takes all out, unanswered. */
  removeAll(): Done[] {
    const all = [...this.#all.keys()];
    for (const done of all) this.remove(done);
    return all;
  }

  #alike({ request }: WaitingReader): ReadersByQueue {
    return request.mode === 'take' ? this.#takers : this.#holders;
  }
}

/**
 * Readers in the order in which they came. Each is found by every queue that it names, and by its `*`, so that a message
 * finds its reader without a look at the others.
 */
class ReadersByQueue {
  readonly #byQueue = new Map<QueueName, Set<WaitingReader>>();
  /** Those whose list has a `*`. */
  readonly #ofAny = new Set<WaitingReader>();

  add(reader: WaitingReader): void {
    const { request } = reader;
    for (const name of namesOf(request)) {
      if (name === '*' && request.watchList !== undefined) this.#ofAny.add(reader);
      else this.#readersOf(name).add(reader);
    }
  }

  remove(reader: WaitingReader): void {
    this.#ofAny.delete(reader);
    for (const name of namesOf(reader.request)) {
      const readers = this.#byQueue.get(name);
      readers?.delete(reader);
      if (readers?.size === 0) this.#byQueue.delete(name);
    }
  }

  first(name: QueueName): WaitingReader | undefined {
    const named: WaitingReader | undefined = this.#byQueue.get(name)?.values().next().value;
    for (const reader of this.#ofAny) {
      if (named !== undefined && named.ticket < reader.ticket) return named;
      if (reader.request.watchList?.isRest(name)) return reader;
    }
    return named;
  }

  count(name: QueueName): number {
    let count = this.#byQueue.get(name)?.size ?? 0;
    for (const { request } of this.#ofAny) if (request.watchList?.isRest(name)) count++;
    return count;
  }

  isNamed(name: QueueName): boolean {
    return this.#byQueue.has(name);
  }

  #readersOf(name: QueueName): Set<WaitingReader> {
    const known = this.#byQueue.get(name);
    if (known !== undefined) return known;
    const readers = new Set<WaitingReader>();
    this.#byQueue.set(name, readers);
    return readers;
  }
}

function namesOf({ queue, watchList }: ReserveRequest): QueueName[] {
  return watchList === undefined ? [queue] : watchList.entries.map((entry) => entry.queue);
}
