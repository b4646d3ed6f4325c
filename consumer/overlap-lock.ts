import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';
import { ConfigError, errorMessage } from '../shared/errors.ts';

/** Counts as one run of a configuration until it is released. */
interface OverlapLock {
  release(): void;
}

/**
 * Takes one of the `runs` locks of the configuration `file`, each of which lets one run work; undefined when all are
 * held. The kernel drops a lock when the process ends, however it ends. Each lock is one byte of the file, whose
 * content stays as it is. (macOS locks whole files only: there, one run works at a time.)
 *
 * The kernel locks for writing only what may be written. Of a file that this user may only read, a lock file in
 * the temporary directory is used instead; such runs exclude only runs of the same user.
 *
 * @throws ConfigError when neither can be opened
 */
export function acquireOverlapLock(file: string, runs: number): OverlapLock | undefined {
  const descriptor = openWritable(file) ?? openStandIn(file);
  for (let run = 0; run < runs; run++) {
    if (tryLock(descriptor, run, 1)) return { release: () => closeSync(descriptor) };
  }
  closeSync(descriptor);
  return undefined;
}

function openWritable(file: string): number | undefined {
  try {
    return openSync(file, 'r+');
  } catch {
    return undefined;
  }
}

function openStandIn(file: string): number {
  const hash = createHash('sha256').update(realpathSync(file)).digest('hex').slice(0, 16);
  const path = join(tmpdir(), `memq-${process.getuid?.() ?? 'user'}-${hash}.lock`);
  try {
    // No link that another user may have put there is followed.
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new ConfigError(`${file} may not be written, and no lock file either: ${errorMessage(error)}`);
  }
}
