import { crc32 } from 'node:zlib';
import type { Block } from './block.ts';
import { intact, RecordType, seal, typeAt } from './record.ts';
import type { Signature } from './signature.ts';
import { BATCH_HEADER_SIZE, SEGMENT_HEADER_SIZE } from './sizes.ts';

/** The one that is written, and the newest that is read. */
export const FORMAT_VERSION = 4;
/** "memq", little-endian. */
const SEGMENT_MAGIC = 0x716d_656d;

export interface SegmentHeader {
  readonly version: number;
  /** Where the records of the segment before this one end. */
  readonly previousEnd: number;
  /** Where the segment begins in the whole log; version 1 does not tell. */
  readonly position: number;
  /** Bytes of its file when it began, at the most; 0: not known, as of versions that did not tell. */
  readonly capacity: number;
  /** Version 1: ids and tokens below were used. Else 0, since an event of the checkpoint says it. */
  readonly nextId: number;
  /** Offset where its checkpoint ends; 0: not known, as of versions before 3. */
  readonly checkpointEnd: number;
  readonly signature: Signature;
}

/** Writes the header of the segment that the block begins. */
export function writeSegmentHeader(block: Block, header: SegmentHeader): void {
  const { words, doubles } = block;
  words[1] = RecordType.segment | (header.version << 16);
  words[2] = SEGMENT_MAGIC;
  words[3] = block.segment;
  if (header.version === 1) doubles[2] = header.nextId;
  else {
    words[4] = header.checkpointEnd;
    words[5] = 0;
  }
  words[6] = header.previousEnd;
  words[7] = header.capacity;
  words[8] = header.signature.seed;
  words[9] = header.signature.mark;
  doubles[5] = header.position;
  words[0] = segmentCrc(block);
}

/** The header of the segment that the block begins; undefined when this is none, or none of this segment. */
export function readSegmentHeader(block: Block): SegmentHeader | undefined {
  const { words, doubles, halves } = block;
  if (block.used < SEGMENT_HEADER_SIZE || words[2] !== SEGMENT_MAGIC || words[0] !== segmentCrc(block)) {
    return undefined;
  }
  const version = halves[3];
  return {
    version,
    nextId: version === 1 ? doubles[2] : 0,
    checkpointEnd: version === 1 ? 0 : words[4],
    previousEnd: words[6],
    position: doubles[5],
    capacity: words[7],
    signature: { seed: words[8], mark: words[9] },
  };
}

/** The header tells the signature, so its own CRC starts from the segment's number alone. */
function segmentCrc(block: Block): number {
  return crc32(block.bytes.subarray(4, SEGMENT_HEADER_SIZE), block.segment);
}

export interface BatchHeader {
  /** Bytes of the batch, this header included. */
  readonly length: number;
  /** Everything before this place was known to be on the disk when the batch was written. */
  readonly syncedSegment: number;
  readonly syncedOffset: number;
  /** Engine time when the batch was written, milliseconds since the epoch; 0: not known. */
  readonly time: number;
}

/** Writes as much of a batch's header as tells whoever reads the batch in memory that it is one. */
export function beginBatch(block: Block, start: number): void {
  block.words[(start >> 2) + 1] = RecordType.batch;
}

export function writeBatchHeader(block: Block, start: number, header: BatchHeader): void {
  const word = start >> 2;
  block.words[word + 1] = RecordType.batch;
  block.words[word + 2] = block.mark;
  block.words[word + 3] = header.length;
  block.words[word + 4] = header.syncedSegment;
  block.words[word + 5] = header.syncedOffset;
  block.doubles[(start >> 3) + 3] = header.time;
  seal(block, start, BATCH_HEADER_SIZE);
}

/** Whether there is what nothing but the batch headers of this log should have. */
export function mayBeBatchAt(block: Block, start: number): boolean {
  return block.words[(start >> 2) + 2] === block.mark;
}

export function readBatchHeader(block: Block, start: number): BatchHeader | undefined {
  const word = start >> 2;
  if (!mayBeBatchAt(block, start) || typeAt(block, start) !== RecordType.batch) return undefined;
  if (!intact(block, start, BATCH_HEADER_SIZE)) return undefined;
  return {
    length: block.words[word + 3],
    syncedSegment: block.words[word + 4],
    syncedOffset: block.words[word + 5],
    time: block.doubles[(start >> 3) + 3],
  };
}
