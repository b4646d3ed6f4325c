import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { makeFolder, ROOT, removeFolder } from './npm.ts';

/** memq with next to nothing in its sources. */
const SOURCES = {
  'index.ts': "export { greet } from './shared/greet.ts';\n",
  'server/main.ts': "import { greet } from '../shared/greet.ts';\n\ngreet('server');\n",
  'consumer/main.ts': "import { greet } from '../shared/greet.ts';\n\ngreet('consumer');\n",
  'cli/main.ts': "import { greet } from '../shared/greet.ts';\n\ngreet('cli');\n",
  'shared/greet.ts': '/** Greets. */\nexport const greet = (whom: string): string => whom.toUpperCase();\n',
  'shared/inside.ts': 'export const INSIDE = true;\n',
  'shared/text.ts': 'export const text = () => {\n  return `one\n    two\n    three`;\n};\n',
  'examples/demo.ts': '',
  'dashboard/index.html':
    '<html lang="en"><base href="/" /><script type="module" src="./main.ts"></script></html>',
  'dashboard/main.ts': "document.title = 'memq';\n",
};
const OTHERS = [
  'scripts',
  'package.json',
  'package-lock.json',
  'tsconfig.build.json',
  'tsconfig.types.json',
  'dashboard/vite.config.ts',
];

/** Such a clone, built. */
let built: string;

beforeAll(() => {
  built = makeFolder('built');
  for (const name of OTHERS) cpSync(join(ROOT, name), join(built, name), { recursive: true });
  for (const [name, text] of Object.entries(SOURCES)) write(built, name, text);
  // Without the types of Node.js, which take longer to read than all else.
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'));
  write(built, 'tsconfig.json', JSON.stringify({ compilerOptions: { ...compilerOptions, types: [] } }));
  symlinkSync(join(ROOT, 'node_modules'), join(built, 'node_modules'));
  expect(build(built)).toEqual({ status: 0, text: '' });
});

afterAll(() => removeFolder(built));

function write(clone: string, name: string, text: string): void {
  mkdirSync(dirname(join(clone, name)), { recursive: true });
  writeFileSync(join(clone, name), text);
}

function build(clone: string): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], {
    cwd: clone,
    encoding: 'utf8',
  });
  return { status, text: stdout + stderr };
}

/** One of the test's own. */
function copy(): string {
  const clone = makeFolder('clone');
  onTestFinished(() => removeFolder(clone));
  cpSync(built, clone, { recursive: true });
  return clone;
}

it('has declarations with comments for what is public, and code without', () => {
  const read = (name: string): string => readFileSync(join(built, 'dist', name), 'utf8');
  expect(read('shared/greet.js')).toBe('export const greet = (whom) => whom.toUpperCase();\n');
  expect(read('shared/greet.d.ts')).toContain('/** Greets. */');
  expect(existsSync(join(built, 'dist/shared/inside.js'))).toBe(true);
  expect(existsSync(join(built, 'dist/shared/inside.d.ts'))).toBe(false);
});

it('has pages, of which text is compressed', () => {
  const files = readdirSync(join(built, 'dist/dashboard'), { recursive: true, encoding: 'utf8' });
  expect(files.sort()).toEqual([
    'THIRD-PARTY-LICENSES.md.br',
    'assets',
    expect.stringMatching(/^assets\/index-[\w-]{8}\.js\.br$/),
    'index.html',
  ]);
  const script = files.find((file) => file.endsWith('.js.br'))!;
  const html = readFileSync(join(built, 'dist/dashboard/index.html'), 'utf8');
  expect(html).toContain('<base href="/"');
  expect(html).toContain(`src="./${script.replace(/\.br$/, '')}"`);
  const code = brotliDecompressSync(readFileSync(join(built, 'dist/dashboard', script))).toString();
  expect(code).toContain('document.title=');
});

it.each([
  ['the code alone, where only that has changed', 'shared/new.ts', ['typescript', 'rolldown']],
  ['the pages alone, where only these have changed', 'dashboard/main.ts', ['vite']],
])('builds %s', (_what, changed, needed) => {
  const clone = copy();
  rmSync(join(clone, 'node_modules'));
  mkdirSync(join(clone, 'node_modules'));
  for (const name of needed) symlinkSync(join(ROOT, 'node_modules', name), join(clone, 'node_modules', name));
  write(clone, changed, 'console.log(1);');
  expect(build(clone)).toEqual({ status: 0, text: '' });
  const both = ['shared/greet.js', 'dashboard/index.html'];
  expect(both.filter((name) => !existsSync(join(clone, 'dist', name)))).toEqual([]);
  expect(statSync(join(clone, 'dist/server/main.js')).mode & 0o111).toBe(0o111);
});

