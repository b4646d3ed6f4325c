import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { readBlocks } from '../helpers/pages.ts';

export interface Moved {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command of docs/moving.md that begins with `script`, in the repository's directory, between these addresses.
 * `cwd` is for what it writes.
 */
export function move(
  script: string,
  from: string,
  to: string,
  { cwd, env = {} }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Moved {
  const line = readBlocks('docs/moving.md')
    .flatMap(({ text }) => text.split('\n'))
    .find((line) => line.startsWith(`$ node examples/moving/${script}`));
  if (line === undefined) throw new Error(`docs/moving.md does not show ${script}`);
  const [, , path, ...words] = line.split(' ') as [string, string, string];
  const addresses = [from, to];
  const args = words.map((word) => (/:\d+$/.test(word) ? (addresses.shift() as string) : word));
  const root = join(import.meta.dirname, '../..');
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, path), ...args], {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

/** What the command of docs/moving.md is said to print. */
export function saidOf(script: string): string {
  const block = readBlocks('docs/moving.md').find(({ text }) => text.includes(`examples/moving/${script}`));
  return block?.text.split('\n').slice(1).join('\n') ?? '';
}
