import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it as itself } from 'vitest';
import { withServer } from '../fixtures/server.ts';
import { readBlocks, readPage } from '../helpers/pages.ts';
import { readExample, runExample } from '../helpers/wire-example.ts';

const PAGE = 'docs/guarantees.md';
const ROOT = join(import.meta.dirname, '../..');
const it = withServer();

itself('each test that the page names is there', () => {
  const named = new Set([...readPage(PAGE).matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path!));
  expect(named.size).toBeGreaterThan(15);
  expect([...named].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

for (const block of readBlocks(PAGE).filter(({ language }) => language === 'text'))
  it(`the example in line ${block.line} is answered as the page says`, ({ server }) =>
    runExample(readExample(block), server.port));
