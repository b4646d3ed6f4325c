import type { Completion, Delivery, QueueName, ReserveRequest } from '../engine.ts';

interface Waiter {
  readonly request: ReserveRequest;
  readonly timer: NodeJS.Timeout;
}

type Done = Completion<Delivery | undefined>;

/** Reads that wait for a message, by queue, in the order in which they came. */
export class Waiters {
  readonly #queues = new Map<QueueName, Map<Done, Waiter>>();

  add(request: ReserveRequest, done: Done): void {
    const timer = setTimeout(() => {
      this.remove(request.queue, done);
      done.resolve(undefined);
    }, request.waitMs);
    const queue = this.#queues.get(request.queue);
    if (queue === undefined) this.#queues.set(request.queue, new Map([[done, { request, timer }]]));
    else queue.set(done, { request, timer });
  }

  /** Takes a waiter out, unanswered; false when it was not waiting. */
  remove(name: QueueName, done: Done): boolean {
    const queue = this.#queues.get(name);
    const waiter = queue?.get(done);
    if (queue === undefined || waiter === undefined) return false;
    clearTimeout(waiter.timer);
    queue.delete(done);
    if (queue.size === 0) this.#queues.delete(name);
    return true;
  }

  /** The one that has waited longest. */
  first(name: QueueName): { request: ReserveRequest; done: Done } | undefined {
    const queue = this.#queues.get(name);
    if (queue === undefined) return undefined;
    for (const [done, { request }] of queue) return { request, done };
    return undefined;
  }

  count(name: QueueName): number {
    return this.#queues.get(name)?.size ?? 0;
  }

  get isEmpty(): boolean {
    return this.#queues.size === 0;
  }

  /** Answers all that they get nothing. */
  close(): void {
    for (const [name, queue] of this.#queues) {
      for (const done of [...queue.keys()]) {
        this.remove(name, done);
        done.resolve(undefined);
      }
    }
  }
}
