import { crc32 } from 'node:zlib';
import type { Signature } from './signature.ts';

/** What is on record of a log as a whole, so that nothing of it can go missing unseen. */
export interface Bounds {
  /** Ascending with each time that this is written. */
  readonly sequence: number;
  /** Segments before it are freed, or are about to be. */
  readonly oldest: number;
  /** The last segment of which header and checkpoint are known to be on the disk; 0: there is none yet. */
  readonly newest: number;
  /** All before this offset of the newest one is on the disk. */
  readonly synced: number;
  /** Nothing is behind that: the log was closed, and not written to since. */
  readonly isClosed: boolean;
  /** Ids and tokens below it were given out, or may have been. */
  readonly nextId: number;
  readonly signature: Signature;
}

/** Bytes that a disk writes as a whole or not at all. */
export const BOUNDS_SIZE = 512;
/** "memb", little-endian. */
const MAGIC = 0x626d_656d;
const CLOSED = 1;

export function writeBounds(bounds: Bounds): Buffer {
  const bytes = Buffer.alloc(BOUNDS_SIZE);
  const { seed, mark } = bounds.signature;
  bytes.writeUInt32LE(MAGIC, 4);
  bytes.writeDoubleLE(bounds.sequence, 8);
  bytes.writeUInt32LE(bounds.oldest, 16);
  bytes.writeUInt32LE(bounds.newest, 20);
  bytes.writeUInt32LE(bounds.synced, 24);
  bytes.writeUInt32LE(bounds.isClosed ? CLOSED : 0, 28);
  bytes.writeDoubleLE(bounds.nextId, 32);
  bytes.writeUInt32LE(seed, 40);
  bytes.writeUInt32LE(mark, 44);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/** Undefined when it is not what was written. */
export function readBounds(bytes: Buffer): Bounds | undefined {
  if (bytes.readUInt32LE(4) !== MAGIC || bytes.readUInt32LE(0) !== crc32(bytes.subarray(4))) return undefined;
  return {
    sequence: bytes.readDoubleLE(8),
    oldest: bytes.readUInt32LE(16),
    newest: bytes.readUInt32LE(20),
    synced: bytes.readUInt32LE(24),
    isClosed: bytes.readUInt32LE(28) === CLOSED,
    nextId: bytes.readDoubleLE(32),
    signature: { seed: bytes.readUInt32LE(40), mark: bytes.readUInt32LE(44) },
  };
}
