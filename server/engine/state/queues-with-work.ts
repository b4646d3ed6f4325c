import type { Queue } from './queue.ts';

/**
 * The queues that something can be taken from, linked with one another: the first one is found at once, however
 * many have come and gone before it, which a Set would not do.
 */
export class WaitingQueues {
  #first: Queue | undefined;
  #last: Queue | undefined;

  add(queue: Queue): void {
    queue.previousWaiting = this.#last;
    queue.nextWaiting = undefined;
    if (this.#last === undefined) this.#first = queue;
    else this.#last.nextWaiting = queue;
    this.#last = queue;
  }

  /** Takes out a queue that is in here. */
  remove(queue: Queue): void {
    const { previousWaiting, nextWaiting } = queue;
    if (previousWaiting === undefined) this.#first = nextWaiting;
    else previousWaiting.nextWaiting = nextWaiting;
    if (nextWaiting === undefined) this.#last = previousWaiting;
    else nextWaiting.previousWaiting = previousWaiting;
    queue.previousWaiting = queue.nextWaiting = undefined;
  }

  /** In the order in which they came; the one that was told last may go meanwhile. */
  *[Symbol.iterator](): Iterator<Queue> {
    for (let queue = this.#first; queue !== undefined; ) {
      const next: Queue | undefined = queue.nextWaiting;
      yield queue;
      queue = next;
    }
  }
}
