import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** What an npm that runs this tells its scripts is not for the npm that they start. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')),
);

/** What the command has printed; fails with it where it does not end with 0. Its `node` may be another one. */
export function run(
  directory: string,
  command: readonly [string, ...string[]],
  node = process.execPath,
): string {
  const [program, ...args] = command;
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd: directory,
    env: { ...ENVIRONMENT, PATH: `${dirname(node)}:${process.env.PATH}` },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${error?.message ?? status}\n${stdout}${stderr}`);
  return stdout + stderr;
}

/** An empty folder; whoever asks for it removes it. */
export const makeFolder = (name: string): string => mkdtempSync(join(tmpdir(), `memq-${name}-`));

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** An application's folder that has nothing but a package.json, by which memq's scripts may run. */
export function makeApplication(): string {
  const folder = makeFolder('application');
  const text = JSON.stringify({ private: true, allowScripts: { memq: true } });
  writeFileSync(join(folder, 'package.json'), text);
  return folder;
}

/** A clone of what is here, committed or not, in which nothing was installed or built. */
export function makeClone(): string {
  const folder = makeFolder('clone');
  const listed = run(ROOT, [
    'git',
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
  ]);
  for (const file of listed.split('\0').filter(Boolean)) cpSync(join(ROOT, file), join(folder, file));
  run(folder, ['git', 'init', '--quiet']);
  run(folder, ['git', 'add', '.']);
  run(folder, [
    'git',
    '-c',
    'user.name=memq',
    '-c',
    'user.email=',
    'commit',
    '--quiet',
    '--message',
    'A clone',
  ]);
  return folder;
}
