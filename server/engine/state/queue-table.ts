import { Checkpoint } from './checkpoint.ts';
import { Counters } from './counters.ts';
import type { Queue } from './queue.ts';

/** The queues there are, by name and by number. Numbers are used again. */
export class QueueTable {
  readonly #byName = new Map<string, Queue>();
  readonly #byNumber: (Queue | undefined)[] = [];
  /** Those that are gone, and whose numbers are not free yet. */
  readonly #retired = new Map<number, Queue>();
  readonly #freeNumbers: number[] = [];
  /** What a checkpoint says of them. */
  readonly checkpoint = new Checkpoint(this.#byNumber);
  readonly counters = new Counters();
  /** Events say themselves what the numbers are; the free ones are found by `rebuildFree`. */
  #isReplaying = true;

  get size(): number {
    return this.#byName.size;
  }

  get(name: string): Queue | undefined {
    return this.#byName.get(name);
  }

  /** Also one that was dropped, as long as not all of its messages are freed. */
  byNumber(number: number): Queue | undefined {
    return this.#byNumber[number] ?? this.#retired.get(number);
  }

  /** Above all numbers that were used. */
  get end(): number {
    return this.#byNumber.length;
  }

  all(): Iterable<Queue> {
    return this.#byName.values();
  }

  /** The number that the next new queue is to take. */
  nextFree(): number {
    return this.#freeNumbers.at(-1) ?? this.#byNumber.length;
  }

  add(queue: Queue): void {
    if (queue.number === this.#freeNumbers.at(-1)) this.#freeNumbers.pop();
    while (this.#byNumber.length < queue.number) this.#byNumber.push(undefined);
    this.#byNumber[queue.number] = queue;
    this.#byName.set(queue.name, queue);
    this.checkpoint.add(queue);
  }

  remove(queue: Queue): void {
    this.retire(queue);
    this.freeNumber(queue);
  }

  /** A queue is there no more; its number stays its own up to `freeNumber`. */
  retire(queue: Queue): void {
    this.#byNumber[queue.number] = undefined;
    this.#byName.delete(queue.name);
    this.#retired.set(queue.number, queue);
    this.checkpoint.remove(queue);
    this.counters.forget(queue.name);
  }

  freeNumber(queue: Queue): void {
    this.#retired.delete(queue.number);
    if (!this.#isReplaying) this.#freeNumbers.push(queue.number);
  }

  /** Ends a replay: finds the free numbers. */
  rebuildFree(): void {
    this.#isReplaying = false;
    this.#freeNumbers.length = 0;
    for (const [number, queue] of this.#byNumber.entries()) {
      if (queue === undefined && !this.#retired.has(number)) this.#freeNumbers.push(number);
    }
  }

  /** At most `limit` queues from number `from` on, and the number to go on with; undefined at the end. */
  page(from: number, limit: number): { queues: Queue[]; next: number | undefined } {
    const queues: Queue[] = [];
    for (let number = from; number < this.#byNumber.length; number++) {
      const queue = this.#byNumber[number];
      if (queue === undefined) continue;
      if (queues.length === limit) return { queues, next: number };
      queues.push(queue);
    }
    return { queues, next: undefined };
  }
}
