import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Result } from './command.ts';
import { readBlocks } from './pages.ts';

/** The commands of a page below a heading, in their order: what stands behind `$ ` in blocks of `console`. */
export function commandsOf(page: string, heading: string): string[] {
  return readBlocks(page)
    .filter((block) => block.heading === heading && block.language === 'console')
    .flatMap((block) => block.text.split('\n'))
    .filter((line) => line.startsWith('$ '))
    .map((line) => line.slice(2));
}

/** Runs a command in the shell, with other paths, names and the like in it. */
export async function runHere(
  command: string,
  here: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const words = Object.keys(here).map((word) => word.replaceAll('/', '\\/'));
  const all = new RegExp(words.join('|'), 'g');
  const line = words.length === 0 ? command : command.replaceAll(all, (word) => here[word] as string);
  const child = spawn('/bin/sh', ['-c', line], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}
