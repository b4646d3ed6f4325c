import type { Completion } from './api.ts';

/** Operations that came while the journal was making room, in their order. Bounded by what clients have in flight. */
export class Stalled {
  #operations: { readonly run: () => void; readonly done: Completion<never> }[] = [];

  get isEmpty(): boolean {
    return this.#operations.length === 0;
  }

  add(done: Completion<never>, run: () => void): void {
    this.#operations.push({ run, done });
  }

  /** Takes an operation out, unanswered; false when it is not here. */
  remove(done: Completion<never>): boolean {
    const index = this.#operations.findIndex((operation) => operation.done === done);
    if (index >= 0) this.#operations.splice(index, 1);
    return index >= 0;
  }

  /** Runs them again. What still finds no room comes back here, in the same order. */
  retry(): void {
    const operations = this.#operations;
    this.#operations = [];
    for (const { run } of operations) run();
  }

  reject(reason: Error): void {
    const operations = this.#operations;
    this.#operations = [];
    for (const { done } of operations) done.reject(reason);
  }
}
