import fc from 'fast-check';
import { CONVERSATIONS } from './conversations.ts';

/** Words and numbers that parsers trip over. */
const TOKENS = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '/',
  '=',
  '$',
  ',',
  'noreply',
  ' 0 0 5\r\n',
  '/t=999999999',
  '/lease=1',
  '-1',
  '0',
  '4294967296',
  '9007199254740993',
  '18446744073709551616',
  '\x80',
  '\x80\x00\x00\x01',
  '\xff\xff\xff\xff',
  'GET / HTTP/1.1\r\n',
  'x'.repeat(300),
];

/** Changes some bytes; places beyond the end count on from the start. */
type Mutation = (bytes: Buffer) => Buffer;

function spliced(bytes: Buffer, offset: number, removed: number, ...inserted: Buffer[]): Buffer {
  const place = offset % (bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, place), ...inserted, bytes.subarray(place + removed)]);
}

function part(bytes: Buffer, offset: number, length: number): Buffer {
  const place = offset % (bytes.length + 1);
  return bytes.subarray(place, place + length);
}

const place = fc.nat(4095);
const length = fc.nat(64);

const flip = fc.tuple(place, fc.nat(7)).map(([offset, bit]): Mutation => {
  return (bytes) => {
    const flipped = Buffer.from(bytes);
    if (flipped.length > 0) flipped[offset % flipped.length] ^= 1 << bit;
    return flipped;
  };
});

const overwrite = fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 4 })).map(
  ([offset, written]): Mutation =>
    (bytes) =>
      spliced(bytes, offset, written.length, Buffer.from(written)),
);

const remove = fc.tuple(place, length).map(
  ([offset, count]): Mutation =>
    (bytes) =>
      spliced(bytes, offset, count),
);

const truncate = place.map(
  (offset): Mutation =>
    (bytes) =>
      part(bytes, 0, offset % (bytes.length + 1)),
);

const duplicate = fc.tuple(place, length, fc.integer({ min: 1, max: 4 })).map(
  ([offset, count, times]): Mutation =>
    (bytes) =>
      spliced(bytes, offset, 0, ...Array<Buffer>(times).fill(part(bytes, offset, count))),
);

const insert = fc
  .tuple(place, fc.oneof(fc.uint8Array({ maxLength: 16 }), fc.constantFrom(...TOKENS)))
  .map(([offset, what]): Mutation => {
    const inserted = typeof what === 'string' ? Buffer.from(what, 'latin1') : Buffer.from(what);
    return (bytes) => spliced(bytes, offset, 0, inserted);
  });

const splice = fc.tuple(place, fc.constantFrom(...CONVERSATIONS), place, fc.nat(512)).map(
  ([offset, other, from, count]): Mutation =>
    (bytes) =>
      spliced(bytes, offset, 0, part(other, from, count)),
);

const mutation = fc.oneof(flip, overwrite, remove, truncate, duplicate, insert, splice);

/** What one hostile client does. */
export interface Attack {
  readonly bytes: Buffer;
  /** Where the bytes are cut in two, to arrive apart. */
  readonly cut: number;
  /** How the client leaves: it waits for the answers, or goes without. */
  readonly leaves: 'politely' | 'abruptly';
}

/** A conversation with a few mutations. */
export const mutated: fc.Arbitrary<Buffer> = fc
  .tuple(fc.constantFrom(...CONVERSATIONS), fc.array(mutation, { minLength: 1, maxLength: 6 }))
  .map(([conversation, mutations]) => mutations.reduce((bytes, mutate) => mutate(bytes), conversation));

export const attack: fc.Arbitrary<Attack> = fc.record({
  bytes: fc.oneof(
    { arbitrary: mutated, weight: 19 },
    fc.uint8Array({ maxLength: 200 }).map((b) => Buffer.from(b)),
  ),
  cut: place,
  leaves: fc.constantFrom('politely', 'politely', 'politely', 'abruptly'),
});
