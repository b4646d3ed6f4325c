import { statSync } from 'node:fs';

/** Bits of a file's mode. */
const READABLE_BY_OTHERS = 0o004;

/** What to say of a file of passwords or keys that everybody may read. */
export const READABLE_BY_ALL =
  'every user of this machine may read this file of passwords or keys: chmod o-r';

/** Those of the files that every user of the machine may read. */
export function readableByAll(files: readonly (string | undefined)[]): string[] {
  return files.filter((file) => file !== undefined).filter(isForAll);
}

function isForAll(path: string): boolean {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  return (mode & READABLE_BY_OTHERS) !== 0;
}
