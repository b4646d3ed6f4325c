import { Char, type Scanner } from './scanner.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A run of PHP's byte escapes, or any other escape. What it does not match is no escape and stays as it is. */
const ESCAPE = /(?:\\(?:[0-7]{1,3}|x[\da-fA-F]{1,2}))+|\\u(?:[\da-fA-F]{4}|\{[^}]*\}?)|\\[nrtvefb"\\/$]/g;

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

/**
 * Reads one quoted string; the scanner stands on its first quote.
 *
 * In 'single quotes' `\\` and `\'` are the only escapes, as in PHP. In "double quotes" the escapes are JSON's
 * and PHP's; where the two differ, JSON has it: `\b` is a backspace, `\/` a slash and `\u00e9` an é, which
 * PHP would all leave as they are. `\xHH` and `\OOO` are bytes, as in PHP, and a run of them is UTF-8. A backslash
 * before anything else stays, as in PHP, and `$` means nothing.
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

function decodeEscape(written: string, scanner: Scanner, position: number): string {
  const kind = written.charAt(1);
  if (kind === 'u') {
    const digits = /^(?:[\da-fA-F]{4}|\{([\da-fA-F]+)\})$/.exec(written.slice(2));
    const point = digits === null ? Number.NaN : Number.parseInt(digits[1] ?? digits[0], 16);
    if (!(point <= 0x10ffff)) scanner.fail('a \\u{...} that is not a character', position);
    return String.fromCodePoint(point);
  }
  const simple = SIMPLE[kind];
  if (simple !== undefined) return simple;
  // Octal wraps at a byte, as in PHP: "\400" is "\000".
  const bytes = written
    .slice(1)
    .split('\\')
    .map((byte) => (byte[0] === 'x' ? Number.parseInt(byte.slice(1), 16) : Number.parseInt(byte, 8) & 0xff));
  try {
    return utf8.decode(Uint8Array.from(bytes));
  } catch {
    return scanner.fail('bytes that are not UTF-8', position);
  }
}
