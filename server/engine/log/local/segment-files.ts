import { join } from 'node:path';
import { DiskError, DiskFullError } from '../../../../shared/errors.ts';
import type { Position } from '../log.ts';
import { BoundsFile } from './bounds-file.ts';
import type { FileSystem, JournalFile } from './file-system.ts';
import { PIN_FILE } from './lock.ts';
import { SegmentFile } from './segment-file.ts';
import { SegmentWindow } from './segment-window.ts';

const FILL_CHUNK = 1 << 20;
const ZEROS = new Uint8Array(FILL_CHUNK);
const NAME = /^(\d{10})\.journal$/;

/**
 * The log's files: one a segment, named by its number, all of them filled to their size before use, so that
 * writing to them changes no metadata and cannot run out of disk.
 *
 * The files after the current one, the spares, are made ready ahead of time: from freed segments, else anew.
 */
export class SegmentFiles {
  /** What is on record of all of them. */
  readonly bounds: BoundsFile;
  readonly #fs: FileSystem;
  readonly #directory: string;
  readonly #segmentSize: number;
  readonly #files = new Map<number, SegmentFile>();
  /** Most files that are open of those that are only read. */
  readonly #mostOpen: number;
  /** Those that are open of them, in the order in which they were last used. */
  readonly #inUse = new Set<SegmentFile>();
  /** Segments up to this one are only read: their files need not stay open. */
  #settled = 0;
  /** The highest number of a file that was made ready. */
  lastReady = 0;
  /** Bytes of all files, the spares included. */
  totalBytes = 0;

