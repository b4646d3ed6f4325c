import { join } from 'node:path';
import { DiskError, TryLaterError } from '../../../../shared/errors.ts';
import type { FileSystem } from './file-system.ts';

/** Whoever has this locked has the data directory. */
export const LOCK_FILE = 'lock';
/** While somebody has this locked, the files of freed segments are not used again: they may be being read. */
export const PIN_FILE = 'pin';

/** One process at a time may use a data directory; the kernel drops the lock however the process ends. */
export function lockDirectory(fileSystem: FileSystem, directory: string): { release(): void } {
  let lock: { release(): void } | undefined;
  try {
    fileSystem.makeDirectory(directory);
    lock = fileSystem.lock(join(directory, LOCK_FILE));
    // So that it is there for others to lock.
    fileSystem.lock(join(directory, PIN_FILE))?.release();
  } catch (error) {
    throw new DiskError(`${directory} cannot be used: ${(error as Error).message}`);
  }
  if (lock === undefined) throw new TryLaterError(`${directory} is in use by another memq-server`);
  return lock;
}
