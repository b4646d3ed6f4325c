import fs from 'node:fs';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { tryLock, unlock } from 'fs-native-extensions';
import type { FileSystem, JournalFile } from './file-system.ts';

const write = promisify(fs.write);
const read = promisify(fs.read);

class NodeFile implements JournalFile {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(bytes: Uint8Array, position: number): void {
    let done = fs.writeSync(this.#fd, bytes, 0, bytes.length, position);
    // A short write is legal; the rest of it, or the reason, comes with the next call.
    while (done < bytes.length) {
      done += fs.writeSync(this.#fd, bytes, done, bytes.length - done, position + done);
    }
  }

  async writeLater(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      done += (await write(this.#fd, bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
  }

  sync(done: (error: Error | null) => void): void {
    fs.fdatasync(this.#fd, done);
  }

  syncNow(): void {
    fs.fdatasyncSync(this.#fd);
  }

  read(into: Uint8Array, position: number): number {
    let done = 0;
    while (done < into.length) {
      const count = fs.readSync(this.#fd, into, done, into.length - done, position + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  async readLater(into: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await read(this.#fd, into, done, into.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
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
}

export const nodeFileSystem: FileSystem = {
  makeDirectory(path) {
    // Node's own `recursive` never ends where the kernel lets nobody make anything, as in /proc.
    const missing: string[] = [];
    for (let each = resolve(path); !fs.existsSync(each); each = dirname(each)) missing.unshift(each);
    for (const each of missing) {
      fs.mkdirSync(each, 0o750);
      // It is an entry in the one above, which has to come to the disk as well.
      nodeFileSystem.syncDirectory(dirname(each));
    }
  },

  list: (directory) => fs.readdirSync(directory),

  named(path) {
    const found = fs.statSync(path, { throwIfNoEntry: false });
    return found && { identity: found.ino, size: found.size };
  },

  open: (path, create) => new NodeFile(fs.openSync(path, create ? 'wx+' : 'r+', 0o640)),
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => fs.unlinkSync(path),

  syncDirectory(path) {
    const fd = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },

  lock(path) {
    const fd = fs.openSync(path, 'a+', 0o640);
    if (!tryLock(fd)) {
      fs.closeSync(fd);
      return undefined;
    }
    return {
      release() {
        unlock(fd);
        fs.closeSync(fd);
      },
    };
  },
};
