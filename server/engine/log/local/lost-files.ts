import { basename } from 'node:path';
import type { FileSystem } from './file-system.ts';
import type { SegmentFiles } from './segment-files.ts';

/** Files that are looked at in one turn: what takes about a millisecond. */
const LOOKED_AT = 250;

/** A file that has to be there. */
interface Wanted {
  readonly path: string;
  readonly identity: number;
  /** Its least size, bytes. */
  readonly size: number;
}

/** Notices when somebody takes away, replaces or cuts files of the log while it is served from. */
export class LostFiles {
  readonly #fs: FileSystem;
  readonly #directory: string;
  readonly #files: SegmentFiles;
  /** The first one that is looked at next. */
  #next = 0;

  constructor(fs: FileSystem, directory: string, files: SegmentFiles) {
    this.#fs = fs;
    this.#directory = directory;
    this.#files = files;
  }

  /**
   * What has become of a file that is not what it was; undefined where all are. All names are looked for, and of very many
   * files some are looked at each time. Where it cannot be looked, as when there is no descriptor left, nothing is told.
   */
  find(): string | undefined {
    try {
      return this.#find();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === 'ENOENT' || code === 'ENOTDIR' ? `${this.#directory} is missing` : undefined;
    }
  }

  #find(): string | undefined {
    const names = new Set(this.#fs.list(this.#directory));
    const wanted = this.#wanted();
    const missing = wanted.find(({ path }) => !names.has(basename(path)));
    if (missing !== undefined) return `${missing.path} is missing`;
    if (this.#next >= wanted.length) this.#next = 0;
    const looked = wanted.slice(this.#next, this.#next + LOOKED_AT);
    this.#next += LOOKED_AT;
    for (const each of looked) {
      const problem = this.#problemOf(each);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #problemOf({ path, identity, size }: Wanted): string | undefined {
    const found = this.#fs.named(path);
    if (found === undefined) return `${path} is missing`;
    if (found.identity !== identity) return `${path} was replaced`;
    return found.size < size ? `${path} was cut to ${found.size} bytes` : undefined;
  }

  #wanted(): Wanted[] {
    const { bounds, all } = this.#files;
    const wanted: Wanted[] = [];
    for (const file of all) {
      wanted.push({ path: this.#files.path(file.number), identity: file.identity(), size: file.bytes });
    }
    const { path, identity } = bounds;
    if (identity !== undefined) wanted.push({ path, identity, size: 0 });
    return wanted;
  }
}
