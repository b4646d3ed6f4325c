/*
 * Who escapes strings without knowing their charset, as PHP's var_export does, puts a backslash before each byte that
 * is a quote or a backslash, also where that byte is a part of a character. Such a backslash goes before the escapes
 * are read, so that the bytes are what they were.
 *
 * Others escape text and encode it then, as what writes JSON does. They can be told apart: who escapes bytes leaves none
 * out, so a payload with such a byte that has no backslash before it is of the other kind.
 */

const BACKSLASH = 0x5c;

/** What changes bytes before they are read as text; undefined where nothing has to be changed. */
export type BytesFilter = ((bytes: Uint8Array) => Uint8Array) | undefined;
/** What changes text that has literals in it; undefined where nothing has to be changed. */
export type TextFilter = ((text: string) => string) | undefined;

/**
 * For charsets whose characters may end in a byte that is a backslash in ASCII: gbk, gb18030, big5, shift_jis. Quotes are
 * no part of any character there.
 *
 * @param decode reads bytes in the charset, and throws where they are not text
 */
export function trailingBackslashes(decode: (bytes: Uint8Array) => string): TextFilter {
  let characters = '';
  for (let lead = 0x80; lead <= 0xff; lead++) {
    try {
      const text = decode(Uint8Array.of(lead, BACKSLASH));
      if (!text.endsWith('\\')) characters += text;
    } catch {
      // No character has these bytes.
    }
  }
  if (characters === '') return undefined;
  const any = new RegExp(`[${characters}]`, 'u');
  const unescaped = new RegExp(`[${characters}](?!\\\\)`, 'u');
  const escaped = new RegExp(`([${characters}])\\\\`, 'gu');
  return (text) => {
    if (!any.test(text)) return text;
    // The name of a method is not in quotes.
    const start = text.search(/["']/);
    if (start < 0) return text;
    const literals = text.slice(start);
    return unescaped.test(literals) ? text : text.slice(0, start) + literals.replace(escaped, '$1');
  };
}

const ESC = '\x1b';
/** Characters of two bytes (JIS X 0208) and of one (its half-width katakana), up to the next escape sequence. */
const SEGMENT = new RegExp(`(${ESC}(?:\\$[@B]|\\(I)[^${ESC}]*)`);
/** What begins a segment: three bytes. */
const PREFIX = 3;

/** For iso-2022-jp, where escape sequences have the bytes of ASCII stand for other characters. */
export function iso2022Segments(bytes: Uint8Array): Uint8Array {
  const pieces = Buffer.from(bytes).toString('latin1').split(SEGMENT);
  let quote = '';
  for (const [i, piece] of pieces.entries()) {
    if (i % 2 === 0) {
      quote = quoteAfter(piece, quote);
    } else if (quote !== '') {
      const unescaped = unescapeSegment(piece, quote);
      if (unescaped === undefined) return bytes;
      pieces[i] = unescaped;
    }
  }
  return Buffer.from(pieces.join(''), 'latin1');
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
