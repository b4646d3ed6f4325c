import type { Completion } from '../engine/api.ts';

/** The result of an operation of the engine. */
export function promised<T>(begin: (done: Completion<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => begin({ resolve, reject }));
}
