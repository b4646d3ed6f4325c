import { isPromise } from 'node:util/types';
import { Fail } from './verdict.ts';

/** A method that has returned before it has run. */
class UnfinishedError extends Fail {
  /** The message says it all. */
  override name = '';
}

/**
 * What `method` returned, once it was awaited.
 *
 * @throws Fail when that is something which nobody has run, so that its work is not done: a generator or another iterator,
 * a stream, a function, promises in an array
 */
export function finished<T>(method: string, value: T): T {
  if (value === undefined) return value;
  const problem = typeof value === 'object' || typeof value === 'function' ? problemOf(value) : undefined;
  if (problem !== undefined) throw new UnfinishedError(`${method} returned ${problem}`);
  return value;
}

function problemOf(value: object | null): string | undefined {
  if (value === null) return undefined;
  if (typeof value === 'function')
    return 'a function, which nobody calls: have the method call it, and await what it does';
  if (Array.isArray(value))
    return value.some(isPromise)
      ? 'an array of promises, which nobody awaits: write return Promise.all(...)'
      : undefined;
  if (isStream(value))
    return value.destroyed === true
      ? undefined
      : 'a stream that has not ended: await pipeline(...) from node:stream/promises in the method';
  return isIterator(value)
    ? 'a generator, or another iterator, which nobody runs: make it an async method without *, or loop over it in the ' +
        'method (for await ... of)'
    : undefined;
}

/** A stream of Node.js, which is destroyed when it has ended. */
function isStream(value: object): value is { readonly destroyed?: unknown } {
  return 'pipe' in value && typeof value.pipe === 'function' && 'on' in value;
}

/** Arrays, maps and the like can be iterated over, and are data; what can be but once, or asynchronously, is work. */
function isIterator(value: object): boolean {
  return (
    Symbol.asyncIterator in value ||
    (Symbol.iterator in value && 'next' in value && typeof value.next === 'function')
  );
}
