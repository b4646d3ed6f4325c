import { PayloadError } from '../errors.ts';
import { valueReader } from './text.ts';

/** How many characters of the payload an error shows. */
const SHOWN = 32;

/** What bytes mean that are escaped in a text. */
export interface Charset {
  readonly name: string;
  /** Throws where they are not text. */
  decode(bytes: Uint8Array): string;
}

export const UTF_8: Charset = { name: 'utf-8', decode: valueReader('utf-8') };

/** A text that is being read, and the place in it. */
export class Scanner {
  readonly text: string;
  readonly charset: Charset;
  /** Values become those of exact.ts. */
  readonly isExact: boolean;
  position = 0;

  constructor(text: string, charset: Charset = UTF_8, isExact = false) {
    this.text = text;
    this.charset = charset;
    this.isExact = isExact;
  }

  /** Moves to the next character that is not a blank and returns its code; NaN at the end. */
  next(): number {
    for (;;) {
      const code = this.text.charCodeAt(this.position);
      if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) this.position++;
      else return code;
    }
  }

  /** Takes the character `code` if it is the next one after blanks. */
  accept(code: number): boolean {
    if (this.next() !== code) return false;
    this.position++;
    return true;
  }

  /** Takes the character `code`, or fails saying what was `expected`. */
  expect(code: number, expected: string): void {
    if (!this.accept(code)) this.fail(`expected ${expected}`);
  }

  /** Fails if anything but blanks follows `what` has been read. */
  expectEnd(what: string): void {
    if (!Number.isNaN(this.next())) this.fail(`expected nothing after ${what}`);
  }

  /** Takes what the sticky `pattern` matches right here; undefined when it does not. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  /** What bytes mean that were escaped, one a character of `latin1`. Throws where they are not text. */
  decode(latin1: string): string {
    // ASCII is the same in all of them, but for the escape sequences of ISO-2022-JP.
    const isAscii = !/[\x80-\xff]/.test(latin1) && !latin1.includes('\x1b');
    return isAscii ? latin1 : this.charset.decode(Buffer.from(latin1, 'latin1'));
  }

  /** @throws PayloadError always, with the place and the text there */
  fail(problem: string, position = this.position): never {
    const rest = this.text.slice(position, position + SHOWN);
    const more = position + SHOWN < this.text.length ? '...' : '';
    const shown = rest === '' ? 'the end' : JSON.stringify(rest) + more;
    throw new PayloadError(`${problem} at position ${position}, found ${shown}`, position);
  }
}

/** The characters that mean something in a call. */
export const Char = {
  quotation: 0x22,
  apostrophe: 0x27,
  open: 0x28,
  close: 0x29,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  dot: 0x2e,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  semicolon: 0x3b,
  equals: 0x3d,
  greater: 0x3e,
  question: 0x3f,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;
