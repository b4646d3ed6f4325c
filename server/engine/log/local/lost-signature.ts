import { RecordType, typeAt } from '../codec/record.ts';
import type { Signature } from '../codec/signature.ts';
import { BATCH_HEADER_SIZE, SEGMENT_HEADER_SIZE } from '../codec/sizes.ts';
import type { SegmentWindow } from './segment-window.ts';

/** CRC-32's table, and the index of each entry by that entry's highest byte. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  return crc;
});
const INDEX = new Uint8Array(256);
for (const [index, entry] of TABLE.entries()) INDEX[entry >>> 24] = index;

/**
 * The signature of a log none of whose segment headers can be read: that from which most batch headers of a
 * segment have their CRC. Undefined where there are none. Nearly always it is the right one; a client who knows of the
 * loss in advance could have made up another.
 */
export function searchSignature(window: SegmentWindow): Signature | undefined {
  const votes = new Map<string, { signature: Signature; count: number }>();
  let best: { signature: Signature; count: number } | undefined;
  for (let at = SEGMENT_HEADER_SIZE; at + BATCH_HEADER_SIZE <= window.length; at += 8) {
    const start = window.locate(at, BATCH_HEADER_SIZE);
    const { block } = window;
    if (typeAt(block, start) !== RecordType.batch) continue;
    const crc = block.words[start >> 2];
    const seed =
      (startOf(block.bytes.subarray(start + 4, start + BATCH_HEADER_SIZE), crc) - block.segment) >>> 0;
    const mark = block.words[(start >> 2) + 2];
    const key = `${seed} ${mark}`;
    const vote = votes.get(key) ?? { signature: { seed, mark }, count: 0 };
    vote.count++;
    votes.set(key, vote);
    if (best === undefined || vote.count > best.count) best = vote;
  }
  return best?.signature;
}

/** The value that a CRC started from. */
function startOf(bytes: Buffer, crc: number): number {
  let state = ~crc >>> 0;
  for (let i = bytes.length - 1; i >= 0; i--) {
    const index = INDEX[state >>> 24];
    state = (((state ^ TABLE[index]) << 8) | (index ^ bytes[i])) >>> 0;
  }
  return ~state >>> 0;
}
