import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import type { Workplace } from '../../helpers/workplace.ts';

const it = withWorkplace();

const ROOT = join(import.meta.dirname, '../../..');

/** A section's directory, the class file in it, and what else is there. */
interface Case {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly others?: Readonly<Record<string, string>>;
}

/** A section for each of the classes, in a workplace that has memq installed. */
async function setUp(workplace: Workplace, cases: readonly Case[]): Promise<void> {
  const { directory } = workplace;
  await mkdir(join(directory, 'node_modules'));
  await symlink(ROOT, join(directory, 'node_modules/memq'));
  for (const { name, file, text, others } of cases) {
    for (const [path, content] of Object.entries({ ...others, [file]: text })) {
      await mkdir(dirname(join(directory, name, path)), { recursive: true });
      await writeFile(join(directory, name, path), content);
    }
  }
  const sections = cases.map(
    ({ name, file }) => `[${name}]\nqueuename = ${name}\nclassfile = ${name}/${file}\n`,
  );
  await workplace.configure(sections.join(''));
}

/** What `--check` says of each section. */
async function check(workplace: Workplace): Promise<{ code: number | null; told: Map<string, string> }> {
  const { code, stdout } = await workplace.consume('--check');
  const [, ...sections] = stdout.split(/^(?=\[)/m);
  return { code, told: new Map(sections.map((text) => [/^\[(.*)\]/.exec(text)?.[1] ?? '', text])) };
}

const IMPORT = "import { defineWorker } from 'memq';";
const REQUIRE = "const { defineWorker } = require('memq');";
const CLASS = 'class Worker { send() {} saveToLocal() {} }';

it('says where a class file is wrong, and what stands there', async ({ workplace }) => {
  const cases: readonly (Case & { place: string; problem: RegExp })[] = [
    {
      name: 'module',
      file: 'a.mjs',
      text: `${IMPORT}\nclass Worker {\n  send() {\n    return = 5;\n  }\n}\n`,
      place: 'a.mjs:4:12',
      problem: /SyntaxError: Unexpected token '=' in: return = 5;/,
    },
    {
      name: 'module-by-what-it-says',
      file: 'a.js',
      text: `${IMPORT}\nexport class Worker {{}\n`,
      others: { 'package.json': '{"name":"jobs"}' },
      place: 'a.js:2:22',
      problem: /SyntaxError: .* in: export class Worker \{\{\}/,
    },
    {
      name: 'imported-module',
      file: 'a.mjs',
      text: "import { b } from './lib/b.mjs';\nexport default b;",
      others: {
        'lib/b.mjs': "import * as c from '../c.mjs';\nexport const b = c;",
        'c.mjs': '\n\nexport const c = (;\n',
      },
      place: 'c.mjs:3:19',
      problem: /SyntaxError: Unexpected token ';' in: export const c = \(;/,
    },
    {
      name: 'common',
      file: 'a.cjs',
      text: 'const x = 1;\nclass {}\n',
      place: 'a.cjs:2:7',
      problem: /SyntaxError: Unexpected token '\{' in: class \{\}/,
    },
    {
      name: 'missing-export',
      file: 'a.mjs',
      text: "import { nothing } from './b.mjs';\n",
      others: { 'b.mjs': 'export const something = 1;' },
      place: 'a.mjs:1:10',
      problem: /does not provide an export named 'nothing' in: import \{ nothing \}/,
    },
    {
      name: 'throws',
      file: 'a.mjs',
      text: "function boot() {\n  throw new Error('no database', { cause: new Error('no route') });\n}\nboot();\n",
      place: 'a.mjs:2:9',
      problem: /Error: no database\n(.*\n)*.*caused by: Error: no route/,
    },
    {
      name: 'no-methods',
      file: 'a.mjs',
      text: `${IMPORT}\n${CLASS}\nexport default defineWorker(Worker, { methods: ['saveToLocl', 'send', 'x'] });\n`,
      place: 'a.mjs:3:16: "saveToLocl" is not a method of class Worker; is it saveToLocal?',
      problem: /^ +"x" is not a method of class Worker$/m,
    },
  ];
  await setUp(workplace, cases);
  const { code, told } = await check(workplace);
  expect(code).toBe(78);
  for (const { name, place, problem } of cases) {
    const text = told.get(name);
    expect.soft(text).toContain(join(workplace.directory, name, place));
    expect.soft(text).toMatch(problem);
    expect.soft(text).not.toContain('node:');
  }
});

it('says what to write where no worker is exported, in modules and in CommonJS', async ({ workplace }) => {
  const cases: readonly (Case & { problem: string })[] = [
    { name: 'named', file: 'a.mjs', text: `export ${CLASS}`, problem: 'exports Worker by name' },
    {
      name: 'named-worker',
      file: 'a.mjs',
      text: `${IMPORT} ${CLASS} export const jobs = defineWorker(Worker, { methods: ['send'] });`,
      problem: 'exports jobs by name',
    },
    { name: 'bare', file: 'a.mjs', text: `export default ${CLASS}`, problem: 'does not say which' },
    { name: 'nothing', file: 'a.mjs', text: CLASS, problem: 'does not say which' },
    {
      name: 'common-bare',
      file: 'a.cjs',
      text: `${CLASS} module.exports = Worker;`,
      problem: 'does not say which',
    },
    {
      name: 'common-named',
      file: 'a.cjs',
      text: `${CLASS} exports.Worker = Worker;`,
      problem: 'exports Worker by name',
    },
    {
      name: 'common-by-default',
      file: 'a.js',
      text: `${CLASS} module.exports = { Worker };`,
      others: { 'package.json': '{}' },
      problem: 'exports Worker by name',
    },
  ];
  await setUp(workplace, cases);
  const { code, told } = await check(workplace);
  expect(code).toBe(77);
  for (const { name, problem } of cases) {
    const lines = told
      .get(name)
      ?.split('\n')
      .map((line) => line.trim());
    expect
      .soft(
        lines?.find((line) => line.includes(problem)),
        name,
      )
      .toMatch(/ Write:$/);
    expect.soft(lines, name).toContain(name.startsWith('common') ? REQUIRE : IMPORT);
    const example = "defineWorker(Worker, { methods: ['aMethod'] });";
    const left = name.startsWith('common') ? 'module.exports =' : 'export default';
    expect.soft(lines, name).toContain(`${left} ${example}`);
  }
  // A run says the same of the first one, and nothing that means nothing to people.
  const { stderr } = await workplace.consume();
  expect(stderr).toContain('Write:\n');
  expect(stderr).not.toContain('code:');
});

it('runs jobs of CommonJS, and of modules that only look like them, silently', async ({ workplace }) => {
  const text = `
    ${REQUIRE}
    class Worker { saveToLocal(text) { require('fs').appendFileSync('worker.log', text + '\\n'); } }
    module.exports = defineWorker(Worker, { methods: ['saveToLocal'] });`;
  // As compilers write `export default`.
  const compiled = `Object.defineProperty(exports, '__esModule', { value: true });${text.replace('module.exports', 'exports.default')}`;
  const module = `
    ${IMPORT} import { appendFileSync } from 'node:fs';
    class Worker { saveToLocal(text) { appendFileSync('worker.log', text + '\\n'); } }
    export default defineWorker(Worker, { methods: ['saveToLocal'] });`;
  const cases: readonly Case[] = [
    { name: 'cjs', file: 'a.cjs', text, others: { 'package.json': '{"type":"module"}' } },
    { name: 'js', file: 'a.js', text, others: { 'package.json': '{}' } },
    { name: 'typed', file: 'a.js', text, others: { 'package.json': '{"type":"commonjs"}' } },
    { name: 'compiled', file: 'a.cjs', text: compiled },
    { name: 'untyped', file: 'a.js', text: module, others: { 'package.json': '{}' } },
  ];
  await setUp(workplace, cases);
  const connection = workplace.connect();
  for (const { name } of cases) await connection.set(name, `saveToLocal('${name}')`);
  connection.close();
  expect(await workplace.consume()).toEqual({ code: 0, stdout: '', stderr: '' });
  expect((await workplace.logged()).sort()).toEqual(cases.map(({ name }) => name).sort());
});

it.for(['--check', '--dry-run'])(
  'does not wait for ever for a class, with %s',
  async (flag, { workplace }) => {
    await workplace.setWorker('await new Promise(() => {});');
    const { code, stdout, stderr } = await workplace.consume(flag);
    expect(code).toBe(78);
    expect(stdout + stderr).toContain(`${join(workplace.directory, 'worker.mjs')} does not finish loading`);
  },
);

it('names the line of methods that the class does not offer', async ({ workplace }) => {
  await workplace.configure('methods = saveToLocl, fails, none\n');
  for (const flags of [['--check'], []]) {
    const { code, stdout, stderr } = await workplace.consume(...flags);
    expect(code).toBe(78);
    expect(stdout + stderr).toMatch(
      /config\.ini:5: methods has saveToLocl, which class Worker does not allow; is it saveToLocal\?\n.*config\.ini:5: methods has none/,
    );
  }
});
