import { Char, type Scanner } from './scanner.ts';

/** One of PHP's byte escapes, or any other escape. What it does not match is no escape and stays as it is. */
const ESCAPE = /\\(?:[0-7]{1,3}|x[\da-fA-F]{1,2}|u(?:[\da-fA-F]{4}|\{[^}]*\}?)|[nrtvefb"\\/$])/g;

/** What a text has in it that has escapes of bytes, perhaps; ESC is one as well, since it changes what others mean. */
const BYTE_ESCAPE = /\\[0-7xe]/;

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  e: '\x1b',
  f: '\f',
  b: '\b',
  '"': '"',
  '\\': '\\',
  '/': '/',
  $: '$',
};

const NOT_ASCII = /[^\0-\x7f]/;

/**
 * Reads one quoted string; the scanner stands on its first quote.
 *
 * In 'single quotes' `\\` and `\'` are the only escapes, as in PHP. In "double quotes" the escapes are JSON's
 * and PHP's; where the two differ, JSON has it: `\b` is a backspace, `\/` a slash and `\u00e9` an é, which
 * PHP would all leave as they are. `\xHH` and `\OOO` are bytes, as in PHP; with the ASCII beside them they are text in the
 * payload's charset. A backslash before anything else stays, as in PHP, and `$` means nothing.
 *
 * @throws PayloadError
 */
export function readQuoted(scanner: Scanner): string {
  const { text, position: start } = scanner;
  const quote = text.charCodeAt(start);
  let escaped = false;
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) {
      scanner.position = i + 1;
      const inside = text.slice(start + 1, i);
      if (!escaped) return inside;
      if (quote === Char.apostrophe) return inside.replace(/\\([\\'])/g, '$1');
      if (BYTE_ESCAPE.test(inside)) return new ByteString(scanner, start + 1).read(inside);
      return inside.replace(ESCAPE, (found, offset: number) =>
        decodeEscape(found, scanner, start + 1 + offset),
      );
    }
    if (code === Char.backslash) {
      escaped = true;
      i++;
    }
  }
  return scanner.fail('a quote that is not closed', start);
}

/** What an escape means that is none of a byte. */
function decodeEscape(written: string, scanner: Scanner, position: number): string {
  const simple = SIMPLE[written.charAt(1)];
  if (simple !== undefined) return simple;
  const digits = /^(?:[\da-fA-F]{4}|\{([\da-fA-F]+)\})$/.exec(written.slice(2));
  const point = digits === null ? Number.NaN : Number.parseInt(digits[1] ?? digits[0], 16);
  if (!(point <= 0x10ffff)) scanner.fail('a \\u{...} that is not a character', position);
  return String.fromCodePoint(point);
}

/** A string in double quotes that has bytes escaped. */
class ByteString {
  readonly #scanner: Scanner;
  readonly #start: number;
  /** What has been read, up to the run. */
  #text = '';
  /** Of bytes one a character: ASCII and what was escaped. A character may be written as both. */
  #run = '';
  /** Where its first escaped byte is. */
  #firstByte: number | undefined;

  /** `start`: where the inside begins. */
  constructor(scanner: Scanner, start: number) {
    this.#scanner = scanner;
    this.#start = start;
  }

  read(inside: string): string {
    let last = 0;
    for (const { 0: found, index } of inside.matchAll(ESCAPE)) {
      this.#addPlain(inside.slice(last, index));
      last = index + found.length;
      const kind = found.charAt(1);
      if (kind === 'u') {
        this.#endRun();
        this.#text += decodeEscape(found, this.#scanner, this.#start + index);
      } else if (kind in SIMPLE) {
        this.#run += decodeEscape(found, this.#scanner, index);
      } else {
        this.#firstByte ??= index;
        this.#run += byteOf(found);
      }
    }
    this.#addPlain(inside.slice(last));
    this.#endRun();
    return this.#text;
  }

  #addPlain(plain: string): void {
    if (!NOT_ASCII.test(plain)) {
      this.#run += plain;
      return;
    }
    let end = plain.length;
    while (plain.charCodeAt(end - 1) < 0x80) end--;
    const first = plain.search(NOT_ASCII);
    this.#run += plain.slice(0, first);
    this.#endRun();
    this.#text += plain.slice(first, end);
    this.#run = plain.slice(end);
  }

  #endRun(): void {
    try {
      this.#text += this.#scanner.decode(this.#run);
    } catch {
      const { name } = this.#scanner.charset;
      this.#scanner.fail(`bytes that are not ${name.toUpperCase()}`, this.#start + (this.#firstByte ?? 0));
    }
    this.#run = '';
    this.#firstByte = undefined;
  }
}

function byteOf(written: string): string {
  const isHex = written.charAt(1) === 'x';
  const byte = isHex ? Number.parseInt(written.slice(2), 16) : Number.parseInt(written.slice(1), 8);
  // Octal wraps, as in PHP: "\400" is "\000".
  return String.fromCharCode(byte & 0xff);
}
