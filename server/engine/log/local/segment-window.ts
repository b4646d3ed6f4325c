import { Block } from '../codec/block.ts';
import { headerSizeAt, isRecordAt, LEAST_HEADER, recordSizeAt } from '../codec/layout.ts';
import type { Signature } from '../codec/signature.ts';
import type { Position } from '../log.ts';
import { damage } from './damage.ts';
import type { JournalFile } from './file-system.ts';
import { isUnreadable, readAround } from './read-around.ts';

/** Bytes that are read at once where one record follows another, and where large bodies are skipped. */
const WINDOW = 1 << 20;
const GLANCE = 4096;

/** A segment's file, seen through a window that moves over it, so that no file is in memory as a whole. */
export class SegmentWindow {
  readonly #file: JournalFile;
  /** Bytes of the file. */
  readonly length: number;
  readonly segment: number;
  readonly path: string;
  /** Where the segment begins in the whole log. */
  readonly position: Position;
  #signature: Signature | undefined;
  /** What is in the window, and its offset in the file. It changes whenever the window moves. */
  block: Block;
  #offset = 0;
  /** Where the record that was found last begins in `block`, and its bytes. */
  start = 0;
  size = 0;

  constructor(file: JournalFile, segment: number, length: number, path: string, position: Position) {
    this.#file = file;
    this.segment = segment;
    this.path = path;
    this.length = length;
    this.position = position;
    this.block = new Block(position, GLANCE, segment);
  }

  /** Its records are to be those of that log. */
  sign(signature: Signature): void {
    this.#signature = signature;
    this.block.sign(signature);
  }

  /**
   * The place in `block` of the segment's `offset`, with `length` bytes behind it, or as many as the file has.
   * `offset` is a multiple of 8. Throws DamagedError for what the disk cannot read.
   */
  locate(offset: number, length: number): number {
    if (!this.has(offset, length)) {
      const into = this.#prepare(offset, length);
      this.block.used = this.#read(into, offset);
    }
    return offset - this.#offset;
  }

  /** Whether the window has `length` bytes from `offset` on, or as many as the file has. */
  has(offset: number, length: number): boolean {
    const end = Math.min(offset + length, Math.max(this.length, offset));
    return offset >= this.#offset && end <= this.#offset + this.block.used;
  }

  /** Moves to where it has these bytes, off the event loop; what the disk cannot read is zeros. */
  async moveTo(offset: number, length: number): Promise<void> {
    const into = this.#prepare(offset, length);
    this.block.used = await readAround(this.#file, into, offset);
  }

  /** The place in `block` of an offset that the window has. */
  place(offset: number): number {
    return offset - this.#offset;
  }

  /** Whatever is looked at next is read anew: somebody may have written more. */
  forget(): void {
    this.block.used = 0;
  }

  /** Finds the record at `offset`: where it is, and its size; false when there is none whose header is whole. */
  find(offset: number): boolean {
    this.start = this.locate(offset, LEAST_HEADER);
    const header = headerSizeAt(this.block, this.start);
    if (header > LEAST_HEADER) this.start = this.locate(offset, header);
    if (!isRecordAt(this.block, this.start, header)) return false;
    this.size = recordSizeAt(this.block, this.start);
    return true;
  }

  #read(into: Buffer, offset: number): number {
    try {
      return this.#file.read(into, offset);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      throw damage(this.path, `cannot be read at offset ${offset}: ${(error as Error).message}`);
    }
  }

  /** Prepares the block for another stretch; what is to be read, and where to. */
  #prepare(offset: number, length: number): Buffer {
    const isNext = offset <= this.#offset + this.block.used;
    const wanted = Math.max(length, isNext ? WINDOW : GLANCE);
    const least = Math.max(0, Math.min(wanted, this.length - offset));
    if (this.block.capacity < Math.max(least, LEAST_HEADER)) {
      this.block = new Block(this.position, Math.max(least, LEAST_HEADER), this.segment, this.#signature);
    }
    this.#offset = offset;
    this.block.position = this.position + offset;
    this.block.used = 0;
    return this.block.bytes.subarray(0, least);
  }
}
