import type { Completion, Delivery, QueueName, ReserveRequest } from '../engine.ts';

interface Waiter {
  readonly request: ReserveRequest;
  readonly timer: NodeJS.Timeout;
  /** Ascending in the order in which they came. */
  readonly ticket: number;
}

type Done = Completion<Delivery | undefined>;

/** Reads that wait for a message, in the order in which they came: by queue, and those that watch several. */
export class Waiters {
  readonly #queues = new Map<QueueName, Map<Done, Waiter>>();
  readonly #watchers = new Map<Done, Waiter>();
  #lastTicket = 0;

  add(request: ReserveRequest, done: Done): void {
    const timer = setTimeout(() => {
      this.remove(request.queue, done);
      done.resolve(undefined);
    }, request.waitMs);
    const waiter = { request, timer, ticket: ++this.#lastTicket };
    const queue = this.#queues.get(request.queue);
    if (request.watchList !== undefined) this.#watchers.set(done, waiter);
    else if (queue === undefined) this.#queues.set(request.queue, new Map([[done, waiter]]));
    else queue.set(done, waiter);
  }

  /** Takes a waiter out, unanswered; false when it was not waiting. */
  remove(name: QueueName, done: Done): boolean {
    const queue = this.#queues.get(name);
    const waiter = queue?.get(done) ?? this.#watchers.get(done);
    if (waiter === undefined) return false;
    clearTimeout(waiter.timer);
    this.#watchers.delete(done);
    queue?.delete(done);
    if (queue?.size === 0) this.#queues.delete(name);
    return true;
  }

  /** The one that has waited longest for a message of this queue. */
  first(name: QueueName): { request: ReserveRequest; done: Done } | undefined {
    const own = this.#queues.get(name)?.entries().next().value;
    for (const watcher of this.#watchers) {
      const [, { request, ticket }] = watcher;
      if (own !== undefined && own[1].ticket < ticket) break;
      if (request.watchList?.has(name)) return { request, done: watcher[0] };
    }
    return own === undefined ? undefined : { request: own[1].request, done: own[0] };
  }

  count(name: QueueName): number {
    let count = this.#queues.get(name)?.size ?? 0;
    for (const { request } of this.#watchers.values()) if (request.watchList?.has(name)) count++;
    return count;
  }

  get isEmpty(): boolean {
    return this.#queues.size === 0 && this.#watchers.size === 0;
  }

  /** Answers all that they get nothing. */
  close(): void {
    const all = [...this.#queues.values()].flatMap((queue) => [...queue]).concat([...this.#watchers]);
    for (const [done, { request }] of all) {
      this.remove(request.queue, done);
      done.resolve(undefined);
    }
  }
}
