import fs from 'node:fs';
import { join } from 'node:path';
import { tryLock, waitForLock } from 'fs-native-extensions';
import { TryLaterError } from '../../../shared/errors.ts';
import { LOCK_FILE, PIN_FILE } from '../log/local/lock.ts';

export interface Hold {
  release(): void;
}

/** Whether a server has the data directory. */
export function isServed(directory: string): boolean {
  const lock = openToRead(join(directory, LOCK_FILE));
  if (lock === undefined) return false;
  const isFree = tryLock(lock, 0, 0, { shared: true });
  fs.closeSync(lock);
  return !isFree;
}

/** Keeps servers out of a data directory. Throws TryLaterError when one has it. */
export function keepServersOut(directory: string): Hold {
  const lock = openToRead(join(directory, LOCK_FILE));
  // No server has ever been there.
  if (lock === undefined) return { release() {} };
  if (tryLock(lock, 0, 0, { shared: true })) return { release: () => fs.closeSync(lock) };
  fs.closeSync(lock);
  throw new TryLaterError(`${directory} is in use by a memq-server, which has to be stopped first`);
}

/**
 * Keeps a server, if there is one, from writing over the files of segments that it frees: whoever has opened them from
 * here on reads what they were. The kernel drops it however the process ends.
 */
export async function pinSegments(directory: string): Promise<Hold> {
  const pin = openToRead(join(directory, PIN_FILE));
  if (pin === undefined) return { release() {} };
  // A server has it for moments only.
  await waitForLock(pin, 0, 0, { shared: true });
  return { release: () => fs.closeSync(pin) };
}

function openToRead(path: string): number | undefined {
  try {
    return fs.openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