  constructor(fs: FileSystem, directory: string, segmentSize: number, mostOpen = Number.POSITIVE_INFINITY) {
    this.#mostOpen = mostOpen;
    this.#fs = fs;
    this.#directory = directory;
    this.bounds = new BoundsFile(fs, directory);
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

  /** All files that are known, also those that rest. */
  get all(): Iterable<SegmentFile> {
    return this.#files.values();
  }

  /**
   * Brings the names to the disk as they are now. A process that has ended may have renamed a file and no more: writing
   * to that one first could make it a broken segment under its old name.
   */
  syncNames(): void {
    this.#fs.syncDirectory(this.#directory);
  }

  /** Segments up to this one are only read from now on, and all that was written to them is on the disk. */
  settle(number: number): void {
    this.#settled = number;
    const file = this.#files.get(number);
    if (file !== undefined) this.#noteUse(file);
  }

  open(number: number): JournalFile {
    return this.#open(number);
  }

  /** A view of the file of a segment that begins at `position`. */
  window(number: number, position: Position = 0): SegmentWindow {
    const file = this.#open(number);
    return new SegmentWindow(file, number, file.bytes, this.path(number), position);
  }

  sizeOf(number: number): number {
    return this.#open(number).bytes;
  }

  /** Bytes of the file that is ready to become segment `number`; 0 when it is not ready. */
  spareSize(number: number): number {
    return number <= this.lastReady ? this.sizeOf(number) : 0;
  }

  /**
   * Makes the file of segment `number` ready, at least `least` bytes of it, and durable with its name. A spare that
   * is only made larger can be used meanwhile. Rejects with DiskFullError or DiskError; it may be called again.
   */
  async prepare(number: number, least: number): Promise<void> {
    const isKnown = this.#files.has(number);
    const isNew = !this.#exists(number);
    try {
      const file = isNew ? this.#create(number) : this.#open(number);
      const target = Math.max(least, this.#segmentSize);
      // What an earlier process has left may have holes.
      for (let at = isKnown ? file.bytes : 0; at < target; at += FILL_CHUNK) {
        await file.writeLater(ZEROS.subarray(0, Math.min(FILL_CHUNK, target - at)), at);
        // Piece by piece: behind one sync of all of it those that wait for the current segment would stand in line.
        await synced(file);
      }
      // Once more for what had nothing to fill.
      if (isKnown) await synced(file);
      this.#ready(file);
    } catch (error) {
      throw this.#problem(number, isNew, error as NodeJS.ErrnoException);
    }
  }

  /** The same, waiting for it: for the start, when there is nothing else to do. */
  prepareNow(number: number, least: number): void {
    const isNew = !this.#exists(number);
    try {
      const file = isNew ? this.#create(number) : this.#open(number);
      const target = Math.max(least, this.#segmentSize, file.bytes);
      // From its beginning: before a crash, records of this very segment may have come to the disk.
      for (let at = 0; at < target; at += FILL_CHUNK) {
        file.write(ZEROS.subarray(0, Math.min(FILL_CHUNK, target - at)), at);
      }
      file.syncNow();
      this.#ready(file);
    } catch (error) {
      throw this.#problem(number, isNew, error as NodeJS.ErrnoException);
    }
  }

  /**
   * Makes a segment's file ready to be written on from `offset`: behind it there are zeros on the disk, since what an earlier
   * process has left there may be whole records of this very segment.
   */
  clearBehind(number: number, offset: number): void {
    const file = this.#open(number);
    try {
      for (let at = offset; at < file.bytes; at += FILL_CHUNK) {
        file.write(ZEROS.subarray(0, Math.min(FILL_CHUNK, file.bytes - at)), at);
      }
      file.syncNow();
      this.#ready(file);
    } catch (error) {
      throw this.#problem(number, false, error as NodeJS.ErrnoException);
    }
  }

  /**
   * Brings to the disk what the system has of a segment, by writing it again: after a sync that has failed the system
   * takes for synced what may not be on the disk, and another sync would leave it at that.
   */
  persist(number: number): void {
    const file = this.#open(number);
    const size = file.bytes;
    const chunk = Buffer.alloc(Math.min(size, FILL_CHUNK));
    for (let at = 0; at < size; at += FILL_CHUNK) {
      const length = file.read(chunk.subarray(0, Math.min(FILL_CHUNK, size - at)), at);
      file.write(chunk.subarray(0, length), at);
    }
    file.syncNow();
  }

  /** Why a log of an earlier version cannot be gone on with. */
  fullFor(least: number): DiskFullError {
    const size = Math.max(least, this.#segmentSize);
    return new DiskFullError(
      `the disk is full: to go on with a log of an earlier version takes room for a file of ${size} bytes`,
    );
  }

  /** Gives the oldest segment's file back, in which nothing may live: as a spare to be made ready, where one is wanted. */
  free(number: number, isWanted: boolean): void {
    const file = this.#open(number);
    const next = this.lastReady + 1;
    const isUseful = isWanted && !this.#files.has(next) && file.bytes === this.#segmentSize;
    const claim = isUseful ? this.#fs.lock(join(this.#directory, PIN_FILE)) : undefined;
    if (claim === undefined) {
      this.#remove(number);
    } else {
      this.#fs.rename(this.path(number), this.path(next));
      this.#files.delete(number);
      this.#inUse.delete(file);
      file.number = next;
      this.#files.set(next, file);
      claim.release();
    }
    // One after the other on the disk, too: a segment that a crash brings back must not have a gap behind it.
    this.#fs.syncDirectory(this.#directory);
  }

  /** Lets go of the files behind a segment that were only looked at: none of them is ready. */
  letGoBehind(last: number): void {
    for (const [number, file] of this.#files) if (number > last) this.#letGo(file);
  }

  /**
   * Gives back a spare that is not needed any more, the last one that is ready, and what an earlier process has left behind
   * it. Nothing may be made ready meanwhile.
   */
  dropSpare(): void {
    this.lastReady--;
    this.dropOldSpares();
  }

  /** Gives back what lies behind a gap, as earlier versions have left it. */
  dropBehindGap(): void {
    const numbers = this.scan();
    let end = this.lastReady;
    while (numbers.includes(end + 1)) end++;
    for (const number of numbers.reverse()) if (number > end) this.#remove(number);
    this.#fs.syncDirectory(this.#directory);
  }

  /** Gives back all that is not ready, the last one first: so there is never a gap. */
  dropOldSpares(): void {
    for (const number of this.scan().reverse()) if (number > this.lastReady) this.#remove(number);
    this.#fs.syncDirectory(this.#directory);
  }

  close(): void {
    this.bounds.close();
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
    this.#inUse.clear();
  }

  #exists(number: number): boolean {
    return this.#files.has(number) || this.scan().includes(number);
  }

  #create(number: number): SegmentFile {
    return this.#keep(number, true);
  }

  #keep(number: number, create: boolean): SegmentFile {
    const opened = this.#fs.open(this.path(number), create);
    const file = new SegmentFile(number, opened, this.#reopen, this.#noteUse);
    this.totalBytes += file.bytes;
    this.#files.set(number, file);
    return file;
  }

  readonly #reopen = (number: number): JournalFile => this.#fs.open(this.path(number), false);

  /** Closes the file that was not used for longest, where there are too many. */
  readonly #noteUse = (file: SegmentFile): void => {
    if (file.number > this.#settled) return;
    const inUse = this.#inUse;
    inUse.delete(file);
    inUse.add(file);
    if (inUse.size <= this.#mostOpen) return;
    for (const other of inUse) {
      if (other === file || !other.rest()) continue;
      inUse.delete(other);
      return;
    }
  };

  /** Notes the size that a file has now, and that it can become a segment. */
  #ready(file: SegmentFile): void {
    const bytes = file.size();
    this.totalBytes += bytes - file.bytes;
    file.bytes = bytes;
    this.#fs.syncDirectory(this.#directory);
    this.lastReady = Math.max(this.lastReady, file.number);
  }

  #letGo(file: SegmentFile): void {
    file.close();
    this.totalBytes -= file.bytes;
    this.#files.delete(file.number);
    this.#inUse.delete(file);
  }

  #problem(number: number, isNew: boolean, error: NodeJS.ErrnoException): DiskError {
    // What was filled so far would only take the space that others need.
    if (isNew && this.#files.has(number)) this.#remove(number);
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return new DiskFullError('the disk is full');
    return new DiskError(`preparing ${this.path(number)} failed: ${error.message}`);
  }

  #open(number: number): SegmentFile {
    return this.#files.get(number) ?? this.#keep(number, false);
  }

  #remove(number: number): void {
    const file = this.#files.get(number);
    if (file !== undefined) this.#letGo(file);
    this.#fs.remove(this.path(number));
  }

  path(number: number): string {
    return join(this.#directory, `${String(number).padStart(10, '0')}.journal`);
  }
}

/** Resolves when all that was written to a file is on the disk. */
function synced(file: JournalFile): Promise<void> {
  return new Promise((resolve, reject) => {
    file.sync((error) => (error === null ? resolve() : reject(error)));
  });
}
