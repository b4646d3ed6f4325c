import { statSync } from 'node:fs';
import type { ServerConfig } from './config.ts';

/** Bits of a file's mode. */
const READABLE_BY_OTHERS = 0o004;

/** The files of passwords and keys that every user of the machine may read. */
export function secretsForAll({ authFile, tls }: Pick<ServerConfig, 'authFile' | 'tls'>): string[] {
  return [authFile, tls?.key].filter((path) => path !== undefined).filter(isForAll);
}

function isForAll(path: string): boolean {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  return (mode & READABLE_BY_OTHERS) !== 0;
}
