import { Block } from '../codec/block.ts';
import { BATCH_HEADER_SIZE, SEGMENT_HEADER_SIZE, writeBatchHeader } from '../codec/record.ts';
import type { Signature } from '../codec/signature.ts';
import type { BodyCache } from './body-cache.ts';

const BLOCK_SIZE = 256 * 1024;

/** Records of one turn that lie together: what one write carries. */
export interface Batch {
  readonly block: Block;
  /** Range in the block. */
  readonly from: number;
  readonly to: number;
}

/**
 * The end of the journal, in memory: where the next record goes. Records get their final place here at once;
 * the committer brings them to the disk at the end of the turn.
 */
export class Tail {
  readonly #cache: BodyCache;
  readonly #signature: Signature;
  /** Where the record that `reserve` made room for is to be written: in `block`, at `at`. */
  block: Block;
  at = 0;
  /** Bytes the segment can hold. */
  #capacity = 0;
  #batchStart = -1;
  #pending: Batch[] = [];
  /** Bytes that were written since the start. */
  writtenBytes = 0;
  /** Up to where the disk is known to have everything; goes into the batch headers. */
  syncedSegment = 0;
  syncedOffset = 0;

  /** Begins at the head of a segment, as `rotate` does. */
  constructor(cache: BodyCache, signature: Signature, segment: number, capacity: number) {
    this.#cache = cache;
    this.#signature = signature;
    this.block = this.#openSegment(segment, capacity);
  }

  get segment(): number {
    return this.block.segment;
  }

  /** Offset in the segment behind the last record. */
  get offset(): number {
    return this.block.start + this.block.used;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Up to where a segment may be read from its file: what comes behind is still to be written, or to come. */
  writtenEnd(segment: number): number {
    const { block } = this.#pending[0] ?? this;
    return segment === block.segment ? block.start : Number.POSITIVE_INFINITY;
  }

  /** True when a record of `size` bytes fits into this segment, leaving `spare` bytes. */
  fits(size: number, spare = 0): boolean {
    return this.offset + BATCH_HEADER_SIZE + size <= this.#capacity - spare;
  }

  /** Makes room for a record of `size` bytes (a multiple of 8), which must fit into the segment. */
  reserve(size: number): void {
    if (this.block.used + BATCH_HEADER_SIZE + size > this.block.capacity) {
      if (!this.fits(size)) throw new RangeError(`segment ${this.segment} has no room for ${size} bytes`);
      this.#leaveBlock();
      const capacity = Math.min(this.#capacity - this.offset, Math.max(BLOCK_SIZE, BATCH_HEADER_SIZE + size));
      this.block = this.#openBlock(this.segment, this.offset, capacity);
    }
    if (this.#batchStart < 0) {
      this.#batchStart = this.block.used;
      this.block.used += BATCH_HEADER_SIZE;
    }
    this.at = this.block.used;
    this.block.used += size;
  }

  /** Goes on in the next segment, beginning with room for its header at the start of `block`. */
  rotate(segment: number, capacity: number): void {
    this.#leaveBlock();
    this.block = this.#openSegment(segment, capacity);
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

  #openSegment(segment: number, capacity: number): Block {
    this.#capacity = capacity;
    const block = this.#openBlock(segment, 0, Math.min(capacity, BLOCK_SIZE));
    this.at = 0;
    block.used = SEGMENT_HEADER_SIZE;
    this.#pending.push({ block, from: 0, to: SEGMENT_HEADER_SIZE });
    return block;
  }

  #leaveBlock(): void {
    this.#sealBatch();
    // All of it may have been written while it was the last one.
    if (this.#pending.at(-1)?.block !== this.block) this.block.pinned = false;
  }

  #openBlock(segment: number, start: number, capacity: number): Block {
    const block = new Block(segment, start, capacity, this.#signature);
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
    });
    this.#pending.push({ block: this.block, from, to });
    this.#batchStart = -1;
  }
}
