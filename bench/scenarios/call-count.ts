import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'calls';

/** Leaves a number of calls in the working directory; several processes may do so. */
export function leaveCount(calls: number): void {
  appendFileSync(FILE, `${calls}\n`);
}

/** The sum of all that was left in `directory`. Throws if nothing was. */
export function collectCounts(directory: string): number {
  const lines = readFileSync(join(directory, FILE), 'utf8').trim().split('\n');
  return lines.reduce((sum, line) => sum + Number(line), 0);
}
