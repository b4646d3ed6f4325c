import { basename } from 'node:path';
import type { FileSystem, JournalFile, Named } from '../../server/engine/log/local/file-system.ts';
import { Directory } from './directory.ts';
import type { Poll } from './event-loop.ts';
import { type Call, Crash, diskError, type Fate, type Faults, NO_FAULTS } from './faults.ts';
import { SimulatedFile } from './file.ts';
import type { Inode } from './inode.ts';
import { randomPowerCut } from './power-cut.ts';
import type { Random } from './random.ts';

/** Something that was asked for and is done at a later turn, in any order. */
interface Pending {
  readonly done: () => void;
  /** What the process may have got done of it when it is killed. */
  readonly killed?: () => void;
}

/**
 * A disk of one directory that keeps what was written and what was synced apart. It can crash or fail at every call;
 * a crash leaves it dead, and another disk in its place is what the next process or the next start finds.
 */
export class SimulatedDisk implements FileSystem, Poll {
  readonly random: Random;
  faults: Faults;
  /** Bytes that all files together may have. */
  capacity = Number.POSITIVE_INFINITY;
  /** How likely what is under way is done in a turn. */
  speed = 1;
  /** What a sync takes, milliseconds; called with that. */
  onBusy: (ms: number) => void = () => {};
  syncMs = 0;
  isDead = false;
  readonly calls = new Map<Call, number>();
  /** What a program must not do, whatever happens. */
  readonly offences: string[] = [];
  readonly #directory: Directory;
  #writes = 0;
  readonly #locked = new Set<string>();
  #pending: Pending[] = [];

  constructor(random: Random, faults = NO_FAULTS, directory = new Directory()) {
    this.random = random;
    this.faults = faults;
    this.#directory = directory;
  }

  /** Another disk with the same on it, to look at. */
  copy(random = this.random.fork()): SimulatedDisk {
    return this.#next(random, this.#directory.copy());
  }

  /** The process ends: all that was written is there. */
  afterKill(random: Random): SimulatedDisk {
    for (const { killed } of this.#pending) killed?.();
    return this.#next(random, this.#directory.afterKill(random));
  }

  /** The power goes: what was synced is there, and of the rest what chance says. */
  afterPowerCut(random: Random): SimulatedDisk {
    const cut = randomPowerCut(
      random,
      this.#directory.firstUnsyncedWrite(this.#writes + 1),
      this.#writes + 1,
    );
    return this.#next(random, this.#directory.afterPowerCut(cut));
  }

  get hasUnsyncedNames(): boolean {
    return this.#directory.hasUnsyncedNames;
  }

  get hasUnsyncedSectors(): boolean {
    return this.#directory.hasUnsyncedSectors;
  }

  get isSynced(): boolean {
    return !this.hasUnsyncedNames && !this.hasUnsyncedSectors;
  }

  get totalBytes(): number {
    return this.#directory.totalBytes;
  }

  get files(): ReadonlyMap<string, Inode> {
    return this.#directory.names;
  }

  /** Somebody takes a file away. */
  lose(name: string): void {
    this.#directory.lose(name);
  }

  // What is under way.

  get isEmpty(): boolean {
    return this.isDead || this.#pending.length === 0;
  }

  take(): (() => void)[] {
    if (this.isEmpty) return [];
    const taken = this.random.shuffled(this.#pending.filter(() => this.random.chance(this.speed)));
    return taken.map((pending) => () => {
      if (this.isDead) return;
      this.#pending = this.#pending.filter((each) => each !== pending);
      pending.done();
    });
  }

  later(pending: Pending): void {
    this.#pending.push(pending);
  }

  // File system.

  makeDirectory(): void {
    this.call('makeDirectory', () => {});
  }

  list(): string[] {
    return this.call('list', () => this.random.shuffled([...this.#directory.names.keys()]));
  }

  named(path: string): Named | undefined {
    const inode = this.#directory.names.get(basename(path));
    return inode && { identity: inode.number, size: inode.size };
  }

  open(path: string, create: boolean): JournalFile {
    const name = basename(path);
    return this.call(create ? 'create' : 'open', () => {
      const known = this.#directory.names.get(name);
      if (create && known !== undefined) throw diskError('EEXIST', path);
      if (!create && known === undefined) throw diskError('ENOENT', path);
      if (create && this.totalBytes >= this.capacity) throw diskError('ENOSPC', path);
      return new SimulatedFile(this, known ?? this.#directory.create(name), name);
    });
  }

  rename(from: string, to: string): void {
    this.call('rename', () => this.#directory.rename(basename(from), basename(to)));
  }

  remove(path: string): void {
    this.call('remove', () => this.#directory.remove(basename(path)));
  }

  syncDirectory(): void {
    this.call('syncDirectory', () => this.#directory.sync());
  }

  lock(path: string): { release(): void } | undefined {
    return this.call('lock', () => {
      if (this.#locked.has(path)) return undefined;
      this.#locked.add(path);
      return {
        release: () => {
          this.call('unlock', () => {
            this.#locked.delete(path);
          });
        },
      };
    });
  }

  /** Does what a call is to do, unless it is its fate to fail or to crash. `part`: what it may get done of it. */
  call<T>(call: Call, act: () => T, part: (error: 'EIO' | undefined) => void = () => {}): T {
    const fate = this.begin(call);
    if (fate === 'crash within') {
      part(undefined);
      this.die();
    }
    if (fate === 'fail') {
      part('EIO');
      throw diskError('EIO', call);
    }
    const result = act();
    if (fate === 'crash after') this.die();
    return result;
  }

  begin(call: Call): Fate {
    if (this.isDead) throw new Crash();
    this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
    const fate = this.faults.fate(call);
    if (fate === 'crash before') this.die();
    return fate;
  }

  /** The same for what is done at a later turn: by then somebody else may decide what becomes of calls. */
  beginLater(call: Call): () => Fate {
    const { faults } = this;
    const fate = this.begin(call);
    return () => (faults === this.faults ? fate : 'well');
  }

  die(): never {
    this.isDead = true;
    throw new Crash();
  }

  /** Writes all of it, or what there is room for. */
  write(inode: Inode, bytes: Uint8Array, position: number): void {
    const room = inode.size + Math.max(0, this.capacity - this.totalBytes);
    const fits = Math.max(0, Math.min(bytes.length, room - position));
    const length = position + bytes.length <= inode.size ? bytes.length : fits;
    inode.write(bytes.subarray(0, length), position, ++this.#writes);
    if (length < bytes.length) throw diskError('ENOSPC', 'write');
  }

  #next(random: Random, directory: Directory): SimulatedDisk {
    const next = new SimulatedDisk(random, NO_FAULTS, directory);
    next.capacity = this.capacity;
    next.#writes = this.#writes;
    return next;
  }
}
