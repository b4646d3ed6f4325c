import { join } from 'node:path';
import { TryLaterError } from '../../../../shared/errors.ts';
import type { FileSystem } from './file-system.ts';

/** One process at a time may use a data directory; the kernel drops the lock however the process ends. */
export function lockDirectory(fileSystem: FileSystem, directory: string): { release(): void } {
  fileSystem.makeDirectory(directory);
  const lock = fileSystem.lock(join(directory, 'lock'));
  if (lock === undefined) throw new TryLaterError(`${directory} is in use by another memq-server`);
  return lock;
}
