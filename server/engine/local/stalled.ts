import type { Completion, EnqueueRequest } from '../engine.ts';
import type { Journal } from './journal/journal.ts';

type Store = (request: EnqueueRequest, done: Completion<void>) => void;

/** Enqueues that came while the journal was making room, in their order. Bounded by what clients have in flight. */
export class Stalled {
  #entries: { request: EnqueueRequest; size: number; done: Completion<void> }[] = [];

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Keeps a request, and its body, until there is room for its record of `size` bytes. */
  add(request: EnqueueRequest, size: number, done: Completion<void>): void {
    const body = Buffer.from(request.body.subarray(request.start, request.end));
    this.#entries.push({ request: { ...request, body, start: 0, end: body.length }, size, done });
  }

  /** Stores what there is room for; refuses all when there will be none. */
  retry(journal: Journal, store: Store): void {
    const entries = this.#entries;
    let stored = 0;
    for (const { request, size, done } of entries) {
      if (!journal.hasRoom(size)) break;
      store(request, done);
      stored++;
    }
    this.#entries = entries.slice(stored);
    if (journal.roomProblem !== undefined) this.reject(journal.roomProblem);
  }

  reject(reason: Error): void {
    const entries = this.#entries;
    this.#entries = [];
    for (const { done } of entries) done.reject(reason);
  }
}
