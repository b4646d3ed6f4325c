import { phpKey, setOwn } from './object-keys.ts';
import type { Scanner } from './scanner.ts';

/** Most `key=value` pairs of a query. */
export const MAX_FIELDS = 10_000;
/** Most brackets behind a key; PHP's own limit. */
export const MAX_BRACKETS = 64;

const BLANKS = ' \t\n\v\f\r';
/** A key's own name, and the brackets behind it. */
const KEY = /^([^[]+)((?:\[[^\]]*\])*)$/;
const BRACKET = /\[([^\]]*)\]/g;
const ASCII = /[^\u0080-\uffff]+/g;
const ESCAPE = /%([\da-f]{2})/gi;

/** An array of PHP that is being filled. */
class Fields extends Map<string | number, string | Fields> {
  #next = 0;

  override set(key: string | number, value: string | Fields): this {
    if (typeof key === 'number' && key >= this.#next) this.#next = key + 1;
    return super.set(key, value);
  }

  /** The key that `[]` stands for. */
  get next(): number {
    return this.#next;
  }
}

/**
 * Reads the `key=value&list[]=1&map[a]=2` of a query, up to the end of the text, as PHP's parse_str does: `+` is a
 * blank, %XX a byte of the payload's charset, the last one of a key counts, and all values are strings. An array
 * with the keys 0, 1, 2, ... in order is a list, any other an object. Other than PHP it keeps dots and blanks
 * in keys, and refuses what PHP would leave out or rename.
 *
 * @param decode reads bytes in the payload's charset
 * @throws PayloadError that names the place and shows the text there
 */
export function readQuery(scanner: Scanner, decode: (bytes: Uint8Array) => string): object {
  const fields = new Fields();
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
      put(
        fields,
        readPath(decodeEscapes(key, scanner, decode), scanner),
        decodeEscapes(value, scanner, decode),
      );
    }
    scanner.position = end + 1;
  }
  return toObject(fields);
}

/** Blanks are those of ASCII, as around a call: others may be part of the last value. */
function lengthWithoutBlanks(text: string): number {
  let length = text.length;
  while (length > 0 && BLANKS.includes(text.charAt(length - 1))) length--;
  return length;
}

/** The text without its escapes. A `%` that begins none stays, as in PHP. */
function decodeEscapes(written: string, scanner: Scanner, decode: (bytes: Uint8Array) => string): string {
  const text = written.replaceAll('+', ' ');
  if (!text.includes('%')) return text;
  // An escaped byte and the letter behind it may be one character, as in GBK.
  return text.replace(ASCII, (run) => {
    const bytes = run.replace(ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    if (bytes === run) return run;
    try {
      return decode(Buffer.from(bytes, 'latin1'));
    } catch {
      return scanner.fail('escaped bytes that are not text');
    }
  });
}

/** `a[b][]` as a, b and the empty string. */
function readPath(key: string, scanner: Scanner): string[] {
  const [, name = '', brackets = ''] =
    KEY.exec(key.replace(/^ +/, '')) ?? scanner.fail('expected key=value or key[...]=value');
  const path = [name, ...Array.from(brackets.matchAll(BRACKET), ([, inside = '']) => inside)];
  if (path.length > MAX_BRACKETS + 1) scanner.fail(`nested deeper than ${MAX_BRACKETS} levels`);
  return path;
}

/** The last one of a key counts, also when one of the two is an array. */
function put(fields: Fields, path: readonly string[], value: string): void {
  const last = path.length - 1;
  let inner = fields;
  for (const [i, step] of path.entries()) {
    const key = step === '' ? inner.next : phpKey(step);
    const there = inner.get(key);
    const next = i === last ? value : there instanceof Fields ? there : new Fields();
    if (next !== there) inner.set(key, next);
    if (typeof next !== 'string') inner = next;
  }
}

function toObject(fields: Fields): object {
  const object: Record<string, unknown> = {};
  for (const [key, value] of fields) setOwn(object, String(key), toValue(value));
  return object;
}

function toValue(value: string | Fields): unknown {
  if (typeof value === 'string') return value;
  let index = 0;
  for (const key of value.keys()) if (key !== index++) return toObject(value);
  return Array.from(value.values(), toValue);
}
