import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { readConfig } from '../../consumer/config/configuration.ts';
import { KEYS } from '../../consumer/config/keys.ts';
import { withWorkplace } from '../fixtures/workplace.ts';
import { type Block, readBlocks, readPage } from '../helpers/pages.ts';
import { CONSUMER_BINARY } from '../helpers/workplace.ts';

const PAGE = 'docs/worker.md';
const ROOT = join(import.meta.dirname, '../..');
const it = withWorkplace(['--memory']);

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'memq-page-'));
  for (const name of ['Worker.js', 'Reports.js']) writeFileSync(join(directory, name), '');
  copyFileSync(join(ROOT, 'test/samples/pem/certificate.pem'), join(directory, 'authority.pem'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function blocks(language: string, page = PAGE): Block[] {
  return readBlocks(page).filter((block) => block.language === language);
}

/** What stands in backticks in the first column of the tables between two headings. */
function firstColumns(from: string, to: string): string[] {
  const page = readPage(PAGE);
  const rows = page
    .slice(page.indexOf(`\n## ${from}\n`), page.indexOf(`\n## ${to}\n`))
    .matchAll(/^\| (.*?) \|/gm);
  return [...rows].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word));
}

describe('the page about the worker', () => {
  it('has each key once', () => {
    const keys = firstColumns('Keys', 'Several queues').filter((word) => /^\w+$/.test(word));
    expect(keys.toSorted()).toEqual(Object.keys(KEYS).toSorted());
  });

  it('has each flag that --help lists', () => {
    const help = execFileSync(process.execPath, [CONSUMER_BINARY, '--help'], { encoding: 'utf8' });
    const flags = (text: string) => [...new Set(text.match(/(?<![\w-])--?[a-zA-Z][\w-]*/g))].toSorted();
    const options = help.split('\n').flatMap((line) => /^ {2}(-.*?)(?: {2}|$)/.exec(line)?.[1] ?? []);
    expect(flags(firstColumns('Flags', 'Runs that overlap').join(' '))).toEqual(flags(options.join(' ')));
  });

  it.for(['docs/worker.md', 'docs/other-languages.md'])(
    '%s: its configurations have no mistakes',
    async (page) => {
      const file = join(directory, 'config.ini');
      expect(blocks('ini', page).length).toBeGreaterThan(0);
      for (const { text } of blocks('ini', page)) {
        writeFileSync(file, text);
        expect((await readConfig(file)).bindings.length).toBeGreaterThan(0);
      }
    },
  );

  it('shows what is told of mistakes', async ({ workplace }) => {
    const [first, second] = blocks('').filter(({ heading }) => heading === 'Mistakes');
    const lines = ['queuename = q', 'queueip = 10.0.0.7:22201', 'classname = Worker', '', 'procceses = 2'];
    const config = join(workplace.directory, 'config.ini');
    writeFileSync(config, `${lines.join('\n')}\n`);
    expect((await workplace.consume()).stderr).toBe(first?.text);
    const right = ['queuename = q', '', 'classname = Worker', '', '', '', 'methods = saveToLocl'];
    writeFileSync(config, `${right.join('\n')}\n`);
    expect((await workplace.consume('--server', `127.0.0.1:${workplace.port}`)).stderr).toBe(second?.text);
  });

  it('has classes that load, as a module and in CommonJS', async ({ workplace }) => {
    mkdirSync(join(workplace.directory, 'node_modules'));
    symlinkSync(ROOT, join(workplace.directory, 'node_modules/memq'));
    const [module, commonJs] = blocks('js');
    for (const [name, block, methods] of [
      ['worker.mjs', module, 'saveToLocal, report'],
      ['worker.cjs', commonJs, 'saveToLocal'],
    ] as const) {
      // What a class has to do is left to the reader.
      const text = block!.text.replace('class Worker { /* ... */ }', 'class Worker { saveToLocal(msg) {} }');
      writeFileSync(join(workplace.directory, name), text);
      await workplace.configure(`classfile = ${name}\n`);
      const { code, stdout } = await workplace.consume('--check');
      expect({ name, code }).toEqual({ name, code: 0 });
      expect(stdout).toContain(`  methods    ${methods}\n`);
    }
  });
});
