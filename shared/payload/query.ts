import { type Fields, nextIndex, phpKey, setOwn } from './object-keys.ts';
import type { Scanner } from './scanner.ts';

/** Most `key=value` pairs of a query. */
export const MAX_FIELDS = 10_000;
/** Most brackets behind a key; PHP's own limit. */
export const MAX_BRACKETS = 64;

const BLANKS = ' \t\n\v\f\r';
const ASCII = /[^\u0080-\uffff]+/g;
const ESCAPE = /%([\da-f]{2})/gi;

/** An array of PHP that is being filled. */
class PhpArray extends Map<string | number, string | PhpArray> {
  #last = Number.NEGATIVE_INFINITY;

  override set(key: string | number, value: string | PhpArray): this {
    if (typeof key === 'number' && key > this.#last) this.#last = key;
    return super.set(key, value);
  }

  /** The key that `[]` stands for. */
  get next(): number {
    return nextIndex(this.#last);
  }
}

/**
 * Reads the `key=value&list[]=1&map[a]=2` of a query, up to the end of the text, as PHP's parse_str does: `+` is a
 * blank, %XX a byte of the payload's charset, the last one of a key counts, and all values are strings. An array
 * with the keys 0, 1, 2, ... in order is a list, any other an object. Dots and blanks in a name become `_`. What PHP
 * drops, a field without a name or beyond its limits, is refused.
 *
 * @throws PayloadError that names the place and shows the text there
 */
export function readQuery(scanner: Scanner): object {
  const fields = new PhpArray();
  const text = scanner.text.slice(0, lengthWithoutBlanks(scanner.text));
  let count = 0;
  while (scanner.position < text.length) {
    const ampersand = text.indexOf('&', scanner.position);
    const end = ampersand < 0 ? text.length : ampersand;
    if (end > scanner.position) {
      if (++count > MAX_FIELDS) scanner.fail(`more than ${MAX_FIELDS} fields`);
      const field = text.slice(scanner.position, end);
      const equals = field.indexOf('=');
      const key = equals < 0 ? field : field.slice(0, equals);
      const value = equals < 0 ? '' : field.slice(equals + 1);
      const path = readPath(decodeEscapes(key, scanner), scanner);
      put(fields, path, decodeEscapes(value, scanner));
    }
    scanner.position = end + 1;
  }
  return toObject(fields, scanner.isExact);
}

/** Blanks are those of ASCII, as around a call: others may be part of the last value. */
function lengthWithoutBlanks(text: string): number {
  let length = text.length;
  while (length > 0 && BLANKS.includes(text.charAt(length - 1))) length--;
  return length;
}

/** The text without its escapes. A `%` that begins none stays, as in PHP. */
function decodeEscapes(written: string, scanner: Scanner): string {
  const text = written.replaceAll('+', ' ');
  if (!text.includes('%')) return text;
  // An escaped byte and the letter behind it may be one character, as in GBK.
  return text.replace(ASCII, (run) => {
    const bytes = run.replace(ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    try {
      return scanner.decode(bytes);
    } catch {
      return scanner.fail('escaped bytes that are not text');
    }
  });
}

/**
 * `a[b][]` as a, b and the empty string. As in PHP a NUL ends a key, as does what is no `[` behind a `]`; where no `]`
 * follows the first `[`, all of them become `_`.
 */
function readPath(key: string, scanner: Scanner): string[] {
  const [text = ''] = key.replace(/^ +/, '').split('\0', 1);
  const open = text.indexOf('[');
  const name = open < 0 ? text : text.slice(0, open);
  if (name === '') scanner.fail('expected key=value or key[...]=value');
  const path = [name.replace(/[ .]/g, '_')];
  let position = open;
  while (text.charAt(position) === '[') {
    const start = position + 1;
    const isEmpty = BLANKS.includes(text.charAt(start)) && text.charAt(start + 1) === ']';
    const close = text.indexOf(']', start);
    if (close < 0) return path.length > 1 ? path : [text.replace(/[ .[]/g, '_')];
    path.push(isEmpty ? '' : text.slice(start, close));
    if (path.length > MAX_BRACKETS + 1) scanner.fail(`nested deeper than ${MAX_BRACKETS} levels`);
    position = close + 1;
  }
  return path;
}

/** The last one of a key counts, also when one of the two is an array. */
function put(fields: PhpArray, path: readonly string[], value: string): void {
  const last = path.length - 1;
  let inner = fields;
  for (const [i, step] of path.entries()) {
    const key = step === '' ? inner.next : phpKey(step);
    const there = inner.get(key);
    const next = i === last ? value : there instanceof PhpArray ? there : new PhpArray();
    if (next !== there) inner.set(key, next);
    if (typeof next !== 'string') inner = next;
  }
}

function toObject(fields: PhpArray, isExact: boolean): object {
  const object: Fields = isExact ? new Map() : {};
  for (const [key, value] of fields) setOwn(object, String(key), toValue(value, isExact));
  return object;
}

function toValue(value: string | PhpArray, isExact: boolean): unknown {
  if (typeof value === 'string') return value;
  let index = 0;
  for (const key of value.keys()) if (key !== index++) return toObject(value, isExact);
  return Array.from(value.values(), (each) => toValue(each, isExact));
}
