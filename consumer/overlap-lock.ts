import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';
import { ConfigError, errorCode, errorMessage } from '../shared/errors.ts';
import { whyUnreadable } from '../shared/unreadable.ts';
import type { Configuration } from './config/configuration.ts';
import { hasOnlyRecords, type RunRecord, readRecord, writeRecord } from './run-records.ts';

/** The place of one run among those that may work, until it is released. */
interface Place {
  readonly others: undefined;
  release(): void;
}

/** All places are taken. */
interface NoPlace {
  /** Says who is at work. */
  readonly others: string;
}

interface LockFiles {
  /** Whose bytes are locked, each by one run. */
  readonly locks: number;
  /** Who holds them; undefined where that cannot be kept. It may be the same file. */
  readonly records: number | undefined;
  /** To be removed when no run is at work any more. */
  readonly temporary?: string;
}

/**
 * Takes one of the places of a configuration, each of which lets one run work. A place is a byte of a file, locked by
 * the kernel, which drops the lock when the process ends, however it ends. (macOS locks whole files only: there, one
 * run works at a time.)
 *
 * The file is `lock`, where the configuration names one, else the configuration's own, whose content stays as it is. The
 * kernel locks for writing only what may be written: of a configuration that this user may only read, a file in the
 * temporary directory is used instead; such runs exclude only runs of the same user.
 *
 * @throws ConfigError when the file cannot be used
 */
export function acquireOverlapLock(
  config: Pick<Configuration, 'file' | 'lock' | 'overlap'>,
): Place | NoPlace {
  const files = config.lock === undefined ? besideConfiguration(config.file) : named(config);
  const { locks, records } = files;
  for (let run = 0; run < config.overlap; run++) {
    if (!tryLock(locks, run, 1)) continue;
    if (records !== undefined) attempt(() => writeRecord(records, run));
    return { others: undefined, release: () => release(files, config.overlap) };
  }
  const runs = Array.from({ length: config.overlap }, (_, run) =>
    records === undefined ? undefined : readRecord(records, run),
  );
  close(files);
  return { others: `${describe(runs)}; overlap = ${config.overlap} allows no more` };
}

function release(files: LockFiles, overlap: number): void {
  const { temporary } = files;
  // The lock is still held, so nobody else has a record there.
  if (temporary !== undefined && overlap === 1) attempt(() => rmSync(temporary, { force: true }));
  close(files);
}

/** Does what only helps people: a full disk keeps nobody from work. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // Others are told less.
  }
}

function close({ locks, records }: LockFiles): void {
  closeSync(locks);
  if (records !== undefined && records !== locks) closeSync(records);
}

/** Undefined: one of which no more is known. */
function describe(runs: readonly (RunRecord | undefined)[]): string {
  const known = runs
    .filter((run) => run !== undefined)
    .map(({ pid, since }) => `since ${clock(since)} (pid ${pid})`);
  const [only] = known;
  if (runs.length === 1) return `another run is at work${only === undefined ? '' : ` ${only}`}`;
  return `${runs.length} other runs are at work${known.length === 0 ? '' : `: ${known.join(', ')}`}`;
}

/** The time of the day, on another day with the date. */
function clock(time: Date): string {
  const [date, at] = time.toLocaleString('sv-SE').split(' ');
  const [today] = new Date().toLocaleString('sv-SE').split(' ');
  return `${date === today ? '' : `${date} `}${at?.slice(0, 5)}`;
}

function besideConfiguration(file: string): LockFiles {
  const standIn = join(tmpdir(), `memq-${process.getuid?.() ?? 'user'}-${hash(realpathSync(file))}.lock`);
  let locks: number | undefined;
  try {
    locks = openSync(file, 'r+');
  } catch {
    // The stand-in has to do.
  }
  try {
    const records = openLockFile(standIn);
    return locks === undefined ? { locks: records, records } : { locks, records, temporary: standIn };
  } catch (error) {
    if (locks !== undefined) return { locks, records: undefined };
    throw new ConfigError(
      `${file} may not be written, and no lock file either: ${errorMessage(error)}. Name one with lock = PATH`,
    );
  }
}

function named({ file, lock = '' }: Pick<Configuration, 'file' | 'lock'>): LockFiles {
  try {
    const locks = openLockFile(lock);
    return { locks, records: locks };
  } catch (error) {
    throw new ConfigError(`${file}: lock: ${errorMessage(error)}`);
  }
}

/**
 * Makes it where there is none. What is there already has to be such a file: nobody's link is followed, and nothing
 * else is written to.
 */
function openLockFile(path: string): number {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    if (errorCode(error) === 'ELOOP') throw new Error(`${path} is a symbolic link: name the file itself`);
    const hint = errorCode(error) === 'EACCES' ? '; all runs that share it have to be of one user' : '';
    throw new Error(`it cannot be opened: ${whyUnreadable(path, error)}${hint}`);
  }
  if (fstatSync(descriptor).isFile() && hasOnlyRecords(descriptor)) return descriptor;
  closeSync(descriptor);
  throw new Error(
    `${path} is no lock file of memq-consume, and is left as it is: name a file that is not there yet`,
  );
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
