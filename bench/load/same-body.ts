import { matches } from './bytes.ts';
import type { BodyCheck } from './protocol.ts';

/** All bodies are the same. */
export class SameBodyCheck implements BodyCheck {
  readonly #expected: Buffer;

  constructor(expected: Buffer) {
    this.#expected = expected;
  }

  get length(): number {
    return this.#expected.length;
  }

  isPart(bytes: Buffer, start: number, offset: number, length: number): boolean {
    return matches(bytes, start, this.#expected, offset, length);
  }

  isWhole(): boolean {
    return true;
  }
}
