import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { it } from 'vitest';
import { Block } from '../../../../../server/engine/log/codec/block.ts';
import { crcOf } from '../../../../../server/engine/log/codec/crc.ts';
import { amount } from '../../../../helpers/amount.ts';

it('a CRC is that of zlib, wherever the bytes begin and however many they are', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 600 });
  const crcStart = fc.nat(2 ** 32 - 1);
  fc.assert(
    fc.property(bytes, crcStart, fc.nat(20), fc.nat(20), (bytes, crcStart, before, behind) => {
      const block = new Block(0, bytes.length);
      block.bytes.set(bytes);
      block.crcStart = crcStart;
      const start = Math.min(before, bytes.length);
      const end = Math.max(start, bytes.length - behind);
      return crcOf(block, start, end) === crc32(bytes.subarray(start, end), crcStart);
    }),
    { numRuns: amount(800, 2000) },
  );
});
