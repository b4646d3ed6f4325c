import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Result } from './command.ts';

export const MEMQ_BINARY = join(import.meta.dirname, '../../dist/cli/main.js');

interface Options {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `memq` with these words against a server, without a terminal, to its end. */
export type Memq = (words: readonly string[], options?: Options) => Promise<Result>;

export function memqOf(url: string): Memq {
  return async (words, { input = '', env = {} } = {}) => {
    const child = spawn(process.execPath, [MEMQ_BINARY, ...words], {
      stdio: 'pipe',
      env: { ...process.env, MEMQ_URL: url, ...env },
    });
    // It may not read what it is given.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { code, stdout, stderr };
  };
}
