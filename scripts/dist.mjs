import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { code } from './code.mjs';
import { digest, ROOT } from './files.mjs';
import { pages } from './pages.mjs';

/**
 * A part of dist that is built on its own.
 * @typedef {object} Part
 * @property {string} stamp A file in dist: a digest of what the part was built from, and one of what it was then.
 * @property {() => string[]} sources The files that it is built from.
 * @property {(dist: string) => string[]} files Its files in a dist.
 * @property {(made: string) => Promise<void>} build Builds it into a folder.
 */

const DIST = join(ROOT, 'dist');
const PARTS = [code, pages];
/** How often another build may be faster. */
const MOST_ATTEMPTS = 10;

/** Whether a build would give what dist has. */
export function isBuilt() {
  return PARTS.every((part) => isBuiltFrom(part, digest(ROOT, part.sources())));
}

/**
 * Builds dist: each part of which the sources have changed anew, so that nothing is left of a source that is gone. A build
 * that fails leaves dist as it was.
 */
export async function build() {
  const made = mkdtempSync(`${DIST}-`);
  const old = mkdtempSync(`${DIST}-`);
  try {
    // One that fails does not leave the other writing into a folder that is removed.
    const parts = PARTS.map((part) => make(part, made));
    await Promise.allSettled(parts);
    await Promise.all(parts);
    // mkdtemp lets nobody else in.
    chmodSync(made, 0o777 & ~process.umask());
    putInPlace(made, old);
  } finally {
    for (const directory of [made, old]) rmSync(directory, { recursive: true, force: true });
  }
}

/** @param {Part} part @param {string} made */
async function make(part, made) {
  // Before anything is read: what changes meanwhile has to be built again.
  const from = digest(ROOT, part.sources());
  if (!isCarriedOver(part, from, made)) await part.build(made);
  writeFileSync(join(made, part.stamp), stampOf(part, from, made));
}

/** @param {Part} part @param {string} from */
function isBuiltFrom(part, from) {
  const file = join(DIST, part.stamp);
  return existsSync(file) && readFileSync(file, 'utf8') === stampOf(part, from, DIST);
}

/** @param {Part} part @param {string} from @param {string} dist */
function stampOf(part, from, dist) {
  return `${from}\n${digest(dist, part.files(dist))}\n`;
}

/**
 * Copies a part from dist where it was built from the same; false where it was not.
 * @param {Part} part @param {string} from @param {string} made
 */
function isCarriedOver(part, from, made) {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    try {
      if (!isBuiltFrom(part, from)) return false;
      for (const file of part.files(DIST)) cpSync(file, join(made, relative(DIST, file)));
      return true;
    } catch {
      // Another build has put its own in place.
      for (const file of part.files(made)) rmSync(file);
    }
  }
  return false;
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
