// npm runs this in a clone: at the end of `npm ci` and `npm install`, before it packs, and where memq is installed from a git
// URL or from the clone's path. In the last case it has installed nothing here; with --omit=dev the compiler is missing.
// It prints nothing to standard output, where npm pack names the file.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, isBuilt } from './dist.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** @param {string} name */
function isInstalled(name) {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  // A folder alone may be one that npm is about to fill, or to remove.
  return folders.some((folder) => existsSync(join(folder, name, 'package.json')));
}

/** @param {string[]} args */
function npm(...args) {
  // For this folder, also where the install that runs this is a global one.
  const here = ['--ignore-scripts', '--no-global', '--location=project'];
  const { status, error } = spawnSync('npm', [...args, ...here], {
    cwd: ROOT,
    stdio: ['ignore', process.stderr, 'inherit'],
  });
  if (status !== 0) throw new Error(`npm ${args.join(' ')}: ${error?.message ?? `it ended with ${status}`}`);
}

const mustBuild = existsSync(join(ROOT, 'index.ts')) && !isBuilt();
const lacksCompiler = mustBuild && !isInstalled('typescript');
if (lacksCompiler || !Object.keys(dependencies).every(isInstalled)) {
  console.error('memq: installing what it needs');
  npm('ci', mustBuild ? '--include=dev' : '--omit=dev');
}
if (mustBuild) {
  console.error('memq: building dist');
  await build();
  if (lacksCompiler && process.env.npm_config_omit?.includes('dev')) npm('ci', '--omit=dev');
} else {
  console.error('memq: dist is built already');
}
