import { diskError } from './faults.ts';
import { Inode } from './inode.ts';
import type { PowerCut } from './power-cut.ts';
import type { Random } from './random.ts';

/** What a creation, a removal or a rename does to names: all of it or nothing. */
type Change = ReadonlyMap<string, Inode | undefined>;

/** Names of files: as the system has them, and as the disk has them. */
export class Directory {
  names = new Map<string, Inode>();
  #durable = new Map<string, Inode>();
  /** Since the last sync, in order. */
  #changes: Change[] = [];

  create(name: string): Inode {
    const inode = new Inode();
    this.#change(new Map([[name, inode]]));
    return inode;
  }

  rename(from: string, to: string): void {
    const inode = this.#get(from);
    this.#change(
      new Map([
        [from, undefined],
        [to, inode],
      ]),
    );
  }

  remove(name: string): void {
    this.#get(name);
    this.#change(new Map([[name, undefined]]));
  }

  /** Somebody takes it away, on the disk and for the system. */
  lose(name: string): void {
    this.names.delete(name);
    this.sync();
  }

  sync(): void {
    this.#durable = new Map(this.names);
    this.#changes = [];
  }

  get totalBytes(): number {
    let total = 0;
    for (const { size } of new Set(this.names.values())) total += size;
    return total;
  }

  get hasUnsyncedNames(): boolean {
    return this.#changes.length > 0;
  }

  /** Whether anything was written since it was synced. */
  get hasUnsyncedSectors(): boolean {
    return [...this.names.values()].some((inode) => inode.hasUnsyncedSectors);
  }

  /** The number of the first write that is not synced; `next` when all are. */
  firstUnsyncedWrite(next: number): number {
    return Math.min(next, ...[...this.names.values()].map((inode) => inode.firstUnsyncedWrite));
  }

  copy(): Directory {
    return this.#twin((inode) => inode.copy());
  }

  afterKill(random: Random): Directory {
    return this.#twin((inode) => inode.afterKill(random));
  }

  #twin(copyOf: (inode: Inode) => Inode): Directory {
    const twins = new Map<Inode, Inode>();
    const twinOf = (inode: Inode): Inode => {
      const twin = twins.get(inode) ?? copyOf(inode);
      twins.set(inode, twin);
      return twin;
    };
    const copy = (names: Change) =>
      [...names].map(([name, inode]) => [name, inode && twinOf(inode)] as const);
    const after = new Directory();
    after.names = new Map(copy(this.names)) as Map<string, Inode>;
    after.#durable = new Map(copy(this.#durable)) as Map<string, Inode>;
    after.#changes = this.#changes.map((change) => new Map(copy(change)));
    return after;
  }

  afterPowerCut(cut: PowerCut): Directory {
    const names = new Map(this.#durable);
    const kept = cut.names(this.#changes.length);
    for (const [index, change] of this.#changes.entries()) if (kept[index]) apply(change, names);
    const after = new Directory();
    for (const [name, inode] of names) {
      after.names.set(name, inode.afterPowerCut(cut.survival, cut.size(inode.durableSize, inode.size)));
    }
    after.sync();
    return after;
  }

  #get(name: string): Inode {
    const inode = this.names.get(name);
    if (inode === undefined) throw diskError('ENOENT', name);
    return inode;
  }

  #change(change: Change): void {
    apply(change, this.names);
    this.#changes.push(change);
  }
}

function apply(change: Change, names: Map<string, Inode>): void {
  for (const [name, inode] of change) {
    if (inode === undefined) names.delete(name);
    else names.set(name, inode);
  }
}
