import { expect } from 'vitest';
import { same } from './same.ts';

/** The engine's message ids, by the model's numbers: whatever they are, they ascend as the numbers do. */
export class Numbers {
  readonly #ids: Map<number, number>;

  constructor(known?: Numbers) {
    this.#ids = new Map(known === undefined ? [] : known.#ids);
  }

  /** Undefined where it is not known yet. */
  idOf(number: number): number | undefined {
    return this.#ids.get(number);
  }

  /** Compares a message id with what is known by now, and learns it. */
  check(number: number, id: number): void {
    const known = this.#ids.get(number);
    if (known !== undefined) {
      same(id, known);
      return;
    }
    const outOfOrder = [...this.#ids].filter(([other, otherId]) => id < otherId !== number < other);
    if (outOfOrder.length > 0) expect(outOfOrder).toEqual([]);
    if (id <= 0) expect(id).toBeGreaterThan(0);
    this.#ids.set(number, id);
  }
}
