import type { Completion } from '../completion.ts';

/** Completions that wait, and their values: in two lists, so that waiting costs no object. */
export class Completions {
  #completions: Completion<unknown>[] = [];
  #values: unknown[] = [];

  get size(): number {
    return this.#completions.length;
  }

  add<T>(completion: Completion<T>, value: T): void {
    this.#completions.push(completion as Completion<unknown>);
    this.#values.push(value);
  }

  /** Moves all that wait in `other` to here. */
  takeAll(other: Completions): void {
    if (this.size === 0) {
      [this.#completions, other.#completions] = [other.#completions, this.#completions];
      [this.#values, other.#values] = [other.#values, this.#values];
      return;
    }
    for (const [i, completion] of other.#completions.entries()) this.add(completion, other.#values[i]);
    other.#clear();
  }

  resolve(): void {
    if (this.size === 0) return;
    const completions = this.#completions;
    const values = this.#values;
    this.#clear();
    for (let i = 0; i < completions.length; i++) completions[i].resolve(values[i]);
  }

  reject(error: Error): void {
    const completions = this.#completions;
    this.#clear();
    for (const completion of completions) completion.reject(error);
  }

  #clear(): void {
    this.#completions = [];
    this.#values = [];
  }
}
