import { join } from 'node:path';
import { DiskError, TryLaterError } from '../../../../shared/errors.ts';
import type { FileSystem } from './file-system.ts';

/** One process at a time may use a data directory; the kernel drops the lock however the process ends. */
export function lockDirectory(fileSystem: FileSystem, directory: string): { release(): void } {
  let lock: { release(): void } | undefined;
  try {
    fileSystem.makeDirectory(directory);
    lock = fileSystem.lock(join(directory, 'lock'));
  } catch (error) {
    throw new DiskError(`${directory} cannot be used: ${(error as Error).message}`);
  }
  if (lock === undefined) throw new TryLaterError(`${directory} is in use by another memq-server`);
  return lock;
}
