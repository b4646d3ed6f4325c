import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBlocks, readPage } from '../helpers/pages.ts';
import { anchorsOf, codeSpansOf, FILES, linksOf, mistakeIn, PAGES } from './markdown.ts';

/** Pages that name files of the source in backticks. */
const SOURCE_PAGES = ['docs/architecture.md', 'docs/testing.md', 'CONTRIBUTING.md'];
const FOLDERS = new Set(FILES.flatMap(foldersAbove));

/** Each folder above a file, from the root on. */
function foldersAbove(file: string): string[] {
  const folder = dirname(file);
  return folder === '.' ? [] : [folder, ...foldersAbove(folder)];
}

/** Pages that a page links. */
function linkedFrom(page: string): Set<string> {
  const targets = linksOf(readPage(page)).map(({ target }) => target.split('#')[0]!);
  const folder = page.slice(0, page.lastIndexOf('/') + 1);
  return new Set(targets.map((target) => folder + target));
}

describe('pages', () => {
  it('have links that lead to files and headings', () => {
    expect(PAGES.length).toBeGreaterThan(10);
    const all = PAGES.flatMap((page) => linksOf(readPage(page)).map((link) => ({ page, ...link })));
    expect(all.length).toBeGreaterThan(50);
    const wrong = all.flatMap(({ page, line, target }) => {
      const mistake = mistakeIn(page, target);
      return mistake === undefined ? [] : [`${page}:${line}: ${target}: ${mistake}`];
    });
    expect(wrong).toEqual([]);
  });

  it('are linked: those in docs from README.md, decisions from their list', () => {
    const fromReadme = linkedFrom('README.md');
    const fromDecisions = linkedFrom('docs/decisions/README.md');
    const forReadme = PAGES.filter((page) => /^(docs\/)?[^/]+$/.test(page) && page !== 'README.md');
    forReadme.push('docs/decisions/README.md');
    expect(forReadme.filter((page) => !fromReadme.has(page))).toEqual([]);
    const decisions = PAGES.filter((page) => /^docs\/decisions\/\d/.test(page));
    expect(decisions.length).toBeGreaterThan(0);
    expect(decisions.filter((page) => !fromDecisions.has(page))).toEqual([]);
  });

  it('name only scripts of npm that there are', () => {
    const { scripts } = JSON.parse(readPage('package.json')) as { scripts: object };
    const named = PAGES.flatMap((page) =>
      [...readPage(page).matchAll(/npm\s+run\s+([\w:-]+)/g)].map((match) => ({ page, name: match[1]! })),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ name }) => !(name in scripts))).toEqual([]);
  });
});

describe('pages for those who carry on', () => {
  it('name only files and folders that there are', () => {
    const wrong = SOURCE_PAGES.flatMap((page) => {
      const paths = codeSpansOf(readPage(page)).filter(({ target }) => isPath(target));
      expect(paths.length, page).toBeGreaterThan(3);
      return paths
        .filter(({ target }) => !isThere(target))
        .map(({ line, target }) => `${page}:${line}: ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('have a map of the house that is complete', () => {
    const map = mapOf(readBlocks('docs/architecture.md')[0]!.text);
    expect(map.filter((path) => !FILES.includes(path) && !FOLDERS.has(path))).toEqual([]);
    const rooms = [...FOLDERS].filter((folder) =>
      /^((server|consumer|shared)(\/|$)|dashboard(\/[^/]+)?$)/.test(folder),
    );
    expect(rooms.filter((room) => !map.includes(room))).toEqual([]);
  });
});

/** Whether a code span is about a file or a folder: `log/log.ts`, `operations/enqueue`, `class/`. */
function isPath(span: string): boolean {
  return /^[\w.-]+(\/[\w.*-]+)+\/?$|^[\w-]+\/$/.test(span) || /^[\w.*-]+\.(ts|json)$/.test(span);
}

/** Rooms are named from where they are talked of on, and files of the source also without `.ts`. */
function isThere(span: string): boolean {
  const name = span.replace(/\/$/, '').replaceAll('.', '\\.').replaceAll('*', '[^/]*');
  const pattern = new RegExp(`(^|/)${name}(\\.ts)?$`);
  return FILES.some((file) => pattern.test(file)) || [...FOLDERS].some((folder) => pattern.test(folder));
}

/** The paths of a map of folders: a line each, two blanks deeper than the folder that it is in. */
function mapOf(text: string): string[] {
  const above: string[] = [];
  return text.split('\n').flatMap((line) => {
    const match = /^( *)([\w/-]+(?:\/|\.ts))(?: |$)/.exec(line);
    if (match === null) return [];
    const depth = match[1]!.length / 2;
    above.splice(depth, above.length, match[2]!.replace(/\/$/, ''));
    return [above.join('/')];
  });
}

describe('this test', () => {
  it('names headings as GitHub does', () => {
    const text = [
      '# The `set` of a queue: what, and why?',
      '## What comes back',
      '## What comes back',
      '## [Figures](x.md) & *more*',
      '## 五分钟，从头开始',
      '## snake_case, C++ -- and A/B #',
      '```ini',
      '# no heading',
      '```',
      '<a id="here"></a>',
    ].join('\n');
    expect([...anchorsOf(text)]).toEqual([
      'the-set-of-a-queue-what-and-why',
      'what-comes-back',
      'what-comes-back-1',
      'figures--more',
      '五分钟从头开始',
      'snake_case-c----and-ab',
      'here',
    ]);
  });

  it('sees links of every form, and none in code', () => {
    const text = [
      '[a](a.md), ![b](b.png "title") and [c d](<c.md#d>) but not `[x](x.md)`',
      '[e]: e.md#f',
      '<img src="g.svg">',
      '```',
      '[y](y.md)',
      '```',
    ].join('\n');
    expect(linksOf(text).map(({ line, target }) => `${line} ${target}`)).toEqual([
      '1 a.md',
      '1 b.png',
      '1 c.md#d',
      '2 e.md#f',
      '3 g.svg',
    ]);
  });

  it('finds links that lead nowhere', () => {
    expect(mistakeIn('docs/testing.md', 'journal.md#crcs')).toBeUndefined();
    expect(mistakeIn('docs/testing.md', '../LICENSE')).toBeUndefined();
    expect(mistakeIn('docs/testing.md', 'https://example.org/x.md')).toBeUndefined();
    expect(mistakeIn('docs/testing.md', 'journal.md#crc')).toBe('docs/journal.md has no heading #crc');
    expect(mistakeIn('docs/testing.md', '#no-such')).toBe('docs/testing.md has no heading #no-such');
    expect(mistakeIn('docs/testing.md', 'LICENSE')).toBe('there is no docs/LICENSE');
    expect(mistakeIn('README.md', '../other/README.md')).toBe('there is no ../other/README.md');
  });

  it('tells paths from other code, and whether they are there', () => {
    for (const span of ['npm test', '/abort', 'get q/open', 'q/id=K', 'SEEDS=5', 'Engine.#settle', 'set'])
      expect([span, isPath(span)]).toEqual([span, false]);
    for (const span of ['operations/enqueue', 'log/codec/sizes.ts', 'class/', 'engine.ts', 'test/clients'])
      expect([span, isPath(span), isThere(span)]).toEqual([span, true, true]);
    for (const span of ['operations/gone', 'log/codec/size.ts', 'tides.ts'])
      expect([span, isPath(span), isThere(span)]).toEqual([span, true, false]);
  });
});
