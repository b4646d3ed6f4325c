/**
 * Where the result of an operation goes: exactly one of the two is called, once, and not before the result
 * is as durable as the operation promises. Called on a hot path for every request, which is why this is an
 * object that the caller has anyway and not a promise.
 */
export interface Completion<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** For an result that nobody waits for. */
export const IGNORED: Completion<unknown> = { resolve() {}, reject() {} };
