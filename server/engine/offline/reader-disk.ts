import fs from 'node:fs';
import type { FileSystem, JournalFile } from '../log/local/file-system.ts';
import { isUnreadable } from '../log/local/read-around.ts';

/** What a disk reads as a whole or not at all, at most. */
const PIECE = 4096;

/** A file that is only read. What the disk cannot read is zeros, which no CRC takes for what was written. */
class ReaderFile implements JournalFile {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = fs.openSync(path, 'r');
  }

  read(into: Uint8Array, position: number): number {
    let done = 0;
    while (done < into.length) {
      const count = this.#readSome(into, done, position + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  async readLater(into: Uint8Array, position: number): Promise<number> {
    return this.read(into, position);
  }

  size(): number {
    return fs.fstatSync(this.#fd).size;
  }

  identity(): number {
    return fs.fstatSync(this.#fd).ino;
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  write(): never {
    return refuse();
  }
  writeLater(): never {
    return refuse();
  }
  sync(): never {
    return refuse();
  }
  syncNow(): never {
    return refuse();
  }

  #readSome(into: Uint8Array, from: number, position: number): number {
    try {
      return fs.readSync(this.#fd, into, from, into.length - from, position);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
    const length = Math.min(into.length - from, PIECE - (position % PIECE));
    try {
      return fs.readSync(this.#fd, into, from, length, position);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      into.fill(0, from, from + length);
      return length;
    }
  }
}

/** The disk for those who only look. */
export const readerDisk: FileSystem = {
  list: (directory) => fs.readdirSync(directory),
  open: (path, create) => (create ? refuse() : new ReaderFile(path)),
  named: refuse,
  makeDirectory: refuse,
  rename: refuse,
  remove: refuse,
  syncDirectory: refuse,
  lock: refuse,
};

function refuse(): never {
  throw new Error('this disk is only read');
}
