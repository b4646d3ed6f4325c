import { EventType } from '../../state/events.ts';
import type { Block } from './block.ts';
import { crcOf } from './crc.ts';

/**
 * What can be in a segment; docs/journal.md has the table of bytes.
 *
 * Every record begins at a multiple of 8 with a CRC of the rest of its header and its type. The CRCs start from a
 * number that no other segment has, so that what an earlier one left in a recycled file is never taken for a record.
 */
export const RecordType = {
  /** Zeros: nothing was written here yet. */
  end: 0,
  segment: 1,
  batch: 2,
  ...EventType,
} as const;

const TYPE_BYTE = 4;

export function typeAt(block: Block, start: number): number {
  return block.bytes[start + TYPE_BYTE];
}

/** Puts the CRC before a header of `size` bytes that has been written. */
export function seal(block: Block, start: number, size: number): void {
  block.words[start >> 2] = crcOf(block, start + 4, start + size);
}

/** True when the header of `size` bytes at `start` is whole. */
export function intact(block: Block, start: number, size: number): boolean {
  return start + size <= block.used && block.words[start >> 2] === crcOf(block, start + 4, start + size);
}
