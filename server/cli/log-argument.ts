import fs from 'node:fs';
import { DiskError, errorCode, errorMessage, UsageError } from '../../shared/errors.ts';
import { BOUNDS_FILE } from '../engine/log/local/bounds-file.ts';

/** Throws a UsageError where there is no log, and a DiskError where that cannot be seen. */
export function requireLog(directory: string): void {
  let names: string[];
  try {
    names = fs.readdirSync(directory);
  } catch (error) {
    const text = `${directory} cannot be read: ${errorMessage(error)}`;
    const isWrong = ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '');
    throw isWrong ? new UsageError(text) : new DiskError(text);
  }
  if (!names.some((name) => name.endsWith('.journal') || name === BOUNDS_FILE))
    throw new UsageError(`${directory} has no log of messages`);
}
