import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { VERSION } from '../../shared/version.ts';
import { makeApplication, makeClone, removeFolder, run } from './npm.ts';

/** What npm 12 asks for. */
const ALLOW = ['--allow-git=all', '--dangerously-allow-all-scripts'];

/** From a clone that nobody has built, as far as not said otherwise. */
const WAYS = [
  { name: 'its path', from: (clone: string) => [clone] },
  { name: 'its path, without what only development needs', from: (clone: string) => ['--omit=dev', clone] },
  { name: 'its path, for the whole machine', from: (clone: string) => ['--global', '--omit=dev', clone] },
  { name: 'a git URL', from: (clone: string) => [`git+file://${clone}`] },
];

it.each(WAYS)('is installed from a clone by $name', ({ from }) => {
  const clone = folder(makeClone());
  const application = folder(makeApplication());
  const args = from(clone);
  const isGlobal = args.includes('--global');
  run(application, ['npm', 'install', ...ALLOW, '--prefix', application, ...args]);

  const programs = join(application, isGlobal ? 'bin' : 'node_modules/.bin');
  expect(run(application, [join(programs, 'memq-server'), '--version'])).toBe(`${VERSION}\n`);
  expect(run(application, [join(programs, 'memq-consume'), '--version'])).toBe(`${VERSION}\n`);
  if (!isGlobal) expect(importVersion(application)).toBe(`${VERSION}\n`);
  expect(run(clone, ['git', 'status', '--short'])).toBe('');
});

it('is built by npm ci, and not once more; installs again what is gone', () => {
  const clone = folder(makeClone());
  expect(run(clone, ['npm', 'ci'])).toContain('memq: building dist\n');
  expect(run(clone, ['npm', 'ci', '--omit=dev'])).toContain('memq: dist is built already\n');

  rmSync(join(clone, 'node_modules'), { recursive: true });
  const application = folder(makeApplication());
  run(application, ['npm', 'install', ...ALLOW, clone]);
  expect(importVersion(application)).toBe(`${VERSION}\n`);
});

function folder(path: string): string {
  onTestFinished(() => removeFolder(path));
  return path;
}

function importVersion(application: string): string {
  const script = "import { VERSION } from 'memq'; console.log(VERSION);";
  return run(application, [process.execPath, '--input-type=module', '--eval', script]);
}
