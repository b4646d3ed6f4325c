import { NONE } from './message-table.ts';
import type { Queue } from './queue.ts';

/** As many messages at most are discarded by the event itself; more are swept. */
export const DISCARDED_AT_ONCE = 1000;

/**
 * Frees in slices what was discarded at once. A purge or a drop of very many messages costs nothing but the word that they
 * are discarded; their slots are freed in rounds through the whole table, each slice of a round an event.
 */
export class Sweep {
  /** Up to this slot the round under way has come. */
  cursor = 0;
  /** How many rounds are over, and how many there have to be for all that is discarded to be freed. */
  #done = 0;
  #wanted = 0;
  /** What is discarded and not freed yet: messages, the statuses of ended jobs among them, and bytes in the log. */
  messages = 0;
  bytes = 0;
  /** Queues that were dropped, by the round that frees the last of their messages, and then their numbers. */
  #dropped: { readonly queue: Queue; readonly round: number }[] = [];

  /** Queues of which a part is discarded. */
  #cut: Queue[] = [];

  get isUnderWay(): boolean {
    return this.#wanted > this.#done;
  }

  /** Something was discarded: what a round under way has passed is for the next one. */
  want(): void {
    this.#wanted = this.#done + (this.cursor === 0 ? 1 : 2);
  }

  /** The number of a queue is used again once its messages are freed. The sweep is wanted already. */
  addDropped(queue: Queue): void {
    this.#dropped.push({ queue, round: this.#wanted });
  }

  addCut(queue: Queue): void {
    this.#cut.push(queue);
  }

  /** A slice has been freed, up to a slot; NONE: the round is over. The queues that were dropped and have nothing left. */
  advance(to: number): Queue[] {
    if (to !== NONE) {
      this.cursor = to;
      return [];
    }
    this.cursor = 0;
    this.#done++;
    const isEmpty = ({ round }: { round: number }) => round <= this.#done;
    const empty = this.#dropped.filter(isEmpty).map(({ queue }) => queue);
    const left = this.#dropped.filter((each) => !isEmpty(each));
    this.#dropped = left;
    if (!this.isUnderWay) this.#uncut();
    return empty;
  }

  #uncut(): void {
    for (const queue of this.#cut) queue.discarded = undefined;
    this.#cut = [];
  }

  /** A message is freed that was discarded. */
  freed(bytes: number): void {
    this.messages--;
    this.bytes -= bytes;
  }
}
