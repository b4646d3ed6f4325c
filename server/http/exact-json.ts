import { randomUUID } from 'node:crypto';
import { MAX_DIGITS } from '../../shared/call.ts';

/** Strings, which are passed over, and numbers: of what is JSON, since a string without an end takes time squared. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Integers that a double may not hold; most texts have none. */
const SOME_LONG = /\d{16}/;
const LONG_INTEGER = /^-?[1-9]\d{15,}$/;

/**
 * Parses JSON of which no digit is lost: an integer that a double does not hold becomes a bigint, of at most `MAX_DIGITS`.
 *
 * @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!SOME_LONG.test(text)) return value;
  // Nobody can have guessed it.
  const mark = randomUUID();
  const marked = text.replace(TOKENS, (token) => {
    if (!LONG_INTEGER.test(token) || Number.isSafeInteger(Number(token))) return token;
    if (token.length > MAX_DIGITS + 1) throw new SyntaxError(`an integer has more than ${MAX_DIGITS} digits`);
    return `"${mark}${token}"`;
  });
  return JSON.parse(marked, (_key, value) =>
    typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  );
}
