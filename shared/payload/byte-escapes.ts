/*
 * Who escapes strings without knowing their charset, as PHP's var_export does, puts a backslash before each byte that
 * is a quote or a backslash, also where that byte is a part of a character. Such a backslash goes before the escapes
 * are read, so that the bytes are what they were.
 *
 * Others escape text and encode it then, as what writes JSON does. They can be told apart: who escapes bytes leaves none
 * out, so a payload with such a byte that is not escaped is of the other kind.
 */

/** Takes off escapes that are inside of characters; undefined when there are none, or the payload is of the other kind. */
export type ByteUnescaper = (payload: Uint8Array) => Uint8Array | undefined;

const BACKSLASH = 0x5c;

/**
 * For charsets whose characters may end in a byte that is a backslash in ASCII: gbk, gb18030, big5, shift_jis. Quotes are
 * no part of any character there. Undefined for all others.
 *
 * @param decode reads bytes in the charset, and throws where they are not text
 */
export function trailingBackslashes(decode: (bytes: Uint8Array) => string): ByteUnescaper | undefined {
  const upper = Array.from({ length: 0x80 }, (_, i) => 0x80 + i);
  const read = (...bytes: number[]): string | undefined => {
    try {
      return decode(Uint8Array.from(bytes));
    } catch {
      return undefined;
    }
  };
  const dangerous = upper.filter((lead) => read(lead, BACKSLASH)?.endsWith('\\') === false);
  if (dangerous.length === 0) return undefined;
  // A byte of 80 and more that is no character is the first of two; the four of GB 18030 are two pairs.
  const leads = upper.filter((byte) => read(byte) === undefined);
  const anyOf = new RegExp(`${oneOf(dangerous)}\\\\`);
  const pairs = new RegExp(`(${oneOf(dangerous)}\\\\)(\\\\?)|${oneOf(leads)}.`, 'gs');
  return (payload) => {
    if (!payload.includes(BACKSLASH)) return undefined;
    const bytes = Buffer.from(payload).toString('latin1');
    if (!anyOf.test(bytes)) return undefined;
    // What is before the first quote is the name of a method.
    const start = bytes.search(/["']/);
    let found = false;
    let isEscaped = true;
    const literals = bytes.slice(start).replace(pairs, (pair, character?: string, backslash?: string) => {
      if (character === undefined) return pair;
      found = true;
      if (backslash === '') isEscaped = false;
      return character;
    });
    if (!found || !isEscaped || isJson(payload, decode)) return undefined;
    return Buffer.from(bytes.slice(0, start) + literals, 'latin1');
  };
}

/** Whether its escapes are those of a text: what is JSON as it stands is a text by its standard. */
function isJson(payload: Uint8Array, decode: (bytes: Uint8Array) => string): boolean {
  try {
    JSON.parse(decode(payload));
    return true;
  } catch {
    return false;
  }
}

/** A regular expression for one of these bytes. */
function oneOf(bytes: readonly number[]): string {
  return `[${bytes.map((byte) => `\\x${byte.toString(16)}`).join('')}]`;
}

const ESC = '\x1b';
/** Characters of two bytes (JIS X 0208) and of one (its half-width katakana), up to the next escape sequence. */
const SEGMENT = new RegExp(`(${ESC}(?:\\$[@B]|\\(I)[^${ESC}]*)`);
/** What begins a segment: three bytes. */
const PREFIX = 3;

/** For iso-2022-jp, where escape sequences have the bytes of ASCII stand for other characters. */
export function iso2022Segments(payload: Uint8Array): Uint8Array | undefined {
  const pieces = Buffer.from(payload).toString('latin1').split(SEGMENT);
  let quote = '';
  let found = false;
  for (const [i, piece] of pieces.entries()) {
    if (i % 2 === 0) {
      quote = quoteAfter(piece, quote);
    } else if (quote !== '') {
      const unescaped = unescapeSegment(piece, quote);
      if (unescaped === undefined) return undefined;
      found ||= unescaped !== piece;
      pieces[i] = unescaped;
    }
  }
  return found ? Buffer.from(pieces.join(''), 'latin1') : undefined;
}

/** The quote that is open after `ascii`; '' for none. */
function quoteAfter(ascii: string, before: string): string {
  let quote = before;
  for (const [found] of ascii.matchAll(/\\.|["']/gs)) {
    if (quote === '') quote = found.startsWith('\\') ? '' : found;
    else if (found === quote) quote = '';
  }
  return quote;
}

/** Undefined when its bytes are not escaped. */
function unescapeSegment(segment: string, quote: string): string | undefined {
  const rest = segment.slice(PREFIX).replace(quote === "'" ? /\\[\\']/g : /\\[\\"]/g, '');
  if (rest.includes('\\') || rest.includes(quote)) return undefined;
  const unescaped = segment.replace(quote === "'" ? /\\([\\'])/g : /\\([\\"])/g, '$1');
  const isHalf = segment.charAt(1) === '$' && (unescaped.length - PREFIX) % 2 !== 0;
  return isHalf ? undefined : unescaped;
}
