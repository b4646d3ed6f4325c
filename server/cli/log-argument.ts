import fs from 'node:fs';
import { UsageError } from '../../shared/errors.ts';
import { BOUNDS_FILE } from '../engine/log/local/bounds-file.ts';

/** Throws a UsageError where there is no log. */
export function requireLog(directory: string): void {
  let names: string[];
  try {
    names = fs.readdirSync(directory);
  } catch (error) {
    throw new UsageError(`${directory} cannot be read: ${(error as Error).message}`);
  }
  if (!names.some((name) => name.endsWith('.journal') || name === BOUNDS_FILE))
    throw new UsageError(`${directory} has no log of messages`);
}
