import { PayloadError } from '../errors.ts';

/** In windows-1252 these are not what Node.js 20 has them be, the control characters of ISO 8859-1. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/**
 * A reader of payloads in `charset` (a WHATWG label: utf-8, gbk, big5, shift_jis, ...). A byte order mark at the
 * beginning is dropped. It throws PayloadError, with the byte's offset as position, where the bytes are not
 * text in that charset.
 *
 * @throws RangeError when there is no such charset
 */
export function textReader(charset: string): (bytes: Uint8Array) => string {
  const decode = valueReader(charset);
  return (bytes) => {
    try {
      const text = decode(bytes);
      return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    } catch {
      const position = validLength(bytes, charset);
      const byte = bytes[position];
      const found = byte === undefined ? 'the end' : `0x${byte.toString(16).padStart(2, '0')}`;
      throw new PayloadError(`not ${charset} at byte ${position}, found ${found}`, position);
    }
  };
}

/**
 * A reader of bytes in `charset`, of which none disappears. It throws TypeError where they are not text.
 *
 * @throws RangeError when there is no such charset
 */
export function valueReader(charset: string): (bytes: Uint8Array) => string {
  // Of charsets that have no byte order mark Node.js would take off a first 0xFF.
  const ignoreBOM = /^utf/i.test(new TextDecoder(charset).encoding);
  const decoder = new TextDecoder(charset, { fatal: true, ignoreBOM });
  if (decoder.encoding !== 'windows-1252') return (bytes) => decoder.decode(bytes);
  return (bytes) =>
    decoder
      .decode(bytes)
      .replace(/[\x80-\x9f]/g, (control) => WINDOWS_1252.charAt(control.charCodeAt(0) - 0x80));
}

/** A payload, or its beginning, for people: in `charset`, or in UTF-8 where it is no text in that. */
export function shownText(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return bytes.toString();
  }
}

/** The length of the longest beginning of `bytes` that is text, if it may be cut inside a character. */
function validLength(bytes: Uint8Array, charset: string): number {
  let valid = 0;
  let invalid = bytes.length + 1;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    try {
      new TextDecoder(charset, { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      valid = middle;
    } catch {
      invalid = middle;
    }
  }
  return valid;
}
