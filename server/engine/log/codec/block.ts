import type { Signature } from './signature.ts';

/** Records are made of little-endian words written through typed arrays, so the machine must be little-endian. */
if (new Uint8Array(Uint32Array.of(1).buffer)[0] !== 1) throw new Error('memq needs a little-endian machine');

/** A stretch of the log in memory. What has been written to it never changes, but in the window of a reader. */
export class Block {
  /** Where its first byte is in the whole log. */
  position: number;
  /** The segment that it is of. Its records' CRCs start from `crcStart`, and its batches have the mark of the log. */
  readonly segment: number;
  mark = 0;
  crcStart = 0;
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
  /** Read from the disk, so that it may be damaged, and may end within a record. */
  isLoaded = false;

  /** `capacity` bytes, rounded up to a multiple of 8. Without a signature nothing is sealed or checked in it. */
  constructor(position: number, capacity: number, segment = 0, signature?: Signature) {
    this.position = position;
    this.segment = segment;
    // Unlike an ArrayBuffer this is not filled with zeros, nor fresh pages each time. Every byte up to `used` gets
    // written, the padding of records included.
    this.bytes = Buffer.allocUnsafeSlow(Math.ceil(capacity / 8) * 8);
    const memory = this.bytes.buffer;
    this.words = new Uint32Array(memory);
    this.halves = new Uint16Array(memory);
    this.doubles = new Float64Array(memory);
    if (signature !== undefined) this.sign(signature);
  }

  /** Makes this a block of the log with that signature. */
  sign(signature: Signature): void {
    this.mark = signature.mark;
    this.crcStart = (signature.seed + this.segment) >>> 0;
  }

  get capacity(): number {
    return this.bytes.length;
  }

  /** Where the record that comes next is in the whole log. */
  get end(): number {
    return this.position + this.used;
  }

  /** True when the `size` bytes at `position` of the log are here. */
  holds(position: number, size: number): boolean {
    return position >= this.position && position + size <= this.position + this.used;
  }
}

/**
 * Index of the first block, of blocks that ascend, that begins behind a position. Bodies are read through it: not
 * `upperBound`, which takes twice as long, because it is called with keys of several shapes.
 */
export function firstBehind(blocks: readonly Block[], position: number): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (blocks[middle].position > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
