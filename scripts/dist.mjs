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

/** Whether a build would give what dist has. */
export function isBuilt() {
  const file = join(DIST, STAMP);
  return existsSync(file) && readFileSync(file, 'utf8') === stamp(DIST);
}

/**
 * Builds dist: the code without its comments, and with theirs the declarations that a program needs which imports memq. All
 * of it anew, so that nothing is left of a source that is gone. A build that fails leaves dist as it was. Types are not
 * checked; `npm run types` does that.
 */
export async function build() {
  const made = mkdtempSync(`${DIST}-`);
  const types = mkdtempSync(`${DIST}-`);
  try {
    await Promise.all([compile('tsconfig.build.json', made), compile('tsconfig.types.json', types)]);
    for (const file of declarations(join(types, 'index.d.ts'))) {
      cpSync(file, join(made, relative(types, file)));
    }
    for (const program of PROGRAMS) chmodSync(join(made, program), 0o755);
    // mkdtemp lets nobody else in.
    chmodSync(made, 0o777 & ~process.umask());
    writeFileSync(join(made, STAMP), stamp(made));
    rmSync(DIST, { recursive: true, force: true });
    renameSync(made, DIST);
  } finally {
    for (const directory of [made, types]) rmSync(directory, { recursive: true, force: true });
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

/** @param {string} dist */
function stamp(dist) {
  const sources = FOLDERS.flatMap((folder) => list(join(ROOT, folder), /\.ts$/));
  const others = ['index.ts', ...SETTINGS].map((file) => join(ROOT, file));
  const from = digest(ROOT, [...sources, ...others, fileURLToPath(import.meta.url)]);
  return `${from}\n${digest(dist, list(dist, /\.(js|d\.ts)$/))}\n`;
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
