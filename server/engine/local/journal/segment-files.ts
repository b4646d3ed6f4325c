import { join } from 'node:path';
import { DiskError, DiskFullError } from '../../../../shared/errors.ts';
import type { FileSystem, JournalFile } from './file-system.ts';

const FILL_CHUNK = 1 << 20;
const ZEROS = new Uint8Array(FILL_CHUNK);
const NAME = /^(\d{10})\.journal$/;

interface SegmentFile {
  readonly file: JournalFile;
  readonly size: number;
}

/**
 * The journal's files: one a segment, named by its number, all of them filled to their size before use, so that
 * writing to them changes no metadata and cannot run out of disk.
 *
 * The file after the current one, the spare, is made ready ahead of time: from a freed segment, else anew.
 */
export class SegmentFiles {
  readonly #fs: FileSystem;
  readonly #directory: string;
  readonly #segmentSize: number;
  readonly #files = new Map<number, SegmentFile>();
  /** The spare's number once it is being prepared, and the preparation. */
  #spare = 0;
  #spareReady = false;
  #preparing: Promise<void> | undefined;
  /** A freed segment that waits to become the spare; 0 is none. */
  #freed = 0;

  constructor(fs: FileSystem, directory: string, segmentSize: number) {
    this.#fs = fs;
    this.#directory = directory;
    this.#segmentSize = segmentSize;
  }

  /** Numbers of the segments that exist, ascending. */
  scan(): number[] {
    const numbers = this.#fs.list(this.#directory).flatMap((name) => {
      const match = NAME.exec(name);
      return match === null ? [] : [Number(match[1])];
    });
    return numbers.sort((a, b) => a - b);
  }

  open(number: number): JournalFile {
    return this.#open(number).file;
  }

  sizeOf(number: number): number {
    return this.#open(number).size;
  }

  /** Bytes of all files, the spare included. */
  get totalBytes(): number {
    let total = 0;
    for (const { size } of this.#files.values()) total += size;
    return total;
  }

  /** Bytes of the file that is ready to become segment `number`; 0 when it is not ready. */
  spareSize(number: number): number {
    return this.#spareReady && this.#spare === number ? this.sizeOf(number) : 0;
  }

  /**
   * Makes the file of segment `number` ready, at least `size` bytes of it, and durable with its name.
   * Rejects with DiskFullError or DiskError; it may be called again.
   */
  prepare(number: number, size = this.#segmentSize): Promise<void> {
    if (this.spareSize(number) >= size) return Promise.resolve();
    this.#preparing ??= this.#prepare(number, Math.max(size, this.#segmentSize)).finally(() => {
      this.#preparing = undefined;
    });
    return this.#preparing;
  }

  /** The same, waiting for it: for the start, when there is nothing else to do. */
  prepareNow(number: number, least: number): void {
    if (!this.scan().includes(number)) this.#create(number);
    const { file, size } = this.#open(number);
    const target = Math.max(least, this.#segmentSize);
    for (let at = size; at < target; at += FILL_CHUNK) {
      file.write(ZEROS.subarray(0, Math.min(FILL_CHUNK, target - at)), at);
    }
    file.syncNow();
    this.#remember(number, file);
    this.#fs.syncDirectory(this.#directory);
  }

  /** Gives a segment's file back. It must be the oldest, and nothing may live in it. */
  free(number: number): void {
    // One is kept to become the next spare; more would only hold disk space.
    if (this.#freed === 0 && this.#preparing === undefined && !this.#spareReady) this.#freed = number;
    else this.#remove(number);
  }

  close(): void {
    for (const { file } of this.#files.values()) file.close();
    this.#files.clear();
  }

  async #prepare(number: number, size: number): Promise<void> {
    this.#spare = number;
    this.#spareReady = false;
    const isNew = !this.#recycle(number) && !this.scan().includes(number);
    try {
      if (isNew) this.#create(number);
      const { file } = this.#open(number);
      for (let at = file.size(); at < size; at += FILL_CHUNK) {
        await file.writeLater(ZEROS.subarray(0, Math.min(FILL_CHUNK, size - at)), at);
      }
      await new Promise<void>((resolve, reject) => {
        file.sync((error) => (error === null ? resolve() : reject(error)));
      });
      this.#remember(number, file);
      this.#fs.syncDirectory(this.#directory);
      this.#spareReady = true;
    } catch (error) {
      const why = error as NodeJS.ErrnoException;
      // What was filled so far would only take the room that others need.
      if (isNew && this.#files.has(number)) this.#remove(number);
      if (why.code === 'ENOSPC' || why.code === 'EDQUOT') throw new DiskFullError('the disk is full');
      throw new DiskError(`preparing ${this.path(number)} failed: ${why.message}`);
    }
  }

  #recycle(number: number): boolean {
    const old = this.#freed;
    if (old === 0) return false;
    this.#freed = 0;
    this.#fs.rename(this.path(old), this.path(number));
    this.#files.set(number, this.#files.get(old) as SegmentFile);
    this.#files.delete(old);
    return true;
  }

  #create(number: number): void {
    this.#files.set(number, { file: this.#fs.open(this.path(number), true), size: 0 });
  }

  #open(number: number): SegmentFile {
    let entry = this.#files.get(number);
    if (entry === undefined) {
      const file = this.#fs.open(this.path(number), false);
      entry = { file, size: file.size() };
      this.#files.set(number, entry);
    }
    return entry;
  }

  #remember(number: number, file: JournalFile): void {
    this.#files.set(number, { file, size: file.size() });
  }

  #remove(number: number): void {
    this.#files.get(number)?.file.close();
    this.#files.delete(number);
    this.#fs.remove(this.path(number));
  }

  path(number: number): string {
    return join(this.#directory, `${String(number).padStart(10, '0')}.journal`);
  }
}
