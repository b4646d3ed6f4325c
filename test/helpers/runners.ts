import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readIni } from '../../shared/ini-file.ts';
import { Mistakes } from '../../shared/mistakes.ts';
import { type Foreign, foreign } from './foreign.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const WORKERS = join(import.meta.dirname, '../foreign-workers');

/** A language that has a runner in examples. */
export interface Language {
  readonly language: string;
  readonly program: string;
  /** The file of its class. */
  readonly worker: string;
}

export const PHP: Language = { language: 'php', program: 'php', worker: 'Worker.php' };
export const PYTHON: Language = { language: 'python', program: 'python3', worker: 'worker.py' };
export const RUBY: Language = { language: 'ruby', program: 'ruby', worker: 'worker.rb' };

export interface Changes {
  /** In place of those in config.ini. */
  readonly methods?: readonly string[];
  readonly className?: string;
  /** What the command is put behind. */
  readonly prefix?: readonly [string, ...string[]];
}

/** A copy of the example of a language, in a directory of its own until the test is over. */
export function copyExample({ language }: Language): string {
  const directory = mkdtempSync(join(tmpdir(), 'memq-example-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  cpSync(join(EXAMPLES, language), directory, { recursive: true });
  return directory;
}

/** The same, with the worker of test/foreign-workers instead. */
export function copyHostile(language: Language): string {
  const directory = copyExample(language);
  cpSync(join(WORKERS, language.worker), join(directory, language.worker));
  return directory;
}

/** An executor as the directory's config.ini says, but for the changes. */
export async function runnerIn(
  directory: string,
  { methods, className, prefix }: Changes = {},
): Promise<Foreign> {
  const [{ entries }] = (await readIni(join(directory, 'config.ini'), new Mistakes()))!;
  const read = (key: string) => entries.get(key)!.value;
  const [file, ...args] = read('command').split(' ');
  return foreign(prefix === undefined ? [file, ...args] : [...prefix, file, ...args], {
    directory,
    className: className ?? read('classname'),
    methods: methods ?? read('methods').split(', '),
    // Long enough for a busy machine: a runner says in its first moment that it loads.
    startMs: 60_000,
  });
}

/** A worker of test/foreign-workers that has started, with these methods. */
export async function startHostile(language: Language, ...methods: readonly string[]): Promise<Foreign> {
  const worker = await runnerIn(copyHostile(language), { methods });
  await worker.executor.start();
  return worker;
}
