import type { BodyCache } from '../body-cache.ts';
import { Block } from '../codec/block.ts';
import { beginBatch, FORMAT_VERSION, writeBatchHeader, writeSegmentHeader } from '../codec/headers.ts';
import type { Signature } from '../codec/signature.ts';
import { BATCH_HEADER_SIZE, SEGMENT_HEADER_SIZE } from '../codec/sizes.ts';
import type { Position } from '../log.ts';

const BLOCK_SIZE = 256 * 1024;

/** Records of one turn that lie together: what one write carries. */
export interface Batch {
  readonly block: Block;
  /** Range in the block. */
  readonly from: number;
  readonly to: number;
  /** Offset of the range in the segment's file. */
  readonly offset: number;
}

/** A segment, and from where on it is written to. */
interface Place {
  readonly segment: number;
  /** Position of its first byte. */
  readonly position: Position;
  readonly offset: number;
  /** Bytes that it can hold. */
  readonly capacity: number;
}

/** What a segment's header is made of: the block that it is in, and where the segment before ends. */
interface Head {
  readonly block: Block;
  readonly previousEnd: number;
}

/**
 * The end of the log, in memory: where the next record goes. Records get their final place here at once; the committer
 * brings them to the disk at the end of the turn.
 */
export class Tail {
  readonly #cache: BodyCache;
  readonly #signature: Signature;
  readonly #clock: () => number;
  /** Where the record that `allot` made space for is to be written: in `block`, at `at`. */
  block: Block;
  at = 0;
  /** Position of the segment's first byte, and the bytes it can hold. */
  #base: Position = 0;
  #capacity = 0;
  /** Of the segment that begins, until its checkpoint is there. */
  #head: Head | undefined;
  #batchStart = -1;
  #pending: Batch[] = [];
  /** Bytes that were written since the start. */
  writtenBytes = 0;
  /** Up to where the disk is known to have everything; goes into the batch headers. */
  syncedSegment = 0;
  syncedOffset = 0;

  /** `clock`: engine time, which the batch headers tell. */
  constructor(cache: BodyCache, signature: Signature, clock: () => number, place: Place) {
    this.#cache = cache;
    this.#signature = signature;
    this.#clock = clock;
    this.block = this.#goOnAt(place);
    this.syncedSegment = place.segment;
    this.syncedOffset = place.offset;
  }

  get segment(): number {
    return this.block.segment;
  }

  /** Offset in the segment behind the last record. */
  get offset(): number {
    return this.block.end - this.#base;
  }

  /** Position behind the last record. */
  get end(): Position {
    return this.block.end;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Whether there is anything that no write has carried. */
  get isUnwritten(): boolean {
    return this.#batchStart >= 0 || this.#pending.length > 0;
  }

  /** Up to where a segment may be read from its file: what comes behind is still to be written, or to come. */
  writtenEnd(segment: number): number {
    const batch = this.#pending[0];
    const { block, from, offset } = batch ?? {
      block: this.block,
      from: 0,
      offset: this.block.position - this.#base,
    };
    return segment === block.segment ? offset - from : Number.POSITIVE_INFINITY;
  }

  /** True when a record of `size` bytes fits into this segment, leaving `spare` bytes. */
  fits(size: number, spare = 0): boolean {
    return this.offset + BATCH_HEADER_SIZE + size <= this.#capacity - spare;
  }

  /** Makes space for a record of `size` bytes (a multiple of 8), which must fit into the segment. */
  allot(size: number): void {
    if (this.block.used + BATCH_HEADER_SIZE + size > this.block.capacity) {
      if (!this.fits(size)) throw new RangeError(`segment ${this.segment} has no space for ${size} bytes`);
      this.#leaveBlock();
      const capacity = Math.min(this.#capacity - this.offset, Math.max(BLOCK_SIZE, BATCH_HEADER_SIZE + size));
      this.block = this.#openBlock(this.segment, this.end, capacity);
    }
    if (this.#batchStart < 0) {
      this.#batchStart = this.block.used;
      beginBatch(this.block, this.block.used);
      this.block.used += BATCH_HEADER_SIZE;
    }
    this.at = this.block.used;
    this.block.used += size;
  }

  /** Goes on in the next segment. */
  rotate(segment: number, capacity: number): void {
    this.#leaveBlock();
    const previousEnd = this.offset;
    this.block = this.#goOnAt({ segment, position: this.end, offset: 0, capacity });
    this.begin(previousEnd);
  }

  /**
   * Begins the segment, where nothing is yet: its checkpoint follows in the same turn, and `endCheckpoint`. `previousEnd`:
   * where the records of the one before it end.
   */
  begin(previousEnd: number): void {
    const { block } = this;
    this.#head = { block, previousEnd };
    block.used = SEGMENT_HEADER_SIZE;
    this.#pending.push({ block, from: 0, to: SEGMENT_HEADER_SIZE, offset: 0 });
  }

  /** The checkpoint ends here: now the header can tell that. */
  endCheckpoint(): void {
    const { block, previousEnd } = this.#head as Head;
    this.#head = undefined;
    writeSegmentHeader(block, {
      version: FORMAT_VERSION,
      previousEnd,
      position: this.#base,
      capacity: this.#capacity,
      nextId: 0,
      checkpointEnd: this.offset,
      signature: this.#signature,
    });
  }

  /** The first batch that is to be written, if there is one. `donePending` says that it was. */
  nextPending(): Batch | undefined {
    if (this.#pending.length === 0) this.#sealBatch();
    return this.#pending[0];
  }

  donePending(): void {
    const batch = this.#pending.shift();
    if (batch === undefined) return;
    const { block } = batch;
    this.writtenBytes += batch.to - batch.from;
    if (block !== this.block && block !== this.#pending[0]?.block) block.pinned = false;
  }

  #goOnAt({ segment, position, offset, capacity }: Place): Block {
    this.#base = position;
    this.#capacity = capacity;
    return this.#openBlock(segment, position + offset, Math.min(capacity - offset, BLOCK_SIZE));
  }

  #leaveBlock(): void {
    this.#sealBatch();
    // All of it may have been written while it was the last one.
    if (this.#pending.at(-1)?.block !== this.block) this.block.pinned = false;
  }

  #openBlock(segment: number, position: Position, capacity: number): Block {
    const block = new Block(position, capacity, segment, this.#signature);
    block.pinned = true;
    this.#cache.add(block);
    return block;
  }

  #sealBatch(): void {
    if (this.#batchStart < 0) return;
    const from = this.#batchStart;
    const to = this.block.used;
    writeBatchHeader(this.block, from, {
      length: to - from,
      syncedSegment: this.syncedSegment,
      syncedOffset: this.syncedOffset,
      time: this.#clock(),
    });
    this.#pending.push({ block: this.block, from, to, offset: this.block.position + from - this.#base });
    this.#batchStart = -1;
  }
}
