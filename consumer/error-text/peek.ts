import { types } from 'node:util';

/** What the object has under the key; undefined also where looking throws, since anything can be thrown. */
export function peek(object: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(object, key);
  } catch {
    return undefined;
  }
}

/**
 * Whether it is an error, or as good as one: also of another realm, such as node:vm's, where it is no instance of Error.
 * Its properties can be anything, and are to be looked at with `peek`.
 */
export function isErrorLike(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false;
  return (
    types.isNativeError(value) ||
    (typeof peek(value, 'message') === 'string' && typeof peek(value, 'stack') === 'string')
  );
}
