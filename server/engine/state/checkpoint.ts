import { encodePage, entrySize, pageSize } from './checkpoint-page.ts';
import { ALL_QUEUES, PAGE_QUEUES } from './events.ts';
import type { Queue } from './queue.ts';

/**
 * Most pages that wait to be encoded: a checkpoint encodes no more than these, however many queues have changed since
 * the last one.
 */
const MOST_CHANGED = 64;

interface Page {
  readonly from: number;
  /** How many queues it has, and the bytes that these take in it. */
  queues: number;
  entries: number;
  /** Undefined when something of it has changed. */
  encoded: Buffer | undefined;
}

/** What a checkpoint says of the queues whose numbers are `from` or above, and below `to`: no other has one of these. */
export interface CheckpointPage {
  readonly from: number;
  readonly to: number;
  readonly bytes: Buffer;
}

/**
 * The queues as a checkpoint tells them: in pages, each the complete truth of its numbers. Pages are kept encoded, so
 * that a checkpoint of very many queues copies bytes, and those of which something changes are encoded anew.
 */
export class Checkpoint {
  /** By their numbers. */
  readonly #queues: readonly (Queue | undefined)[];
  readonly #pages: Page[] = [];
  /** In the order in which they changed first. */
  readonly #changed = new Set<Page>();
  /** How many pages there are to tell, and their bytes: exact, though a page may still have to be encoded. */
  pageCount = 1;
  bytes = pageSize(0);

  /** `queues` is changed by its owner, who tells of it here. */
  constructor(queues: readonly (Queue | undefined)[]) {
    this.#queues = queues;
  }

  /** A queue is there now. */
  add(queue: Queue): void {
    this.#count(queue, 1);
  }

  /** A queue is there no more. */
  remove(queue: Queue): void {
    this.#count(queue, -1);
  }

  /** A queue was paused, or is not paused any more. */
  change(queue: Queue): void {
    this.#touch(this.#pageOf(queue.number));
  }

  /** All pages, in the order of their numbers. Those without a queue are part of the ones before them. */
  *pages(): Generator<CheckpointPage> {
    let last = this.#pageOf(0);
    for (const page of this.#pages) {
      if (page.queues === 0 || page === last) continue;
      yield { from: last.from, to: page.from, bytes: this.#encoded(last) };
      last = page;
    }
    yield { from: last.from, to: ALL_QUEUES, bytes: this.#encoded(last) };
  }

  /** Whether a page says nothing new. */
  says(from: number, to: number, bytes: Buffer): boolean {
    const first = from / PAGE_QUEUES;
    const page = this.#pages[first];
    if (page === undefined) return false;
    const end = Math.min(Math.ceil(to / PAGE_QUEUES), this.#pages.length);
    for (let i = first + 1; i < end; i++) if (this.#pages[i].queues > 0) return false;
    return this.#encoded(page).equals(bytes);
  }

  /** `sign`: 1 for a queue that comes, -1 for one that goes; its place among the others is empty or its own. */
  #count(queue: Queue, sign: number): void {
    const { number, name } = queue;
    const page = this.#pageOf(number);
    const before = this.#neighbour(page, number, -1)?.name;
    const behind = this.#neighbour(page, number, 1)?.name;
    let growth = entrySize(name, before);
    if (behind !== undefined) growth += entrySize(behind, name) - entrySize(behind, before);
    this.#sum(page, -1);
    page.queues += sign;
    page.entries += sign * growth;
    this.#sum(page, 1);
    this.#touch(page);
  }

  /** Adds what a page takes to the sums, or with -1 takes it from them. */
  #sum({ from, queues, entries }: Page, sign: number): void {
    // The first one is told whatever it has, so that a checkpoint begins with number 0.
    if (queues === 0 && from > 0) return;
    this.pageCount += sign;
    this.bytes += sign * pageSize(entries);
  }

  #neighbour({ from }: Page, number: number, step: number): Queue | undefined {
    for (let at = number + step; at >= from && at < from + PAGE_QUEUES; at += step) {
      const queue = this.#queues[at];
      if (queue !== undefined) return queue;
    }
    return undefined;
  }

  #touch(page: Page): void {
    page.encoded = undefined;
    this.#changed.add(page);
    if (this.#changed.size <= MOST_CHANGED) return;
    for (const first of this.#changed) {
      this.#encoded(first);
      return;
    }
  }

  #encoded(page: Page): Buffer {
    if (page.encoded === undefined) {
      page.encoded = encodePage(this.#queues, page.from);
      this.#changed.delete(page);
    }
    return page.encoded;
  }

  #pageOf(number: number): Page {
    const index = Math.floor(number / PAGE_QUEUES);
    for (let next = this.#pages.length; next <= index; next++) {
      this.#pages.push({ from: next * PAGE_QUEUES, queues: 0, entries: 0, encoded: undefined });
    }
    return this.#pages[index];
  }
}
