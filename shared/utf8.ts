/** At most `length` bytes of a text in UTF-8, cut between two characters. */
export function cutUtf8(text: Buffer, length: number): Buffer {
  let end = Math.min(text.length, length);
  // At most three bytes, 80 to BF, continue a character (RFC 3629, section 3).
  for (let back = 0; back < 3 && end < text.length && (text.readUInt8(end) & 0xc0) === 0x80; back++) end--;
  return text.subarray(0, end);
}

/** The longest beginning of a text that takes at most so many bytes in UTF-8. */
export function cutText(text: string, bytes: number): string {
  const most = Math.max(bytes, 0);
  if (text.length <= most && Buffer.byteLength(text) <= most) return text;
  // A character takes a byte at least: more of a text that may be very long need not be looked at.
  return cutUtf8(Buffer.from(text.slice(0, most)), most).toString();
}
