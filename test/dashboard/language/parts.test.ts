import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const DASHBOARD = join(import.meta.dirname, '../../../dashboard');

/** What a file takes from the texts: the names behind `t().`. */
function partsIn(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/\bt\(\)\.(\w+)/g)].map(([, part]) => part as string);
}

/** What is there on every page: the texts of language/en.ts that are not loaded by themselves. */
const CORE = ['actions', 'charts', 'common', 'frame', 'overview'];

const files = readdirSync(DASHBOARD, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.tsx?$/.test(file),
);

it.each(files)('%s says only what is loaded with it', (file) => {
  const [, own] = /^(?:pages|frame)\/(\w+)\//.exec(file) ?? [];
  // The list of keys comes with the palette's texts.
  const loaded = [...CORE, own === 'keyboard' ? 'palette' : own];
  expect(partsIn(join(DASHBOARD, file)).filter((part) => !loaded.includes(part))).toEqual([]);
});
