import type { Random } from './random.ts';

/** What a disk writes as a whole or not at all, bytes. */
export const SECTOR = 512;

/** What was written to a sector since it was last synced. */
interface Version {
  /** Ascending over all files of the disk. */
  readonly write: number;
  readonly content: Buffer;
}

/** Which of the versions of a sector a power cut leaves: an index, or -1 for what was synced. */
export type Survival = (versions: readonly Version[]) => number;

/** A file's content, whatever its name is: as the system has it, and as the disk has it. */
export class Inode {
  static #count = 0;
  readonly number = ++Inode.#count;
  /** A whole number of sectors; zeros behind `size`. */
  #bytes = Buffer.alloc(0);
  #durable = Buffer.alloc(0);
  size = 0;
  durableSize = 0;
  /** By sector, oldest version first; the last one is what the system has. */
  readonly #unsynced = new Map<number, Version[]>();
  /** Sectors that a sync has failed for: the system takes them for synced, and the disk may not have them. */
  readonly #lost = new Set<number>();

  write(bytes: Uint8Array, position: number, write: number): void {
    if (bytes.length === 0) return;
    const end = position + bytes.length;
    this.#grow(end);
    this.#bytes.set(bytes, position);
    this.size = Math.max(this.size, end);
    const first = Math.floor(position / SECTOR);
    const last = Math.floor((end - 1) / SECTOR);
    const content = Buffer.from(this.#bytes.subarray(first * SECTOR, (last + 1) * SECTOR));
    for (let sector = first; sector <= last; sector++) {
      const start = (sector - first) * SECTOR;
      const version = { write, content: content.subarray(start, start + SECTOR) };
      const versions = this.#unsynced.get(sector);
      if (versions === undefined) this.#unsynced.set(sector, [version]);
      else versions.push(version);
      this.#lost.delete(sector);
    }
  }

  read(into: Uint8Array, position: number): number {
    const count = Math.max(0, Math.min(into.length, this.size - position));
    into.set(this.#bytes.subarray(position, position + count));
    return count;
  }

  get hasUnsyncedSectors(): boolean {
    return this.#unsynced.size > 0;
  }

  get firstUnsyncedWrite(): number {
    return Math.min(
      ...[...this.#unsynced.values()].map(([oldest]) => oldest?.write ?? Number.POSITIVE_INFINITY),
    );
  }

  /** Begins to bring to the disk what is written by now; the result ends that. */
  beginSync(): () => void {
    const counts = [...this.#unsynced].map(([sector, versions]) => [sector, versions.at(-1)?.write] as const);
    const { size } = this;
    return () => {
      for (const [sector, write] of counts) {
        const versions = this.#unsynced.get(sector) ?? [];
        const index = versions.findIndex((version) => version.write === write);
        if (index >= 0) this.#persist(sector, versions, index);
      }
      this.durableSize = Math.max(this.durableSize, size);
    };
  }

  /** A sync that fails: some of it comes to the disk, and the rest is not tried again. */
  failSync(random: Random): void {
    for (const [sector, versions] of [...this.#unsynced]) {
      if (random.chance(0.5)) {
        this.#persist(sector, versions, versions.length - 1);
      } else {
        this.#unsynced.delete(sector);
        this.#lost.add(sector);
      }
    }
    if (random.chance(0.5)) this.durableSize = Math.max(this.durableSize, this.size);
  }

  copy(): Inode {
    const twin = new Inode();
    twin.#bytes = Buffer.from(this.#bytes);
    twin.#durable = Buffer.from(this.#durable);
    twin.size = this.size;
    twin.durableSize = this.durableSize;
    for (const [sector, versions] of this.#unsynced) twin.#unsynced.set(sector, [...versions]);
    for (const sector of this.#lost) twin.#lost.add(sector);
    return twin;
  }

  /** What the next process finds. What the system took for synced may have left its memory. */
  afterKill(random: Random): Inode {
    const twin = this.copy();
    for (const sector of this.#lost) {
      if (random.chance(0.5)) continue;
      twin.#lost.delete(sector);
      twin.#durableSector(sector).copy(twin.#bytes, sector * SECTOR);
    }
    return twin;
  }

  /** What is on the disk when the power goes; `size` lies between that on the disk and that of the system. */
  afterPowerCut(survival: Survival, size: number): Inode {
    const twin = new Inode();
    twin.#grow(size);
    this.#durable.copy(twin.#bytes, 0, 0, Math.min(this.#durable.length, size));
    for (const [sector, versions] of this.#unsynced) {
      const version = versions[survival(versions)];
      if (version === undefined || sector * SECTOR >= size) continue;
      version.content.copy(twin.#bytes, sector * SECTOR, 0, Math.min(SECTOR, size - sector * SECTOR));
    }
    twin.#durable = Buffer.from(twin.#bytes);
    twin.size = twin.durableSize = size;
    return twin;
  }

  /** All of what it has. */
  get content(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.size));
  }

  /** Somebody puts something else there, on the disk and for the system. */
  replace(content: Buffer): void {
    this.#unsynced.clear();
    this.#lost.clear();
    this.#bytes = this.#durable = Buffer.alloc(0);
    this.#grow(content.length);
    content.copy(this.#bytes);
    this.#durable = Buffer.from(this.#bytes);
    this.size = this.durableSize = content.length;
  }

  #persist(sector: number, versions: Version[], index: number): void {
    versions[index].content.copy(this.#durableSector(sector));
    versions.splice(0, index + 1);
    if (versions.length === 0) this.#unsynced.delete(sector);
  }

  #durableSector(sector: number): Buffer {
    const start = sector * SECTOR;
    if (this.#durable.length < start + SECTOR) {
      const grown = Buffer.alloc(Math.max(this.#bytes.length, start + SECTOR));
      this.#durable.copy(grown);
      this.#durable = grown;
    }
    return this.#durable.subarray(start, start + SECTOR);
  }

  #grow(end: number): void {
    if (end <= this.#bytes.length) return;
    const grown = Buffer.alloc(Math.ceil(Math.max(end, 1.5 * this.#bytes.length) / SECTOR) * SECTOR);
    this.#bytes.copy(grown);
    this.#bytes = grown;
  }
}
