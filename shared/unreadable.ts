import { statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { errorCode, errorMessage } from './errors.ts';

/** Why a file cannot be read, or opened, with its whole path; `error` is what the system said to that. */
export function whyUnreadable(file: string, error: unknown): string {
  const path = resolve(file);
  const directory = dirname(path);
  const code = errorCode(error);
  switch (code) {
    case 'ENOENT':
      return isDirectory(directory)
        ? `there is no ${basename(path)} in ${directory} (${code})`
        : `there is no directory ${directory} (${code})`;
    case 'ENOTDIR':
      return `${directory} is no directory (${code})`;
    case 'EISDIR':
      return `${path} is a directory (${code})`;
    case 'EACCES':
    case 'EPERM':
      return `user ${process.getuid?.()}, who runs this, has no right to open ${path} (${code})`;
    default:
      return `${path}: ${errorMessage(error)}`;
  }
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
