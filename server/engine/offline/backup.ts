import fs from 'node:fs';
import { basename, join } from 'node:path';
import { DiskError, DiskFullError } from '../../../shared/errors.ts';
import { BoundsFile } from '../log/local/bounds-file.ts';
import { damagedLog } from '../log/local/damage.ts';
import { nodeFileSystem } from '../log/local/node-file-system.ts';
import type { Reading } from '../log/local/reading.ts';
import { isServed, pinSegments } from './directory-hold.ts';
import { lostOf } from './inspection.ts';
import { NewDirectory } from './new-directory.ts';
import { readerDisk } from './reader-disk.ts';
import { type LostMessage, Survey } from './survey.ts';

export interface BackupReport {
  readonly messages: number;
  readonly queues: number;
  readonly segments: number;
  readonly bytes: number;
  /** What the log has lost already, and the copy therefore has not either. */
  readonly lost: readonly LostMessage[];
}

/**
 * Copies a data directory, whether a server is writing to it or not: the copy has all that was answered before, and is
 * what a crash at some later moment would have left. A server starts from it as it is. Rejects with DamagedError where
 * there is something that a start would refuse.
 */
export async function backup(directory: string, target: string): Promise<BackupReport> {
  const made = new NewDirectory(target);
  try {
    const pin = await pinSegments(directory);
    try {
      copy(directory, made.path);
    } finally {
      pin.release();
    }
    const report = verify(made.path);
    made.finish();
    return report;
  } catch (error) {
    made.abandon();
    throw isFull(error) ? new DiskFullError(`the disk of ${target} is full`) : error;
  }
}

/** Copies the segments of a directory, as far as records go, and what is on record of them. */
function copy(directory: string, target: string): void {
  const survey = look(directory);
  try {
    const { reading } = survey.contents;
    for (const { number, path, end, bytes } of reading.segments) {
      const file = fs.openSync(join(target, basename(path)), 'wx', 0o640);
      try {
        for (const piece of survey.bytesOf(number, end)) writeAll(file, piece);
        // A start takes a file that is shorter than it was for one that was cut.
        fs.ftruncateSync(file, bytes);
      } finally {
        fs.closeSync(file);
      }
    }
    writeBounds(reading, target);
  } finally {
    survey.close();
  }
}

/** As they are for the copy, which is that of a clean stop only where no server was running. */
function writeBounds({ bounds, segments, isClosed }: Reading, target: string): void {
  const [oldest, newest] = [segments[0], segments.at(-1)];
  if (bounds === undefined || oldest === undefined || newest === undefined) return;
  const file = new BoundsFile(nodeFileSystem, target);
  file.create({ ...bounds, oldest: oldest.number, newest: newest.number, synced: newest.end, isClosed });
  file.close();
}

/** A look at a directory without damage. */
function look(directory: string): Survey {
  const survey = Survey.open(readerDisk, directory, () => (isServed(directory) ? 'running' : 'start'));
  const [first] = survey.contents.damage;
  if (first === undefined) return survey;
  survey.close();
  throw damagedLog(first);
}

function verify(directory: string): BackupReport {
  const survey = new Survey(readerDisk, directory, 'start');
  try {
    const { state, reading, damage: found } = survey.contents;
    const [first] = found;
    if (first !== undefined) throw new DiskError(`${first.path} is not what was written to it`);
    return {
      messages: state.table.size - state.endedCount,
      queues: state.queues.size,
      segments: reading.segments.length,
      bytes: reading.segments.reduce((sum, { bytes }) => sum + bytes, 0),
      lost: lostOf(survey),
    };
  } finally {
    survey.close();
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += fs.writeSync(file, bytes, done);
}

function isFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
