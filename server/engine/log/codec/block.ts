import type { Signature } from './signature.ts';

/** Records are made of little-endian words written through typed arrays, so the machine must be little-endian. */
if (new Uint8Array(Uint32Array.of(1).buffer)[0] !== 1) throw new Error('memq needs a little-endian machine');

/** A stretch of one segment in memory. What has been written to it never changes, but in the window of a reader. */
export class Block {
  readonly segment: number;
  /** The signature of the journal; the CRCs of this segment's records start from `crcStart`. */
  mark = 0;
  crcStart = 0;
  /** Offset in the segment of the block's first byte; a multiple of 8. */
  start: number;
  readonly bytes: Buffer;
  /** The same bytes as words; records begin at multiples of 8. */
  readonly words: Uint32Array;
  readonly halves: Uint16Array;
  readonly doubles: Float64Array;
  /** How many bytes hold records. */
  used = 0;
  /** Not all of it is on the disk yet, so it must stay in memory. */
  pinned = false;
  /** Somebody has looked for it, since the cache last did. */
  isUsed = false;
  /** Read from the disk, so that it may be damaged. */
  isLoaded = false;

  /** `capacity` bytes, rounded up to a multiple of 8. */
  constructor(segment: number, start: number, capacity: number, signature?: Signature) {
    this.segment = segment;
    this.start = start;
    // Unlike an ArrayBuffer this is not filled with zeros, nor fresh pages each time. Every byte up to `used` gets
    // written, the padding of records included.
    this.bytes = Buffer.allocUnsafeSlow(Math.ceil(capacity / 8) * 8);
    const memory = this.bytes.buffer;
    this.words = new Uint32Array(memory);
    this.halves = new Uint16Array(memory);
    this.doubles = new Float64Array(memory);
    if (signature !== undefined) this.sign(signature);
  }

  /** Makes this a block of the journal with that signature. */
  sign(signature: Signature): void {
    this.mark = signature.mark;
    this.crcStart = (signature.seed + this.segment) >>> 0;
  }

  get capacity(): number {
    return this.bytes.length;
  }

  /** True when `size` bytes at the segment's `offset` are here. */
  holds(segment: number, offset: number, size: number): boolean {
    return segment === this.segment && offset >= this.start && offset + size <= this.start + this.used;
  }
}
