import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** What an npm that runs this tells its scripts is not for the npm that they start. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')),
);

/** What the command has printed; fails with it where it does not end with 0. `node`: another one than the first in PATH. */
export function run(directory: string, command: readonly [string, ...string[]], node?: string): string {
  const [program, ...args] = command;
  const { PATH } = process.env;
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd: directory,
    env: { ...ENVIRONMENT, PATH: node === undefined ? PATH : `${dirname(node)}:${PATH}` },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${error?.message ?? status}\n${stdout}${stderr}`);
  return stdout + stderr;
}

/** An empty folder; whoever asks for it removes it. */
export const makeFolder = (name: string): string => mkdtempSync(join(tmpdir(), `memq-${name}-`));

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** An application's folder that has nothing but a package.json. */
export function makeApplication(): string {
  const folder = makeFolder('application');
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  return folder;
}

/** A clone of what is here, committed or not, in which nothing was installed or built. */
export function makeClone(): string {
  const folder = makeFolder('clone');
  const git = (directory: string, args: string): string => run(directory, ['git', ...args.split(' ')]);
  const files = git(ROOT, 'ls-files -z --cached --others --exclude-standard').split('\0');
  for (const file of new Set(files)) {
    // Also what is no longer there, as long as that is not committed.
    if (file !== '' && existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(folder, file));
  }
  git(folder, 'init --quiet');
  git(folder, 'add .');
  git(folder, '-c user.name=memq -c user.email= commit --quiet --message Clone');
  return folder;
}
