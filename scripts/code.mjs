import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { list, ROOT } from './files.mjs';
import { run } from './run.mjs';

const FOLDERS = ['server', 'consumer', 'cli', 'shared', 'bench', 'examples'];
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'tsconfig.types.json', 'package-lock.json'];
const BUILDERS = ['bundle', 'code', 'dist', 'indent'];
const PROGRAMS = ['server/main.js', 'consumer/main.js', 'cli/main.js'];

/**
 * The programs and what can be imported: the code without its comments, and with theirs the declarations that a program
 * needs which imports memq. Types are not checked; `npm run types` does that.
 * @type {import('./dist.mjs').Part}
 */
export const code = {
  stamp: '.built',
  sources() {
    const sources = FOLDERS.flatMap((folder) => list(join(ROOT, folder), /\.ts$/));
    const builders = BUILDERS.map((name) => `scripts/${name}.mjs`);
    return [...sources, ...['index.ts', ...SETTINGS, ...builders].map((file) => join(ROOT, file))];
  },
  files(dist) {
    const pages = join(dist, 'dashboard/');
    return list(dist, /\.(js|d\.ts)$/).filter((file) => !file.startsWith(pages));
  },
  async build(made) {
    const types = mkdtempSync(`${made}-`);
    try {
      // One that fails does not leave the other writing into a folder that is removed.
      const both = [compile('tsconfig.build.json', made), compile('tsconfig.types.json', types)];
      await Promise.allSettled(both);
      await Promise.all(both);
      for (const file of declarations(join(types, 'index.d.ts'))) {
        cpSync(file, join(made, relative(types, file)));
      }
    } finally {
      rmSync(types, { recursive: true, force: true });
    }
    // The compiler is there by now.
    const { indentByTabs } = await import('./indent.mjs');
    const { bundle } = await import('./bundle.mjs');
    for (const folder of ['server', 'cli']) await bundle(join(made, folder));
    const files = this.files(made).filter((file) => file.endsWith('.js'));
    for (const file of files) writeFileSync(file, indentByTabs(readFileSync(file, 'utf8')));
    for (const program of PROGRAMS) chmodSync(join(made, program), 0o755);
  },
};

/** @param {string} project @param {string} outDir */
async function compile(project, outDir) {
  const tsc = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
  await run(`tsc -p ${project}`, [tsc, '-p', join(ROOT, project), '--outDir', outDir]);
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
