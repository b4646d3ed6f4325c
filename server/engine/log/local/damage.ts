import { dirname } from 'node:path';
import { DamagedError } from '../../../../shared/errors.ts';

/** What is wrong with a file of the journal, and how to have the rest of it. */
export function damage(path: string, problem: string): DamagedError {
  return new DamagedError(
    `${path} ${problem}. "memq-server salvage ${dirname(path)}" copies all that can be read into a new directory`,
  );
}

/** Records that were on the disk are not there any more. */
export function damagedRecords(path: string, offset: number): DamagedError {
  return damage(path, `is damaged at offset ${offset}: records that were on the disk are not there any more`);
}

/** One message is not what was written. */
export function damagedMessage(path: string, offset: number): DamagedError {
  return new DamagedError(`${path} is damaged at offset ${offset}: the message there cannot be read`);
}
