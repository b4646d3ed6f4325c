import { BATCH_HEADER_SIZE } from '../codec/record.ts';
import type { LiveBytes } from './live-bytes.ts';
import { NextSegment } from './next-segment.ts';
import { Reserve } from './reserve.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { Tail } from './tail.ts';

/** More is seen to as soon as what may be used of the room is less than this part of a segment. */
const AHEAD_SHARE = 1 / 2;
/** What cleaning has to be good for where it alone gives room, as a part of a segment. */
const GARBAGE_SHARE = 1 / 32;

/** What there is room for: in the segment that is being written, and in the spares that are ready behind it. */
export class Room {
  readonly #tail: Tail;
  readonly #files: SegmentFiles;
  readonly #live: LiveBytes;
  /** Segments that are not freed, ascending. */
  readonly #segments: readonly number[];
  readonly #segmentSize: number;
  readonly #reserve: Reserve;
  readonly #onChange: () => void;
  readonly #next: NextSegment;
  /** Most bytes that the head of the next segment can take. */
  headSize = 0;
  /** The largest record for which there was no room, and has not been since. */
  #wanted = 0;
  /** With less garbage than this cleaning is in vain. */
  #leastGarbage: number;

  /** `onChange` is called when there may be more room, or is known why not. */
  constructor(
    tail: Tail,
    files: SegmentFiles,
    live: LiveBytes,
    segments: readonly number[],
    segmentSize: number,
    onChange: () => void,
  ) {
    this.#tail = tail;
    this.#files = files;
    this.#live = live;
    this.#segments = segments;
    this.#segmentSize = segmentSize;
    this.#reserve = new Reserve(live, segmentSize);
    this.#onChange = onChange;
    this.#leastGarbage = segmentSize * GARBAGE_SHARE;
    this.#next = new NextSegment(files, onChange, () => this.prepare(0));
  }

  /** Why no more can be had at the moment; it is tried again before long. */
  get problem(): Error | undefined {
    return this.#next.problem;
  }

  /** Whether there is room for a message's record of `size` bytes. If not, more is seen to; so with the next two. */
  forMessage(size: number): boolean {
    return this.#has(size, this.#reserve.forOutcomes(this.#oldest));
  }

  /** For records of what happens to messages: these may use what a full disk has kept for them. */
  forOutcome(size: number): boolean {
    // Whether the disk is full is not known as long as a file is made ready.
    const mayBeFull = this.problem !== undefined || this.isBusy;
    return this.#has(size, mayBeFull && this.isWorthCleaning ? this.#reserve.forMoving(this.#oldest) : 0);
  }

  /** For what is appended again so that its segment can be freed. */
  forMoving(size: number): boolean {
    return this.#has(size, 0);
  }

  /** Whether an attempt to get more is under way. */
  get isBusy(): boolean {
    return this.#next.isBusy;
  }

  /** Resolves when no attempt to get more is under way. */
  async settled(): Promise<void> {
    await this.#next.settled();
  }

  /** Resolves after an attempt to get more. Rejects with the reason when there is none to be had. */
  async more(): Promise<void> {
    await this.#next.settled();
    if (this.problem !== undefined) throw this.problem;
  }

  /** Whether there is garbage that cleaning may give back. */
  get isWorthCleaning(): boolean {
    return this.#segments.length > 1 && this.#garbage >= this.#leastGarbage;
  }

  /** The disk is full, and outcomes of `size` bytes have no room any more but what freeing segments gives. */
  needsCleaning(size: number): boolean {
    if (this.problem === undefined || !this.isWorthCleaning) return false;
    return !this.#leaves(this.#reserve.forMoving(this.#oldest), size);
  }

  /** Cleaning has given nothing: what it was to have may be used, until there is more garbage. */
  cleanedInVain(): void {
    this.#leastGarbage = this.#garbage + this.#segmentSize * GARBAGE_SHARE;
    this.#onChange();
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

  /** Whether new messages may soon find no room, with `size` bytes less than there are. */
  isLow(size = 0): boolean {
    const kept = this.#reserve.forOutcomes(this.#oldest) + this.#segmentSize * AHEAD_SHARE;
    return !this.#leaves(kept, size);
  }

  /** Sees to a file for the next segment, with room for a record of `size` bytes; else to one more spare. */
  prepare(size: number): void {
    // Twice the head: queues may be created until then.
    const least = 2 * this.headSize + BATCH_HEADER_SIZE + size;
    const number = this.spareSize < least ? this.#tail.segment + 1 : this.#files.lastReady + 1;
    this.#next.prepare(number, least);
  }

  /** A segment was freed: what waits for its time to try again need not. */
  freed(): void {
    this.#leastGarbage = this.#segmentSize * GARBAGE_SHARE;
    this.#next.hurry();
  }

  /** Sees to more in time. */
  tend(): void {
    // Not earlier, so that a segment that is freed meanwhile can be used again.
    if (this.isLow()) this.prepare(0);
  }

  /** Whether the last spare is not needed, while the files take more than `bound` bytes. */
  hasIdleSpare(bound: number): boolean {
    const { totalBytes, lastReady } = this.#files;
    if (this.#next.isBusy || totalBytes <= bound || lastReady <= this.#tail.segment + 1) return false;
    return !this.isLow(this.#files.sizeOf(lastReady) + this.#wanted);
  }

  async close(): Promise<void> {
    await this.#next.settled();
    this.#next.cancel();
  }

  get #oldest(): number {
    return this.#segments[0] as number;
  }

  /** Whether a record of `size` bytes can be appended, and `kept` bytes stay. */
  #has(size: number, kept: number): boolean {
    if (this.#tail.fits(size, kept)) return true;
    const isOneFit = this.#tail.fits(size) || this.headSize + BATCH_HEADER_SIZE + size <= this.spareSize;
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
    const heads = this.#segments.length * this.headSize;
    return this.#files.totalBytes - this.#ahead - this.#live.total - heads;
  }

  /** Bytes that there are for records. */
  get #ahead(): number {
    const { capacity, offset, segment } = this.#tail;
    const spares = this.#files.lastReady - segment;
    return capacity - offset + this.spareBytes - spares * this.headSize;
  }
}
