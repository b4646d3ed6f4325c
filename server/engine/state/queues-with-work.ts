import type { Queue } from './queue.ts';

/**
 * The queues that something can be taken from, linked with one another: the first one is found at once, however
 * many have come and gone before it, which a Set would not do.
 */
export class QueuesWithWork {
  #first: Queue | undefined;
  #last: Queue | undefined;

  add(queue: Queue): void {
    queue.previousWithWork = this.#last;
    queue.nextWithWork = undefined;
    if (this.#last === undefined) this.#first = queue;
    else this.#last.nextWithWork = queue;
    this.#last = queue;
  }

  /** Takes out a queue that is in here. */
  remove(queue: Queue): void {
    const { previousWithWork, nextWithWork } = queue;
    if (previousWithWork === undefined) this.#first = nextWithWork;
    else previousWithWork.nextWithWork = nextWithWork;
    if (nextWithWork === undefined) this.#last = previousWithWork;
    else nextWithWork.previousWithWork = previousWithWork;
    queue.previousWithWork = queue.nextWithWork = undefined;
  }

  /** In the order in which they came; the one that was told last may go meanwhile. */
  *[Symbol.iterator](): Iterator<Queue> {
    for (let queue = this.#first; queue !== undefined; ) {
      const next: Queue | undefined = queue.nextWithWork;
      yield queue;
      queue = next;
    }
  }
}
