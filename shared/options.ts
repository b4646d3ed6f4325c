import { nearestHint } from './nearest.ts';
import { shown } from './shown.ts';

/**
 * Refuses options that `known` does not have, which would have no effect.
 *
 * @param what whose options they are, for the error
 * @throws TypeError that names the option and the nearest one, or says that these are no options
 */
export function checkOptions(what: string, options: unknown, known: readonly string[]): void {
  if (!isPlain(options))
    throw new TypeError(
      `the options of ${what} must be an object, such as { ${known[0]}: ... }, not ${shown(options)}`,
    );
  for (const key in options) if (!known.includes(key)) throw new TypeError(unknownOption(what, key, known));
}

function unknownOption(what: string, key: string, known: readonly string[]): string {
  return `${what} has no option ${JSON.stringify(key)}; ${nearestHint(key, known, `there are ${known.join(', ')}`)}`;
}

/** Whether it is an object that `{...}` makes, or one without a prototype. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * Refuses an option that is there and of another type; NaN is no number.
 *
 * @throws TypeError that names it
 */
export function checkType(name: string, value: unknown, type: 'string' | 'number' | 'boolean'): void {
  if (value === undefined || (typeof value === type && !Number.isNaN(value))) return;
  throw new TypeError(`${name} must be a ${type}, not ${shown(value)}`);
}
