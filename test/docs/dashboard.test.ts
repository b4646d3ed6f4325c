import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { DESTINATIONS } from '../../dashboard/frame/destinations.ts';
import { message } from '../../dashboard/language/en/message.ts';
import { palette } from '../../dashboard/language/en/palette.ts';
import { queue } from '../../dashboard/language/en/queue.ts';
import { core } from '../../dashboard/language/en.ts';
import { readPage } from '../helpers/pages.ts';
import { linksOf, PAGES } from './markdown.ts';

const PAGE = 'docs/dashboard.md';
const ROOT = join(import.meta.dirname, '../..');
/** Below one of the rail's pages. */
const DEEPER = new Map([
  [
    '/queues',
    [[queue.title, '/queues/{key}'] as const, [message.title, '/queues/{key}/messages/{ref}'] as const],
  ],
]);
const { titles } = core.frame;
const MOST_IMAGE = 200_000;
const MOST_FILES = 200_000;

it('the table of pages has all of them, by their titles and addresses', () => {
  const all = DESTINATIONS.flatMap(({ path, name }) => [[titles[name], path], ...(DEEPER.get(path) ?? [])]);
  expect(all.length).toBeGreaterThan(9);
  const shown = rowsBelow('## The pages one by one').map(([title, address]) => [
    title,
    address?.replaceAll('`', ''),
  ]);
  expect(shown).toEqual(all);
});

it('whoever asks something is sent to a page that there is', () => {
  const all = [...DESTINATIONS.map(({ name }) => titles[name]), queue.title, message.title];
  const rows = rowsBelow('## Where to look');
  expect(rows.length).toBeGreaterThan(10);
  const named = rows.map(([, page = '']) => page.replace(/^\[(.*)\]\(.*\)$/, '$1'));
  expect(named.filter((page) => !(all as string[]).includes(page))).toEqual([]);
  expect(all.filter((title) => !named.includes(title))).toEqual([]);
});

it('the table of keys has all of them', async () => {
  vi.stubGlobal('navigator', { platform: 'Linux x86_64' });
  onTestFinished(() => void vi.unstubAllGlobals());
  const { ANYWHERE } = await import('../../dashboard/frame/keyboard/shortcuts.ts');
  const words: Readonly<Record<string, string>> = palette.shortcutTitles;
  const anywhere = Object.entries(ANYWHERE).map(([name, keys]) => [keys, words[name]] as const);
  const pages = DESTINATIONS.flatMap(({ letter, name }) =>
    letter === undefined ? [] : [[['g', letter], titles[name]] as const],
  );
  const all = [...anywhere, ...pages].map(([keys, title]) => [
    keys.map((key) => `\`${key}\``).join(' '),
    title,
  ]);
  expect(rowsBelow('### Keys')).toEqual(all);
});

it('what stands in bold type in its tables is a text of the pages', () => {
  const source = readdirSync(join(ROOT, 'dashboard/language/en'))
    .map((file) => readFileSync(join(ROOT, 'dashboard/language/en', file), 'utf8'))
    .join('\n');
  const tables = readPage(PAGE)
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const labels = [...tables.join('\n').matchAll(/\*\*([^*]+)\*\*/g)].map(([, label]) => label!);
  expect(labels.length).toBeGreaterThan(20);
  // Where a text ends with a number, the pages put one in.
  const isThere = (label: string): boolean => {
    const text = label.replace(/ [\d,]+$/, ' ${');
    return source.includes(`'${text}'`) || (text !== label && source.includes(`\`${text}`));
  };
  expect(labels.filter((label) => !isThere(label))).toEqual([]);
});

it('its pictures are there, and small', () => {
  const pictures = linksOf(readPage(PAGE)).filter(({ target }) => target.endsWith('.png'));
  expect(pictures.length).toBeGreaterThan(2);
  const large = pictures.filter(({ target }) => statSync(join(ROOT, 'docs', target)).size > MOST_IMAGE);
  expect(large).toEqual([]);
});

it('no picture is there that no page shows', () => {
  const shown = PAGES.flatMap((page) =>
    linksOf(readPage(page)).map(({ target }) => target.split('/').at(-1)),
  );
  expect(readdirSync(join(ROOT, 'docs/images')).filter((file) => !shown.includes(file))).toEqual([]);
});

it(`the files of the pages are together as small as it says`, () => {
  const folder = join(ROOT, 'dist/dashboard');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  expect(bytes).toBeLessThan(MOST_FILES);
  expect(readPage(PAGE)).toContain(`less than ${MOST_FILES / 1000} kB`);
});

/** The cells of the first table below a heading, without its head. */
function rowsBelow(heading: string): string[][] {
  const [, text = ''] = readPage(PAGE).split(`${heading}\n`);
  const [table = ''] = /^\|.*(?:\n\|.*)*/m.exec(text) ?? [];
  const lines = table.split('\n').slice(2);
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim()),
  );
}
