import { BATCH_HEADER_SIZE, RESERVE_SIZE } from '../codec/sizes.ts';
import type { LiveBytes } from '../live-bytes.ts';
import type { SpaceKind } from '../log.ts';
import type { Segment, SegmentList } from '../segment-list.ts';
import { SpaceBound } from '../space-bound.ts';
import { KeptSpace } from './kept-space.ts';
import { NextSegment } from './next-segment.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { Tail } from './tail.ts';

/** More is seen to as soon as what may be used of the space is less than this part of a segment. */
const AHEAD_SHARE = 1 / 2;
/** What compaction has to be good for where it alone gives space, as a part of a segment. */
const GARBAGE_SHARE = 1 / 32;
/** Bytes that the records of one operation take, where they carry no message. */
const SMALL_OPERATION = 4 * RESERVE_SIZE;

/** What there is space for: in the segment that is being written, and in the spares that are ready behind it. */
export class Space {
  readonly #tail: Tail;
  readonly #files: SegmentFiles;
  readonly #live: LiveBytes;
  readonly #segments: SegmentList;
  readonly #segmentSize: number;
  readonly #kept: KeptSpace;
  readonly #bound: SpaceBound;
  readonly #onChange: () => void;
  readonly #next: NextSegment;
  /** Most bytes that the head of the next segment can take. */
  #headSize: number;
  /** The largest record for which there was no space, and has not been since. */
  #wanted = 0;
  /** With less garbage than this compaction is in vain. */
  #leastGarbage: number;

  /** `onChange` is called when there may be more space, or is known why not. */
  constructor(
    tail: Tail,
    files: SegmentFiles,
    live: LiveBytes,
    segments: SegmentList,
    segmentSize: number,
    headSize: number,
    onChange: () => void,
  ) {
    this.#tail = tail;
    this.#files = files;
    this.#live = live;
    this.#segments = segments;
    this.#segmentSize = segmentSize;
    this.#headSize = headSize;
    this.#kept = new KeptSpace(live, segmentSize);
    this.#bound = new SpaceBound(live, segmentSize);
    this.#onChange = onChange;
    this.#leastGarbage = segmentSize * GARBAGE_SHARE;
    this.#next = new NextSegment(files, onChange, () => this.prepare(0));
  }

  /** Why no more can be had at the moment; it is tried again before long. */
  get problem(): Error | undefined {
    return this.#next.problem;
  }

  /** Whether there is space of a kind for a record of `size` bytes. If not, more is seen to. */
  admit(size: number, kind: SpaceKind): boolean {
    switch (kind) {
      case 'message':
        return this.#has(size, this.#kept.forEvents(this.#oldest));
      case 'event':
        return this.#has(size, this.#mustSpareCompaction ? this.#kept.forCompaction(this.#oldest) : 0);
      case 'compaction':
        return this.#has(size, 0);
    }
  }

