import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompressFastLz } from '../../../consumer/payload/fastlz.ts';
import { PayloadError } from '../../../shared/errors.ts';
import { amount } from '../../helpers/amount.ts';

const MAX_LITERALS = 32;
/** One more than level 1 can say in two bytes, and than level 2 can say without the bytes for far ones. */
const FAR = 8192;
const MAX_DISTANCE = [FAR, FAR + 65_535];

/** As simple as the format allows: literals, and the nearest earlier place with the same three bytes. */
function compress(input: Uint8Array, level: 1 | 2): Uint8Array {
  const output: number[] = [];
  const seen = new Map<number, number>();
  let literals: number[] = [];
  const flush = () => {
    for (let i = 0; i < literals.length; i += MAX_LITERALS) {
      const run = literals.slice(i, i + MAX_LITERALS);
      output.push(run.length - 1, ...run);
    }
    literals = [];
  };
  for (let i = 0; i < input.length; ) {
    const next = (input[i] << 16) | (input[i + 1] << 8) | input[i + 2];
    const earlier = i + 2 < input.length ? seen.get(next) : undefined;
    seen.set(next, i);
    const distance = earlier === undefined ? Infinity : i - earlier;
    if (distance > MAX_DISTANCE[level - 1]) {
      literals.push(input[i++]);
      continue;
    }
    const longest = level === 1 ? 264 : input.length;
    let count = 3;
    while (count < longest && input[earlier! + count] === input[i + count] && i + count < input.length)
      count++;
    flush();
    output.push(...match(count, distance, level));
    i += count;
  }
  flush();
  if (level === 2) output[0] |= 1 << 5;
  return Uint8Array.from(output);
}

function match(count: number, distance: number, level: 1 | 2): number[] {
  const isFar = level === 2 && distance >= FAR;
  const high = isFar ? 31 : (distance - 1) >> 8;
  const long: number[] = [];
  let rest = count - 9;
  if (rest >= 0) {
    for (; level === 2 && rest >= 255; rest -= 255) long.push(255);
    long.push(rest);
  }
  const near = (distance - 1) & 255;
  const far = distance - FAR;
  return [(Math.min(count - 2, 7) << 5) | high, ...long, ...(isFar ? [255, far >> 8, far & 255] : [near])];
}

/** Bytes that repeat themselves, near and far. */
const repetitive = fc
  .array(
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 50 }),
      fc
        .tuple(fc.nat({ max: 3 }), fc.nat({ max: 12_000 }))
        .map(([byte, count]) => new Uint8Array(count).fill(byte)),
      fc
        .nat({ max: 2 })
        .map((seed) => Uint8Array.from({ length: 9000 }, (_, i) => (i * i * (seed + 1)) >> 7)),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts))
  .filter(({ length }) => length > 0);

describe.each([1, 2] as const)('level %i', (level) => {
  it('is read back', () => {
    fc.assert(
      fc.property(repetitive, (bytes) => {
        expect(Buffer.from(decompressFastLz(compress(bytes, level), bytes.length)).equals(bytes)).toBe(true);
      }),
      { numRuns: amount(80, 200) },
    );
  });

  it('is read back or refused when a byte of it is wrong, and when it is cut', () => {
    fc.assert(
      fc.property(repetitive, fc.nat(), fc.nat({ max: 255 }), fc.boolean(), (bytes, place, byte, cut) => {
        const stream = compress(bytes, level);
        const at = place % stream.length;
        stream[at] = byte;
        expectBytesOrError(cut ? stream.subarray(0, at) : stream, bytes.length);
      }),
      { numRuns: amount(150, 500) },
    );
  });
});

it('makes nothing but bytes and errors out of anything', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 2000 }), expectBytesOrError), {
    numRuns: amount(2000, 5000),
  });
});

it.each<[string, number[], number, string]>([
  ['nothing', [], 0, 'not FastLZ: it ends at byte 0'],
  ['a level that does not exist', [0x40, 0x61], 1, 'level 3'],
  ['literals that are not there', [3, 0x61], 4, 'it ends'],
  ['a repetition that is not there', [0, 0x61, 0x20], 4, 'it ends'],
  ['a repetition of what comes before the beginning', [0, 0x61, 0x20, 1], 4, 'it repeats what is not there'],
  ['less than it says', [0, 0x61], 2, '1 bytes, not the 2 that it should be'],
  ['more literals than it says', [1, 0x61, 0x62], 1, 'more than the 1 bytes'],
  ['more repetitions than it says', [0, 0x61, 0xe0, 255, 0], 200, 'more than the 200 bytes'],
])('refuses %s', (_, stream, length, message) => {
  expect(() => decompressFastLz(Uint8Array.from(stream), length)).toThrow(PayloadError);
  expect(() => decompressFastLz(Uint8Array.from(stream), length)).toThrow(message);
});

function expectBytesOrError(stream: Uint8Array, length: number): void {
  try {
    expect(decompressFastLz(stream, length).length).toBe(length);
  } catch (error) {
    expect(error).toBeInstanceOf(PayloadError);
    expect((error as PayloadError).position).toBeLessThanOrEqual(stream.length);
  }
}
