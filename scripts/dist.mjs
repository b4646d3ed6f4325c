import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
const FOLDERS = ['server', 'consumer', 'shared', 'bench', 'examples'];
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'tsconfig.types.json', 'package-lock.json'];
const PROGRAMS = ['server/main.js', 'consumer/main.js'];
/** In dist: a digest of what it was built from, and one of what it was then. */
const STAMP = '.built';
/** How often another build may be faster. */
const MOST_ATTEMPTS = 10;

/** Whether a build would give what dist has. */
export function isBuilt() {
  const file = join(DIST, STAMP);
  return existsSync(file) && readFileSync(file, 'utf8') === `${sourceStamp()}\n${distStamp(DIST)}\n`;
}

/**
 * Builds dist: the code without its comments, and with theirs the declarations that a program needs which imports memq. All
 * of it anew, so that nothing is left of a source that is gone. A build that fails leaves dist as it was. Types are not
 * checked; `npm run types` does that.
 */
export async function build() {
  // Before anything is read: what changes meanwhile has to be built again.
  const from = sourceStamp();
  const made = mkdtempSync(`${DIST}-`);
  const types = mkdtempSync(`${DIST}-`);
  const old = mkdtempSync(`${DIST}-`);
  try {
    // One that fails does not leave the other writing into a folder that is removed.
    const both = [compile('tsconfig.build.json', made), compile('tsconfig.types.json', types)];
    await Promise.allSettled(both);
    await Promise.all(both);
    for (const file of declarations(join(types, 'index.d.ts'))) {
      cpSync(file, join(made, relative(types, file)));
    }
    // The compiler is there by now.
    const { indentByTabs } = await import('./indent.mjs');
    for (const file of list(made, /\.js$/)) writeFileSync(file, indentByTabs(readFileSync(file, 'utf8')));
    for (const program of PROGRAMS) chmodSync(join(made, program), 0o755);
    // mkdtemp lets nobody else in.
    chmodSync(made, 0o777 & ~process.umask());
    writeFileSync(join(made, STAMP), `${from}\n${distStamp(made)}\n`);
    putInPlace(made, old);
  } finally {
    for (const directory of [made, types, old]) rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Makes `made` to dist, and what was dist to something in `old`: there is next to no time without a dist, and another build
 * may do the same meanwhile.
 * @param {string} made @param {string} old
 */
function putInPlace(made, old) {
  for (let attempt = 0; ; attempt++) {
    try {
      if (existsSync(DIST)) renameSync(DIST, join(old, String(attempt)));
      renameSync(made, DIST);
      return;
    } catch (error) {
      if (attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

/** @param {string} project @param {string} outDir */
async function compile(project, outDir) {
  const tsc = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
  const args = [tsc, '-p', join(ROOT, project), '--outDir', outDir];
  const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new Error(`tsc -p ${project} ended with ${code}`);
}

/**
 * This declaration file and all that it imports.
 * @param {string} file
 * @returns {Set<string>}
 */
function declarations(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, name] of readFileSync(file, 'utf8').matchAll(/\b(?:from |import\()['"](\.[^'"]+)\.ts['"]/g)) {
    declarations(join(dirname(file), `${name}.d.ts`), found);
  }
  return found;
}

/** Of all that dist is built from. */
function sourceStamp() {
  const sources = FOLDERS.flatMap((folder) => list(join(ROOT, folder), /\.ts$/));
  const others = ['index.ts', ...SETTINGS].map((file) => join(ROOT, file));
  const builders = ['scripts/dist.mjs', 'scripts/indent.mjs'].map((file) => join(ROOT, file));
  return digest(ROOT, [...sources, ...others, ...builders]);
}

/** @param {string} dist */
function distStamp(dist) {
  return digest(dist, list(dist, /\.(js|d\.ts)$/));
}

/** @param {string} folder @param {RegExp} name */
function list(folder, name) {
  // An image is built without the bench.
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => name.test(file)).map((file) => join(folder, file));
}

/** @param {string} root @param {string[]} files */
function digest(root, files) {
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const content = readFileSync(file);
    hash.update(`${relative(root, file)} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}
