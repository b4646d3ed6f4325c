import { PayloadError } from '../../shared/errors.ts';

/** In level 2, a distance of this and more has two bytes of its own. */
const FAR = 8192;
/** A repetition of so many bytes and more has its length go on in the bytes that follow. */
const LONG = 9;

/**
 * Decompresses what FastLZ's level 1 or 2 has made out of `length` bytes.
 *
 * A stream is made of instructions: a byte below 32 is followed by so many bytes and one more, taken as they are; any
 * other repeats what was written before, with the length in its upper three bits (and the bytes that follow), the
 * distance in its lower five and the byte behind. The first one is of the former kind, its upper bits say the level.
 *
 * @throws PayloadError when it is not such a stream, or not of that length
 */
export function decompressFastLz(input: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  let position = 0;
  let written = 0;
  const fail = (problem: string): never => {
    throw new PayloadError(`not FastLZ: ${problem} at byte ${position}`, position);
  };
  const take = (): number => {
    const byte = input[position] ?? fail('it ends');
    position++;
    return byte;
  };
  const room = (count: number): void => {
    if (written + count > length) fail(`more than the ${length} bytes that it should be`);
  };

  const first = take();
  const level = (first >> 5) + 1;
  if (level > 2) fail(`level ${level}`);
  for (let code = first & 31; ; code = take()) {
    if (code < 32) {
      const end = position + code + 1;
      if (end > input.length) fail('it ends');
      room(code + 1);
      output.set(input.subarray(position, end), written);
      written += code + 1;
      position = end;
    } else {
      let count = (code >> 5) + 2;
      if (count === LONG) {
        let more: number;
        do {
          more = take();
          count += more;
        } while (level === 2 && more === 255);
      }
      let distance = ((code & 31) << 8) + take() + 1;
      if (level === 2 && distance === FAR) distance += (take() << 8) + take();
      if (distance > written) fail('it repeats what is not there');
      room(count);
      // Byte by byte: a repetition may overlap what it repeats.
      for (const end = written + count; written < end; written++)
        output[written] = output[written - distance] ?? 0;
    }
    if (position === input.length) break;
  }
  if (written !== length) fail(`${written} bytes, not the ${length} that it should be`);
  return output;
}
