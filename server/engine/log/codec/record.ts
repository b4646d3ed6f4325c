import { crc32 } from 'node:zlib';
import type { Block } from './block.ts';
import { crcOf } from './crc.ts';
import type { Signature } from './signature.ts';

/**
 * The journal's records; docs/journal.md has the table of bytes.
 *
 * Every record begins at a multiple of 8 with a CRC of the rest of its header and its type. The CRCs start from a
 * number that no other segment has, so that what an earlier one left in a recycled file is never taken for a record.
 */
export const RecordType = {
  /** Zeros: nothing was written here yet. */
  end: 0,
  segment: 1,
  batch: 2,
  queue: 3,
  message: 4,
  reserve: 5,
  release: 6,
  done: 7,
  purge: 8,
  drop: 9,
  cancel: 10,
  pause: 11,
  resume: 12,
  move: 13,
  unname: 14,
} as const;

/** Instead of a queue's number: a purge of all of them. */
export const ALL_QUEUES = 0xffff_ffff;

export const FORMAT_VERSION = 1;
/** "memq", little-endian. */
const SEGMENT_MAGIC = 0x716d_656d;

export const SEGMENT_HEADER_SIZE = 48;
export const BATCH_HEADER_SIZE = 32;
export const RESERVE_SIZE = 40;
export const RELEASE_SIZE = 24;
export const DONE_SIZE = 24;
export const CANCEL_SIZE = 24;
export const UNNAME_SIZE = 24;
export const QUEUE_OPERATION_SIZE = 16;
export const QUEUE_HEADER_SIZE = 16;
/** Bytes of the batch headers between very many small records, for each of them. */
export const SHARE_OF_HEADERS = 8;
const TYPE_BYTE = 4;
/** In the byte behind the type of a queue record. */
const PAUSED = 1 << 8;

/** Bytes of a record in the journal: its length, rounded up to where the next one can begin. */
export function padded(length: number): number {
  return (length + 7) & ~7;
}

export function queueSize(nameLength: number): number {
  return padded(QUEUE_HEADER_SIZE + nameLength);
}

/** The CRC over `[start + 4, end)`. */
function headerCrc(block: Block, start: number, end: number): number {
  return crcOf(block, start + 4, end);
}

/** Puts the CRC before a header of `size` bytes that has been written. */
export function seal(block: Block, start: number, size: number): void {
  block.words[start >> 2] = headerCrc(block, start, start + size);
}

/** True when the header of `size` bytes at `start` is whole. */
export function intact(block: Block, start: number, size: number): boolean {
  return start + size <= block.used && block.words[start >> 2] === headerCrc(block, start, start + size);
}

export function typeAt(block: Block, start: number): number {
  return block.bytes[start + TYPE_BYTE] as number;
}

export interface SegmentHeader {
  readonly version: number;
  /** Where the records of the segment before this one end. */
  readonly previousEnd: number;
  /** Ids and tokens below were used. */
  readonly nextId: number;
  readonly signature: Signature;
}

export function writeSegmentHeader(block: Block, header: SegmentHeader): void {
  const { words, doubles } = block;
  words[1] = RecordType.segment | (header.version << 16);
  words[2] = SEGMENT_MAGIC;
  words[3] = block.segment;
  doubles[2] = header.nextId;
  words[6] = header.previousEnd;
  words[7] = 0;
  words[8] = header.signature.seed;
  words[9] = header.signature.mark;
  doubles[5] = 0;
  words[0] = segmentCrc(block);
}

