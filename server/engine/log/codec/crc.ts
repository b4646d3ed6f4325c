import { crc32 } from 'node:zlib';
import type { Block } from './block.ts';

/** From so many bytes on zlib is faster; for a short record calling it costs more than all the rest of writing it. */
const LONG = 256;

/** CRC-32 (IEEE 802.3, reflected). */
const POLYNOMIAL = 0xedb8_8320;

/** `TABLES[k * 256 + b]`: what a byte `b` does to the CRC once `k` further bytes have passed ("slicing by 8"). */
const TABLES = tables();

/** The CRC of the bytes `[start, end)` of a block, as zlib's would be from the block's `crcStart` on. */
export function crcOf(block: Block, start: number, end: number): number {
  const { bytes, words, crcStart } = block;
  if (end - start >= LONG) return crc32(bytes.subarray(start, end), crcStart);
  let crc = ~crcStart;
  let i = start;
  for (; i < end && (i & 3) !== 0; i++) crc = next(crc, bytes[i]);
  for (; i + 8 <= end; i += 8) {
    const low = crc ^ words[i >>> 2];
    const high = words[(i >>> 2) + 1];
    crc =
      at(7, low) ^
      at(6, low >>> 8) ^
      at(5, low >>> 16) ^
      at(4, low >>> 24) ^
      at(3, high) ^
      at(2, high >>> 8) ^
      at(1, high >>> 16) ^
      at(0, high >>> 24);
  }
  for (; i < end; i++) crc = next(crc, bytes[i]);
  return ~crc >>> 0;
}

function next(crc: number, byte: number): number {
  return (crc >>> 8) ^ at(0, crc ^ byte);
}

/** For the last byte of `value`. */
function at(table: number, value: number): number {
  return TABLES[table * 256 + (value & 255)];
}

function tables(): Int32Array {
  const all = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    all[byte] = crc;
  }
  for (let i = 256; i < all.length; i++) {
    const before = all[i - 256];
    all[i] = (before >>> 8) ^ all[before & 255];
  }
  return all;
}
