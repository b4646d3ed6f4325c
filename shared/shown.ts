import { inspect } from 'node:util';

/** Any value, for an error that says that it is a wrong one: as JavaScript writes it, on one line, and not all of it. */
export function shown(value: unknown): string {
  const text = inspect(value, {
    depth: 0,
    customInspect: false,
    maxArrayLength: 3,
    maxStringLength: 40,
    breakLength: Number.POSITIVE_INFINITY,
  });
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