it('leaves nothing of a source that is gone', () => {
  const clone = copy();
  rmSync(join(clone, 'shared/inside.ts'));
  expect(build(clone)).toEqual({ status: 0, text: '' });
  expect(existsSync(join(clone, 'dist/shared/inside.js'))).toBe(false);
  expect(existsSync(join(clone, 'dist/shared/greet.js'))).toBe(true);
});

it.each(['shared/inside.ts', 'dashboard/main.ts'])('leaves dist as it was where %s is broken', (file) => {
  const clone = copy();
  write(clone, file, 'export const = true;\n');
  const { status, text } = build(clone);
  expect(status).toBe(1);
  expect(text).toContain(file);
  expect(readdirSync(clone)).toEqual(readdirSync(built));
  for (const name of ['server/main.js', 'dashboard/index.html', '.built', '.built-pages'])
    expect(readFileSync(join(clone, 'dist', name))).toEqual(readFileSync(join(built, 'dist', name)));
});

it('may be under way several times at once', async () => {
  const clone = copy();
  write(clone, 'shared/new.ts', '');
  const builds = Array.from({ length: 6 }, () =>
    once(spawn(process.execPath, ['scripts/build.mjs'], { cwd: clone }), 'exit'),
  );
  expect(await Promise.all(builds)).toEqual(builds.map(() => [0, null]));
  expect(readdirSync(clone)).toEqual(readdirSync(built));
  const { isBuilt } = await import(pathToFileURL(join(clone, 'scripts/dist.mjs')).href);
  expect(isBuilt()).toBe(true);
});

it('does not pass for one of what was changed meanwhile', async () => {
  const clone = copy();
  write(clone, 'shared/new.ts', '');
  const { build, isBuilt } = await import(pathToFileURL(join(clone, 'scripts/dist.mjs')).href);
  const building = build();
  write(clone, 'shared/new.ts', 'export const NEW = true;\n');
  await building;
  expect(isBuilt()).toBe(false);
});

it.each<[string, (clone: string) => void]>([
  ['a source has changed', (clone) => write(clone, 'consumer/main.ts', '')],
  ['a source has come', (clone) => write(clone, 'shared/new.ts', '')],
  ['a source is gone', (clone) => rmSync(join(clone, 'shared/inside.ts'))],
  [
    'a source has another name',
    (clone) => renameSync(join(clone, 'shared/inside.ts'), join(clone, 'shared/in.ts')),
  ],
  ['an option of the compiler has changed', (clone) => write(clone, 'tsconfig.build.json', '{}')],
  ['something of dist is gone', (clone) => rmSync(join(clone, 'dist/shared/inside.js'))],
  ['something of dist has changed', (clone) => write(clone, 'dist/shared/inside.js', '')],
  ['dist has something besides', (clone) => write(clone, 'dist/old.js', '')],
  ['a page has changed', (clone) => write(clone, 'dashboard/main.ts', '')],
  ['a page has come', (clone) => write(clone, 'dashboard/page.css', '')],
  ['a page of dist has changed', (clone) => write(clone, 'dist/dashboard/index.html', '')],
  ['the pages of dist are gone', (clone) => rmSync(join(clone, 'dist/dashboard'), { recursive: true })],
  ['dist is gone', (clone) => rmSync(join(clone, 'dist'), { recursive: true })],
])('has to build when %s', async (_what, change) => {
  const clone = copy();
  const { isBuilt } = await import(pathToFileURL(join(clone, 'scripts/dist.mjs')).href);
  expect(isBuilt()).toBe(true);
  change(clone);
  expect(isBuilt()).toBe(false);
});

it('indents by tabs, which are smaller, and leaves text as it is', () => {
  const code = readFileSync(join(built, 'dist/shared/text.js'), 'utf8');
  expect(code).toContain('\n\treturn `one\n    two\n    three`;');
});
