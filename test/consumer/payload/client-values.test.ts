import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_INFLATED } from '../../../consumer/payload/inflate.ts';
import { CLIENTS, type ClientName, payloadReader } from '../../../consumer/payload/payload.ts';
import { PayloadError } from '../../../shared/errors.ts';
import { amount } from '../../helpers/amount.ts';
import { expectRead } from '../../helpers/client-values.ts';

/** What real clients have stored, written down by test/clients/values.full.test.ts. */
interface Sample {
  readonly client: ClientName;
  readonly version: string;
  readonly values: readonly { readonly name: string; readonly flags: number; readonly body: string }[];
}

const SAMPLES = join(import.meta.dirname, '../../samples/client-values');
const samples = readdirSync(SAMPLES).map((file) => {
  return [file, JSON.parse(readFileSync(join(SAMPLES, file), 'utf8')) as Sample] as const;
});

describe.each(samples)('%s', (_, { client, values }) => {
  it.each(values)('$name, with flags $flags', ({ body, ...value }) => {
    expectRead(client, { ...value, body: Buffer.from(body, 'base64') });
  });
});

const read = (body: Buffer, flags = 0, client?: ClientName) =>
  payloadReader({ format: 'auto', charset: 'utf-8', client })(body, flags);
const problem = (...value: Parameters<typeof read>): string => {
  try {
    read(...value);
  } catch (error) {
    if (error instanceof PayloadError) return error.message;
    throw error;
  }
  throw new Error('no error');
};
const CALL = Buffer.from("saveToLocal('hi')");
/** As PHP's Memcached has it: the length of the original before what it was compressed to. */
function framed(length: number, compressed: Buffer): Buffer {
  const frame = Buffer.alloc(4);
  frame.writeUInt32LE(length);
  return Buffer.concat([frame, compressed]);
}

describe('without a client', () => {
  const values = samples.flatMap(([, { client, values }]) =>
    values.map(({ name, flags, body }) => ({ client, name, flags, body: Buffer.from(body, 'base64') })),
  );
  const named = (pattern: RegExp) => values.filter(({ name }) => pattern.test(name));

  it('what is compressed is recognised, whoever has compressed it', () => {
    const compressed = named(/^(long|far)/);
    expect(compressed.length).toBeGreaterThan(10);
    for (const { flags, body } of compressed) expect(read(body, flags).method).toBe('saveToLocal');
  });

  it('what is serialized is recognised, whoever has serialized it', () => {
    const serialized = named(/^(list|string|igbinary)/).filter(
      ({ client }) => client !== 'memcached' && client !== 'memcache-client',
    );
    expect(serialized.length).toBeGreaterThan(10);
    for (const { flags, body } of serialized)
      expect(problem(body, flags)).toContain('serialized the value (');
  });

  it('a value that its application has compressed itself is read', () => {
    for (const client of [undefined, ...CLIENTS]) {
      expect(read(zlib.deflateSync(CALL), 0, client).args).toEqual(['hi']);
      expect(read(zlib.gzipSync(CALL), 0, client).args).toEqual(['hi']);
    }
  });
});

// Written down from the sources of clients that are in no package of Debian.
describe.each<[ClientName, [string, number, Buffer, string?][]]>([
  [
    'php-memcache',
    [
      ['a string', 0, CALL],
      ['a string, compressed', 2, zlib.deflateSync(CALL)],
      ["an application's own flags", 0x10000 | 2, zlib.deflateSync(CALL)],
      ['an array', 1, Buffer.from('a:1:{i:0;s:2:"hi";}'), 'PHP Memcache serialized the value (serialize())'],
      ['an integer', 0x300, Buffer.from('5'), 'stored an integer (5)'],
      ['a float', 0x700, Buffer.from('2.5'), 'stored a float (2.5)'],
      ['a boolean', 0x100, Buffer.from('1'), 'stored a boolean (true)'],
      ['what is no integer', 0x300, Buffer.from('\x1b[2J\xff'), 'stored an integer (?[2J??)'],
    ],
  ],
  [
    'enyim',
    [
      ['a string', 0x112, CALL],
      ['bytes', 0xfa52, CALL],
      ['an integer', 0x109, Buffer.from([0xfb, 0xff, 0xff, 0xff]), 'Enyim stored an integer (-5)'],
      ['a boolean', 0x103, Buffer.from([1]), 'stored a boolean (true)'],
      ['a double', 0x10e, Buffer.from('0000000000000440', 'hex'), 'stored a double (2.5)'],
      [
        'an object',
        0x101,
        Buffer.from('0001000000ffffffff', 'hex'),
        'Enyim serialized the value (an object)',
      ],
    ],
  ],
])('%s', (client, values) => {
  it.each(values)('%s, with flags %i', (_, flags, body, refusal) => {
    if (refusal === undefined) expect(read(body, flags, client).args).toEqual(['hi']);
    else expect(problem(body, flags, client)).toContain(refusal);
  });
});

