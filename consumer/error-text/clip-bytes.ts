import { cutText } from '../../shared/utf8.ts';

const GAP = ' ... ';

/** What is kept of the beginning; the rest is kept of the end, where database drivers say what is wrong. */
const HEAD_SHARE = 0.7;

/** At most so many bytes of the text in UTF-8: where it is longer, something is left out in the middle. */
export function clipBytes(text: string, most: number): string {
  if (text.length <= most && Buffer.byteLength(text) <= most) return text;
  const room = most - GAP.length;
  const headBytes = Math.floor(room * HEAD_SHARE);
  return cutText(text, headBytes) + GAP + endOf(Buffer.from(text.slice(-room)), room - headBytes);
}

function endOf(text: Buffer, most: number): string {
  let start = Math.max(0, text.length - most);
  // As in cutUtf8: 80 to BF continue a character.
  while (start < text.length && (text.readUInt8(start) & 0xc0) === 0x80) start++;
  return text.toString('utf8', start);
}
