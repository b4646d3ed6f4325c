import { PayloadError } from '../../shared/errors.ts';

/**
 * A reader of payloads in `charset` (a WHATWG label: utf-8, gbk, big5, shift_jis, ...). A byte order mark at the
 * beginning is dropped. It throws PayloadError, with the byte's offset as position, where the bytes are not
 * text in that charset.
 *
 * @throws RangeError when there is no such charset
 */
export function textReader(charset: string): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder(charset, { fatal: true });
  return (bytes) => {
    try {
      return decoder.decode(bytes);
    } catch {
      const position = validLength(bytes, charset);
      const byte = bytes[position];
      const found = byte === undefined ? 'the end' : `0x${byte.toString(16).padStart(2, '0')}`;
      throw new PayloadError(`not ${charset} at byte ${position}, found ${found}`, position);
    }
  };
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
