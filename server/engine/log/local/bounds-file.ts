import { dirname, join } from 'node:path';
import { DiskFullError } from '../../../../shared/errors.ts';
import { BOUNDS_SIZE, type Bounds, readBounds, writeBounds } from '../codec/bounds.ts';
import type { FileSystem, JournalFile } from './file-system.ts';
import { isUnreadable } from './read-around.ts';

/** The file's name in the data directory. */
export const BOUNDS_FILE = 'bounds';

/** Where its two copies are: apart from each other by what any disk writes at once. */
const COPIES = [0, 4096];
const SIZE = 8192;

/**
 * What is on record of a log as a whole, in a file of its own. It is there twice, and is written in place, one copy after
 * the other, each synced: so one is whole whatever happens, and a full disk refuses nothing. What it says holds from
 * before the first write until after the last sync: whoever frees a segment waits for it, and so does whoever writes
 * behind a clean end.
 */
export class BoundsFile {
  readonly #fs: FileSystem;
  readonly path: string;
  #file: JournalFile | undefined;
  #bounds: Bounds | undefined;
  #lastUpdate: Promise<void> = Promise.resolve();

  constructor(fs: FileSystem, directory: string) {
    this.#fs = fs;
    this.path = join(directory, BOUNDS_FILE);
  }

  /** What was read or written last. */
  get current(): Bounds | undefined {
    return this.#bounds;
  }

  /** Which file it is, once it is open. */
  get identity(): number | undefined {
    return this.#file?.identity();
  }

  /** Whether there is such a file. */
  get exists(): boolean {
    return this.#open() !== undefined;
  }

  /** What it says; undefined where it is missing, or no copy is whole. */
  read(): Bounds | undefined {
    this.#bounds = undefined;
    for (const at of COPIES) {
      const found = this.#readCopy(at);
      if (found !== undefined && found.sequence > (this.#bounds?.sequence ?? 0)) this.#bounds = found;
    }
    return this.#bounds;
  }

  /** Makes it, durable, with its name; one that is there and says nothing is made anew. */
  create(bounds: Omit<Bounds, 'sequence'>): void {
    const next = { ...bounds, sequence: 1 };
    const bytes = Buffer.alloc(SIZE);
    for (const at of COPIES) writeBounds(next).copy(bytes, at);
    try {
      this.#file = this.#open() ?? this.#fs.open(this.path, true);
      this.#file.write(bytes, 0);
      this.#file.syncNow();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw code === 'ENOSPC' || code === 'EDQUOT' ? new DiskFullError('the disk is full') : error;
    }
    // The name.
    this.#fs.syncDirectory(dirname(this.path));
    this.#bounds = next;
  }

  /** Changes what it says, behind all changes that were asked for before; resolves when that is on the disk. */
  update(changes: Partial<Bounds>): Promise<void> {
    const update = this.#lastUpdate.then(() => this.#write(changes));
    this.#lastUpdate = update.catch(() => {});
    return update;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  async #write(changes: Partial<Bounds>): Promise<void> {
    const file = this.#file as JournalFile;
    const bounds = this.#bounds as Bounds;
    const next = { ...bounds, ...changes, sequence: bounds.sequence + 1 };
    // From now on, since a write that fails may have come to the disk.
    this.#bounds = next;
    const bytes = writeBounds(next);
    for (const at of COPIES) {
      file.write(bytes, at);
      await new Promise<void>((resolve, reject) => {
        file.sync((error) => (error === null ? resolve() : reject(error)));
      });
    }
  }

  #readCopy(at: number): Bounds | undefined {
    const bytes = Buffer.alloc(BOUNDS_SIZE);
    try {
      if (this.#open()?.read(bytes, at) !== BOUNDS_SIZE) return undefined;
    } catch (error) {
      if (isUnreadable(error)) return undefined;
      throw error;
    }
    return readBounds(bytes);
  }

  #open(): JournalFile | undefined {
    if (this.#file !== undefined) return this.#file;
    try {
      this.#file = this.#fs.open(this.path, false);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    return this.#file;
  }
}
