import { cutText } from '../../../shared/utf8.ts';

/** A line of a stack: of V8; of PHP and Ruby; of Python; and what PHP says of a fatal error. */
const FRAME = /^(?:[ \t]+at |\/[^:\n]*:\d|[ \t]*File ")[^\r\n]*| in \/[^ \n]* on line \d/m;
const DIGITS = /\d+/g;

/**
 * Tells errors apart, not how often they happen: by the first line and the place in the code, in both of which any number is
 * as good as another. So an error stays what it was when lines of code move. Its text says it alone.
 */
export function errorKey(error: Buffer): string {
  const text = error.toString('latin1').trimStart();
  const end = endOfLine(text);
  const place = FRAME.exec(text.slice(end))?.[0] ?? '';
  return hash(`${text.slice(0, end).trimEnd()}\n${place}`.replace(DIGITS, '#'));
}

/** The first line of an error, at most so many bytes of it in UTF-8. */
export function firstLine(error: Buffer, most: number): string {
  const text = error.toString().trimStart();
  return cutText(text.slice(0, endOfLine(text)).trimEnd(), most);
}

function endOfLine(text: string): number {
  const end = text.indexOf('\n');
  return end < 0 ? text.length : end;
}

/** 64 bits of two runs of FNV-1a, as text. */
function hash(text: string): string {
  let [low, high] = [0x811c9dc5, 0xcbf29ce4];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code ^ (low >>> 16), 0x01000193);
  }
  return hex(high) + hex(low);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
