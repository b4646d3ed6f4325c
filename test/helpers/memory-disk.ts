import { basename, dirname } from 'node:path';
import { setImmediate } from 'node:timers';
import type { FileSystem, JournalFile, Named } from '../../server/engine/log/local/file-system.ts';

/** What a disk writes as a whole or not at all. */
const SECTOR = 512;

/** A file's content, whatever its name is at the moment: as the system has it, and as the disk has it. */
class Inode {
  static #count = 0;
  readonly number = ++Inode.#count;
  bytes = Buffer.alloc(0);
  size = 0;
  durable = Buffer.alloc(0);
  durableSize = 0;
  /** Sectors written since they were last synced, with the number of the write. */
  readonly dirty = new Map<number, number>();

  resize(size: number): void {
    if (size > this.bytes.length) {
      const grown = Buffer.alloc(Math.max(size, 2 * this.bytes.length));
      this.bytes.copy(grown);
      this.bytes = grown;
    }
    this.size = Math.max(this.size, size);
  }

  copy(): Inode {
    const copy = this.copyDurable();
    copy.bytes = Buffer.from(this.bytes.subarray(0, this.size));
    copy.size = this.size;
    for (const [sector, write] of this.dirty) copy.dirty.set(sector, write);
    return copy;
  }

  /** What is left of it when the power goes. */
  copyDurable(): Inode {
    const copy = new Inode();
    copy.bytes = Buffer.from(this.durable.subarray(0, this.durableSize));
    copy.durable = Buffer.from(copy.bytes);
    copy.size = copy.durableSize = this.durableSize;
    return copy;
  }

  /** Brings sectors to the disk, with the content they have now. */
  persist(sectors: Iterable<number>, size: number): void {
    if (size > this.durable.length) {
      const grown = Buffer.alloc(this.bytes.length);
      this.durable.copy(grown);
      this.durable = grown;
    }
    this.durableSize = Math.max(this.durableSize, size);
    for (const sector of sectors) {
      this.bytes.copy(this.durable, sector * SECTOR, sector * SECTOR, Math.min((sector + 1) * SECTOR, size));
    }
  }
}

/**
 * A file system in memory that keeps what was written apart from what was synced. A crash leaves a copy of it
 * behind, so that whatever the crashed program still does to the old one does no harm.
 */
export class MemoryDisk implements FileSystem {
  /** Bytes that all files together may have; writing beyond fails with ENOSPC. */
  capacity = Number.POSITIVE_INFINITY;
  /** Every write, or every sync, fails with this error while it is set. */
  writeError: Error | undefined;
  syncError: Error | undefined;
  /** Called after every change: a moment at which a crash may come. */
  onChange: (() => void) | undefined;
  /** Reads off the event loop see what was there when they were asked for; else what is there when they end. */
  readsEarly = false;
  /** Syncs wait here for `releaseSyncs` while it is an array. */
  heldSyncs: (() => void)[] | undefined;
  /** Removals, renames and creations since the directory was synced, in order. */
  #names = new Map<string, Inode>();
  #namesLog: Map<string, Inode | undefined>[] = [];
  #durableNames = new Map<string, Inode>();
  readonly #locked = new Set<string>();
  #writes = 0;