/** The header of the segment that the block begins; undefined when this is none, or none of this segment. */
export function readSegmentHeader(block: Block): SegmentHeader | undefined {
  const { words, doubles, halves } = block;
  if (block.used < SEGMENT_HEADER_SIZE || words[2] !== SEGMENT_MAGIC || words[0] !== segmentCrc(block)) {
    return undefined;
  }
  return {
    version: halves[3] as number,
    nextId: doubles[2] as number,
    previousEnd: words[6] as number,
    signature: { seed: words[8] as number, mark: words[9] as number },
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
}

export function writeBatchHeader(block: Block, start: number, header: BatchHeader): void {
  const word = start >> 2;
  block.words[word + 1] = RecordType.batch;
  block.words[word + 2] = block.mark;
  block.words[word + 3] = header.length;
  block.words[word + 4] = header.syncedSegment;
  block.words[word + 5] = header.syncedOffset;
  block.words[word + 6] = 0;
  block.words[word + 7] = 0;
  seal(block, start, BATCH_HEADER_SIZE);
}

export function readBatchHeader(block: Block, start: number): BatchHeader | undefined {
  const word = start >> 2;
  if (block.words[word + 2] !== block.mark || typeAt(block, start) !== RecordType.batch) return undefined;
  if (!intact(block, start, BATCH_HEADER_SIZE)) return undefined;
  return {
    length: block.words[word + 3] as number,
    syncedSegment: block.words[word + 4] as number,
    syncedOffset: block.words[word + 5] as number,
  };
}

export function writeQueue(
  block: Block,
  start: number,
  queue: number,
  name: string,
  isPaused: boolean,
): void {
  const word = start >> 2;
  block.words[word + 1] = RecordType.queue | (isPaused ? PAUSED : 0) | (name.length << 16);
  block.words[word + 2] = queue;
  block.words[word + 3] = 0;
  block.doubles[(start + queueSize(name.length) - 8) >> 3] = 0;
  block.bytes.write(name, start + QUEUE_HEADER_SIZE, 'latin1');
  seal(block, start, QUEUE_HEADER_SIZE + name.length);
}

export function queueNameLength(block: Block, start: number): number {
  return block.halves[(start >> 1) + 3] as number;
}

export function queueNameAt(block: Block, start: number): string {
  const from = start + QUEUE_HEADER_SIZE;
  return block.bytes.toString('latin1', from, from + queueNameLength(block, start));
}

export function isQueuePaused(block: Block, start: number): boolean {
  return ((block.words[(start >> 2) + 1] as number) & PAUSED) !== 0;
}

export function writeReserve(
  block: Block,
  start: number,
  slot: number,
  sequence: number,
  attempts: number,
  token: number,
  deadline: number,
): void {
  writeOutcome(block, start, RecordType.reserve, slot, sequence, attempts);
  block.doubles[(start >> 3) + 3] = token;
  block.doubles[(start >> 3) + 4] = deadline;
  seal(block, start, RESERVE_SIZE);
}

export function writeRelease(
  block: Block,
  start: number,
  slot: number,
  sequence: number,
  attempts: number,
): void {
  writeOutcome(block, start, RecordType.release, slot, sequence, attempts);
  seal(block, start, RELEASE_SIZE);
}

export function writeDone(block: Block, start: number, slot: number, sequence: number): void {
  writeOutcome(block, start, RecordType.done, slot, sequence, 0);
  seal(block, start, DONE_SIZE);
}

export function writeCancel(block: Block, start: number, slot: number, sequence: number): void {
  writeOutcome(block, start, RecordType.cancel, slot, sequence, 0);
  seal(block, start, CANCEL_SIZE);
}

export function writeUnname(block: Block, start: number, slot: number, sequence: number): void {
  writeOutcome(block, start, RecordType.unname, slot, sequence, 0);
  seal(block, start, UNNAME_SIZE);
}

function writeOutcome(
  block: Block,
  start: number,
  type: number,
  slot: number,
  sequence: number,
  attempts: number,
): void {
  const word = start >> 2;
  block.words[word + 1] = type | (attempts << 16);
  block.words[word + 2] = slot;
  block.words[word + 3] = 0;
  block.doubles[(start >> 3) + 2] = sequence;
}

/** Reserve, release, done, cancel and unname records. */
export const outcome = {
  attempts: (block: Block, start: number): number => block.halves[(start >> 1) + 3] as number,
  slot: (block: Block, start: number): number => block.words[(start >> 2) + 2] as number,
  sequence: (block: Block, start: number): number => block.doubles[(start >> 3) + 2] as number,
  token: (block: Block, start: number): number => block.doubles[(start >> 3) + 3] as number,
  deadline: (block: Block, start: number): number => block.doubles[(start >> 3) + 4] as number,
};

/** Purge, drop, pause, resume and move: an operation on a whole queue, and for a move the one that it goes to. */
export function writeQueueOperation(
  block: Block,
  start: number,
  type: number,
  queue: number,
  target: number,
): void {
  const word = start >> 2;
  block.words[word + 1] = type;
  block.words[word + 2] = queue;
  block.words[word + 3] = target;
  seal(block, start, QUEUE_OPERATION_SIZE);
}

/** The queue that a move goes to. */
export function targetAt(block: Block, start: number): number {
  return block.words[(start >> 2) + 3] as number;
}

/** The queue that a record about a queue is about. */
export function queueAt(block: Block, start: number): number {
  return block.words[(start >> 2) + 2] as number;
}