  /** Whether events must leave alone what compaction needs. Whether the disk is full is not known before a file is made. */
  get #mustSpareCompaction(): boolean {
    return (this.problem !== undefined || this.isBusy) && this.isWorthCompacting;
  }

  /** Whether an attempt to get more is under way. */
  get isBusy(): boolean {
    return this.#next.isBusy;
  }

  /** Resolves when no attempt to get more is under way. */
  async settled(): Promise<void> {
    await this.#next.settled();
  }

  /** Whether there is garbage that compaction may give back. */
  get isWorthCompacting(): boolean {
    return this.#segments.length > 1 && this.#garbage >= this.#leastGarbage;
  }

  /** The disk is full, and what happens to messages has no space any more but what freeing segments gives. */
  get isCompactionUrgent(): boolean {
    if (this.problem === undefined || !this.isWorthCompacting) return false;
    return !this.#leaves(this.#kept.forCompaction(this.#oldest), SMALL_OPERATION);
  }

  /** Whether the files take so much more than what lives that the oldest segment is to be freed. */
  get isWasteful(): boolean {
    if (!this.isWorthCompacting) return false;
    return this.#bound.isExceeded(this.#files.totalBytes, this.spareBytes, this.#heads, this.#segments);
  }

  /** Compaction has given nothing: what it was to have may be used, until there is more garbage. */
  compactedInVain(): void {
    this.#leastGarbage = this.#garbage + this.#segmentSize * GARBAGE_SHARE;
    this.#onChange();
  }

  get headSize(): number {
    return this.#headSize;
  }

  set headSize(size: number) {
    this.#headSize = size;
    // The next segment's file may have become too small for its head.
    if (this.spareSize > 0 && this.spareSize < 2 * size) this.prepare(0);
  }

  /** Bytes of the file for the next segment; 0 until it is ready. */
  get spareSize(): number {
    return this.#files.spareSize(this.#tail.segment + 1);
  }

  /** Bytes of all spares that are ready. */
  get spareBytes(): number {
    let bytes = 0;
    for (let spare = this.#tail.segment + 1; spare <= this.#files.lastReady; spare++) {
      bytes += this.#files.sizeOf(spare);
    }
    return bytes;
  }

  /** Whether new messages may soon find no space, with `size` bytes less than there are. */
  isLow(size = 0): boolean {
    const kept = this.#kept.forEvents(this.#oldest) + this.#segmentSize * AHEAD_SHARE;
    return !this.#leaves(kept, size);
  }

  /** Sees to a file for the next segment, with space for a record of `size` bytes; else to one more spare. */
  prepare(size: number): void {
    // Twice the head: queues may be created until then.
    const least = 2 * this.#headSize + BATCH_HEADER_SIZE + size;
    const number = this.spareSize < least ? this.#tail.segment + 1 : this.#files.lastReady + 1;
    this.#next.prepare(number, least);
  }

  /** A segment was freed: what waits for its time to try again need not. */
  freed(): void {
    this.#leastGarbage = this.#segmentSize * GARBAGE_SHARE;
    this.#next.hurry();
  }

  /** Sees to more in time. */
  lookAhead(): void {
    // Not earlier, so that a segment that is freed meanwhile can be used again.
    if (this.isLow()) this.prepare(0);
  }

  /** Gives back spares that are not needed, while the files take more than they should. */
  dropIdleSpares(): void {
    while (this.hasIdleSpare) this.#files.dropSpare();
  }

  get hasIdleSpare(): boolean {
    const { totalBytes, lastReady } = this.#files;
    if (totalBytes <= this.#bound.bytes || this.#next.isBusy || lastReady <= this.#tail.segment + 1)
      return false;
    return !this.isLow(this.#files.sizeOf(lastReady) + this.#wanted);
  }

  async close(): Promise<void> {
    await this.#next.settled();
    this.#next.cancel();
  }

  get #oldest(): Segment {
    return this.#segments.oldest as Segment;
  }

  /** Whether a record of `size` bytes can be appended, and `kept` bytes stay. */
  #has(size: number, kept: number): boolean {
    if (this.#tail.fits(size, kept)) return true;
    const isOneFit = this.#tail.fits(size) || this.#headSize + BATCH_HEADER_SIZE + size <= this.spareSize;
    if (isOneFit && this.#leaves(kept, size)) {
      if (size >= this.#wanted) this.#wanted = 0;
      return true;
    }
    this.#wanted = Math.max(this.#wanted, size);
    this.prepare(size);
    return false;
  }

  /** Whether `kept` bytes stay behind a record of `size` bytes. */
  #leaves(kept: number, size: number): boolean {
    return this.#ahead >= BATCH_HEADER_SIZE + size + kept;
  }

  /** Bytes of segments that neither live nor are heads. */
  get #garbage(): number {
    return this.#files.totalBytes - this.#ahead - this.#live.total - this.#heads;
  }

  /** Most bytes of the segments' heads. */
  get #heads(): number {
    return this.#segments.length * this.#headSize;
  }

  /** Bytes that there are for records. */
  get #ahead(): number {
    const { capacity, offset, segment } = this.#tail;
    const spares = this.#files.lastReady - segment;
    return capacity - offset + this.spareBytes - spares * this.#headSize;
  }
}
