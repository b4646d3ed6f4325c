import { randomFrom } from '../model/random.ts';

/** Chance that a number determines. */
export class Random {
  readonly #next: () => number;

  constructor(seed: number) {
    // Neighbouring seeds have nothing in common after a few draws.
    this.#next = randomFrom(Math.imul(seed, 0x9e3779b1));
    for (let i = 0; i < 3; i++) this.#next();
  }

  /** A stream of its own, so that what draws from one does not disturb what draws from the other. */
  fork(): Random {
    return new Random(Math.floor(this.#next() * 2 ** 32));
  }

  /** In [0, 1). */
  fraction(): number {
    return this.#next();
  }

  /** An integer in [0, end). */
  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  /** An integer in [from, to]. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  /** One of the choices, each with a chance that goes by its weight. */
  weighted<T>(choices: readonly (readonly [weight: number, choice: T])[]): T {
    let draw = this.#next() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, choice] of choices) {
      draw -= weight;
      if (draw < 0) return choice;
    }
    return (choices.at(-1) as readonly [number, T])[1];
  }

  shuffled<T>(list: readonly T[]): T[] {
    const left = [...list];
    for (let i = left.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [left[i], left[j]] = [left[j], left[i]];
    }
    return left;
  }
}
