import { expect } from 'vitest';

/** Fails unless both are the same. An `expect` for each of very many values would take most of the time of the model. */
export function same(actual: unknown, expected: unknown, what?: string): void {
  if (actual !== expected) expect(actual, what).toBe(expected);
}
