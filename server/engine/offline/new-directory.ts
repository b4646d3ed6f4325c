import fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DiskError, TryLaterError, UsageError } from '../../../shared/errors.ts';
import { PIN_FILE } from '../log/local/lock.ts';
import { nodeFileSystem } from '../log/local/node-file-system.ts';

/** All that may be in a directory of which somebody made a part: others are not ours to remove. */
const OURS = /^(\d{10}\.journal|bounds|lock|pin)$/;

/** A data directory in the making. It gets its name when it is whole, so that a part of one is never taken for all. */
export class NewDirectory {
  readonly #target: string;
  /** Where it is made. */
  readonly path: string;
  /** One process at a time makes it; of one that was killed there is a part, which the next one clears away. */
  readonly #lock: { release(): void };

  /** Throws UsageError where the target cannot become one, TryLaterError where somebody else is making it. */
  constructor(target: string) {
    this.#target = resolve(target);
    this.path = `${this.#target}.partial`;
    if (namesIn(this.#target).length > 0) throw new UsageError(`${target} is there already`);
    if (isMountPoint(this.#target))
      throw new UsageError(`${target} is a mount point; name a directory in it`);
    if (namesIn(this.path).some((name) => !OURS.test(name)))
      throw new UsageError(`${this.path} is in the way`);
    try {
      nodeFileSystem.makeDirectory(this.path);
      const lock = nodeFileSystem.lock(join(this.path, PIN_FILE));
      if (lock === undefined) throw new TryLaterError(`${target} is being made by another process`);
      this.#lock = lock;
      for (const name of namesIn(this.path)) if (name !== PIN_FILE) fs.unlinkSync(join(this.path, name));
    } catch (error) {
      throw error instanceof TryLaterError ? error : unusable(target, error as Error);
    }
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
    this.#lock.release();
  }

  abandon(): void {
    fs.rmSync(this.path, { recursive: true, force: true });
    this.#lock.release();
  }
}

function namesIn(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unusable(directory, error as Error);
  }
}

/** Whether another file system begins there: nothing can be renamed to that. */
function isMountPoint(directory: string): boolean {
  if (!fs.existsSync(directory)) return false;
  return fs.statSync(directory).dev !== fs.statSync(dirname(directory)).dev;
}

function unusable(directory: string, { message }: Error): DiskError {
  return new DiskError(`${directory} cannot be used: ${message}`);
}