describe('what is compressed', () => {
  const [PHP_ZLIB, PHP_FASTLZ, PHP_ZSTD] = [0x30, 0x50, 0x90];

  it('is not inflated beyond the limit', () => {
    const bomb = Buffer.alloc(MAX_INFLATED + 1);
    const tooLarge = `more than ${MAX_INFLATED} bytes when it is decompressed`;
    expect(problem(zlib.deflateSync(bomb))).toBe(tooLarge);
    expect(problem(zlib.gzipSync(bomb))).toBe(tooLarge);
    expect(problem(framed(100, zlib.deflateSync(bomb)), PHP_ZLIB)).toBe(tooLarge);
    expect(problem(framed(0xffff_ffff, CALL), PHP_FASTLZ)).toBe(tooLarge);
    const most = Buffer.from(`f('${'x'.repeat(MAX_INFLATED - 5)}')`);
    expect(read(zlib.deflateSync(most)).args).toHaveLength(1);
  });

  it('is refused when it is broken', () => {
    const whole = zlib.deflateSync(CALL);
    expect(problem(whole.subarray(0, 10))).toBe(
      'compressed with zlib or gzip, and broken: unexpected end of file',
    );
    expect(problem(Buffer.from('<xml>'), 2, 'dalli')).toBe(
      'dalli, flags 2: compressed with zlib or gzip, and broken: incorrect header check',
    );
    expect(problem(framed(99, whole), PHP_ZLIB)).toBe(
      'decompressed it has 17 bytes, not the 99 that it says',
    );
    expect(problem(Buffer.from([1, 0]), PHP_FASTLZ)).toBe('too short for a compressed value');
    expect(problem(framed(17, whole), PHP_FASTLZ)).toContain('not FastLZ: level 4 at byte 1');
  });

  it('says so with the place of an error inside', () => {
    expect(problem(zlib.deflateSync(Buffer.from("saveToLocal('hi'")))).toBe(
      'decompressed (zlib or gzip): taken for a call: expected "," or ")" at position 16, found the end',
    );
  });

  it('is read by zstd where Node.js has it', () => {
    const { zstdCompressSync } = zlib as { zstdCompressSync?: typeof zlib.deflateSync };
    if (zstdCompressSync === undefined) {
      expect(problem(framed(17, CALL), PHP_ZSTD, 'php-memcached')).toBe(
        'PHP Memcached, flags 144: compressed with zstd, which this version of Node.js does not read',
      );
    } else {
      const value = framed(CALL.length, zstdCompressSync(CALL));
      expect(read(value, PHP_ZSTD, 'php-memcached').args).toEqual(['hi']);
      expect(read(value, PHP_ZSTD).args).toEqual(['hi']);
    }
  });
});

it('makes nothing but calls and PayloadErrors out of any bytes, with any flags, of any client', () => {
  const beginning = fc.constantFrom(
    '',
    'x\x9c',
    '\x1f\x8b\x08',
    '\x11\0\0\0',
    '\x11\0\0\0x\x9c',
    '\x04\x08',
    'a:1:{',
    '{',
  );
  const flags = fc.oneof(
    fc.constantFrom(0, 1, 2, 3, 4, 8, 9, 16, 0x30, 0x50, 0x90),
    fc.nat({ max: 0xffff }),
    fc.nat(),
  );
  const client = fc.constantFrom(undefined, ...CLIENTS);
  fc.assert(
    fc.property(beginning, fc.uint8Array(), flags, client, (beginning, rest, flags, client) => {
      const body = Buffer.concat([Buffer.from(beginning, 'latin1'), rest]);
      try {
        expect(read(body, flags, client).args).toBeInstanceOf(Array);
      } catch (error) {
        expect(error).toBeInstanceOf(PayloadError);
      }
    }),
    { numRuns: amount(2000, 5000) },
  );
});
