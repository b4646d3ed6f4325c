import { dirname } from 'node:path';
import { DamagedError } from '../../../../shared/errors.ts';
import type { DamageKind } from './reading.ts';

/** What is wrong with a file of the log, and how to have the rest of it. */
export function damage(path: string, problem: string): DamagedError {
  return new DamagedError(
    `${path} ${problem}. "memq-server salvage ${dirname(path)}" copies all that can be read into a new directory`,
  );
}

/** Where a log is damaged: a whole file may be missing. */
interface DamagedPlace {
  readonly path: string;
  readonly offset: number;
  readonly what: DamageKind;
}

/** Records that were on the disk are not there any more. */
export function damagedLog({ path, offset, what }: DamagedPlace): DamagedError {
  if (what === 'file') return damage(path, 'is missing');
  if (what === 'bounds') {
    return damage(path, 'is damaged, or of another log: nothing else tells which files there have to be');
  }
  if (what === 'cut')
    return damage(path, `was longer than the ${offset} bytes that it has: its end is missing`);
  return damage(path, `is damaged at offset ${offset}: records that were on the disk are not there any more`);
}

/** One message is not what was written. */
export function damagedMessage(path: string, offset: number): DamagedError {
  return new DamagedError(`${path} is damaged at offset ${offset}: the message there cannot be read`);
}