  /** The process ends: all that was written is there, synced or not as it was. */
  kill(): MemoryDisk {
    const copy = new MemoryDisk();
    copy.capacity = this.capacity;
    const twins = new Map<Inode, Inode>();
    const twinOf = (inode: Inode): Inode => {
      const twin = twins.get(inode) ?? inode.copy();
      twins.set(inode, twin);
      return twin;
    };
    for (const [name, inode] of this.#names) copy.#names.set(name, twinOf(inode));
    for (const [name, inode] of this.#durableNames) copy.#durableNames.set(name, twinOf(inode));
    copy.#namesLog = this.#namesLog.map(
      (change) => new Map([...change].map(([name, inode]) => [name, inode && twinOf(inode)])),
    );
    return copy;
  }

  /**
   * The power goes: what was synced is there; of the rest, every sector for which `random` (in [0, 1)) says so,
   * and the first few of the changes of names.
   */
  powerCut(random: () => number): MemoryDisk {
    const names = new Map(this.#durableNames);
    const kept = Math.floor(random() * (this.#namesLog.length + 1));
    for (const change of this.#namesLog.slice(0, kept)) apply(change, names);
    for (const inode of new Set(names.values())) {
      const sectors = [...inode.dirty.keys()].filter(() => random() < 0.5);
      inode.persist(sectors, random() < 0.5 ? inode.size : inode.durableSize);
    }
    const copy = new MemoryDisk();
    copy.capacity = this.capacity;
    for (const [name, inode] of names) copy.#names.set(name, inode.copyDurable());
    copy.syncDirectory('');
    return copy;
  }

  get totalBytes(): number {
    let total = 0;
    for (const inode of new Set(this.#names.values())) total += inode.size;
    return total;
  }

  /** The content of a file, to look at or to damage. */
  contents(name: string): Buffer {
    const inode = this.#names.get(name) as Inode;
    return inode.bytes.subarray(0, inode.size);
  }

  /** Cuts a file off. */
  truncate(name: string, size: number): void {
    const inode = this.#names.get(name) as Inode;
    inode.size = Math.min(inode.size, size);
  }

  files(): string[] {
    return [...this.#names.keys()].sort();
  }

  /** Of the log. */
  segments(): string[] {
    return this.files().filter((name) => name.endsWith('.journal'));
  }

  releaseSyncs(): void {
    const held = this.heldSyncs ?? [];
    this.heldSyncs = undefined;
    for (const release of held) release();
  }

  makeDirectory(): void {}

  list(_directory: string): string[] {
    return [...this.#names.keys()];
  }

  named(path: string): Named | undefined {
    const inode = this.#names.get(basename(path));
    return inode && { identity: inode.number, size: inode.size };
  }

  open(path: string, create: boolean): JournalFile {
    const name = basename(path);
    let inode = this.#names.get(name);
    if (create) {
      if (inode !== undefined) throw failure('EEXIST', path);
      inode = new Inode();
      this.#changeNames(new Map([[name, inode]]));
    }
    if (inode === undefined) throw failure('ENOENT', path);
    return new MemoryFile(this, inode);
  }

  rename(from: string, to: string): void {
    if (dirname(from) !== dirname(to)) throw failure('EXDEV', from);
    const inode = this.#names.get(basename(from));
    if (inode === undefined) throw failure('ENOENT', from);
    this.#changeNames(
      new Map([
        [basename(from), undefined],
        [basename(to), inode],
      ]),
    );
  }

  remove(path: string): void {
    if (!this.#names.has(basename(path))) throw failure('ENOENT', path);
    this.#changeNames(new Map([[basename(path), undefined]]));
  }

  syncDirectory(_path: string): void {
    this.#namesLog = [];
    this.#durableNames = new Map(this.#names);
  }

  lock(path: string): { release(): void } | undefined {
    if (this.#locked.has(path)) return undefined;
    this.#locked.add(path);
    return {
      release: () => {
        this.#locked.delete(path);
      },
    };
  }

  write(inode: Inode, bytes: Uint8Array, position: number): void {
    if (this.writeError !== undefined) throw this.writeError;
    const end = position + bytes.length;
    if (end > inode.size && this.totalBytes + end - inode.size > this.capacity)
      throw failure('ENOSPC', 'write');
    inode.resize(end);
    inode.bytes.set(bytes, position);
    this.#writes++;
    for (let sector = Math.floor(position / SECTOR); sector * SECTOR < end; sector++) {
      inode.dirty.set(sector, this.#writes);
    }
    this.onChange?.();
  }

  /** Makes durable what is written by now; `done` says when it is. */
  sync(inode: Inode, done: (error: Error | null) => void): void {
    const sectors = [...inode.dirty];
    const { size } = inode;
    const finish = (): void => {
      if (this.syncError !== undefined) {
        done(this.syncError);
        return;
      }
      inode.persist(inode.dirty.keys(), size);
      for (const [sector, write] of sectors)
        if (inode.dirty.get(sector) === write) inode.dirty.delete(sector);
      done(null);
    };
    if (this.heldSyncs === undefined) setImmediate(finish);
    else this.heldSyncs.push(finish);
  }

  #changeNames(change: Map<string, Inode | undefined>): void {
    apply(change, this.#names);
    this.#namesLog.push(change);
    this.onChange?.();
  }
}

class MemoryFile implements JournalFile {
  readonly #disk: MemoryDisk;
  readonly #inode: Inode;
  #isClosed = false;

  constructor(disk: MemoryDisk, inode: Inode) {
    this.#disk = disk;
    this.#inode = inode;
  }

  write(bytes: Uint8Array, position: number): void {
    this.#assertOpen();
    this.#disk.write(this.#inode, bytes, position);
  }

  async writeLater(bytes: Uint8Array, position: number): Promise<void> {
    await later();
    this.write(bytes, position);
  }

  sync(done: (error: Error | null) => void): void {
    this.#assertOpen();
    this.#disk.sync(this.#inode, done);
  }

  syncNow(): void {
    this.#assertOpen();
    if (this.#disk.syncError !== undefined) throw this.#disk.syncError;
    this.#inode.persist(this.#inode.dirty.keys(), this.#inode.size);
    this.#inode.dirty.clear();
    this.#disk.onChange?.();
  }

  read(into: Uint8Array, position: number): number {
    this.#assertOpen();
    const { bytes, size } = this.#inode;
    const count = Math.max(0, Math.min(into.length, size - position));
    into.set(bytes.subarray(position, position + count));
    return count;
  }

  async readLater(into: Uint8Array, position: number): Promise<number> {
    const early = this.#disk.readsEarly ? this.read(into, position) : undefined;
    await later();
    return early ?? this.read(into, position);
  }

  size(): number {
    return this.#inode.size;
  }

  identity(): number {
    return this.#inode.number;
  }

  close(): void {
    this.#isClosed = true;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw failure('EBADF', 'closed file');
  }
}

function apply(change: Map<string, Inode | undefined>, names: Map<string, Inode>): void {
  for (const [name, inode] of change) {
    if (inode === undefined) names.delete(name);
    else names.set(name, inode);
  }
}

function later(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
