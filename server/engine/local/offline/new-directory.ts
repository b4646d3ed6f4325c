import fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DiskError, UsageError } from '../../../../shared/errors.ts';
import { nodeFileSystem } from '../journal/node-file-system.ts';

/** All that may be in a directory of which somebody made a part: others are not ours to remove. */
const OURS = /^(\d{10}\.journal|lock|pin)$/;

/** A data directory in the making. It gets its name when it is whole, so that a part of one is never taken for all. */
export class NewDirectory {
  readonly #target: string;
  /** Where it is made. */
  readonly path: string;

  /** Throws UsageError where the target is there already, and not empty. */
  constructor(target: string) {
    this.#target = resolve(target);
    this.path = `${this.#target}.partial`;
    if (namesIn(this.#target).length > 0) throw new UsageError(`${target} is there already`);
    if (namesIn(this.path).some((name) => !OURS.test(name)))
      throw new UsageError(`${this.path} is in the way`);
    fs.rmSync(this.path, { recursive: true, force: true });
    nodeFileSystem.makeDirectory(this.path);
  }

  /** Makes it durable, with its name. */
  finish(): void {
    for (const name of fs.readdirSync(this.path)) {
      const fd = fs.openSync(join(this.path, name), 'r');
      fs.fsyncSync(fd);
      fs.closeSync(fd);
    }
    nodeFileSystem.syncDirectory(this.path);
    fs.renameSync(this.path, this.#target);
    nodeFileSystem.syncDirectory(dirname(this.#target));
  }

  abandon(): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}

function namesIn(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new DiskError(`${directory} cannot be used: ${(error as Error).message}`);
  }
}
