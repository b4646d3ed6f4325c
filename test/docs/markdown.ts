import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { readPage } from '../helpers/pages.ts';

const ROOT = join(import.meta.dirname, '../..');
const NOT_OURS = new Set(['node_modules', 'dist', '.git', 'data']);

/** A line of a page, outside of fenced blocks; the number counts from 1 on. */
interface Line {
  readonly number: number;
  readonly text: string;
}

export interface Link {
  readonly line: number;
  readonly target: string;
}

/** All files of the repository, from its root on. */
export const FILES: readonly string[] = filesIn('');

/** All pages: those beside README.md, those in docs, and the READMEs of examples. */
export const PAGES: readonly string[] = FILES.filter(
  (file) => file.endsWith('.md') && (!file.includes('/') || /^(docs|examples)\//.test(file)),
);

/** Links of a page, also images, of whatever form Markdown has for them. */
export function linksOf(text: string): Link[] {
  return linesOf(text).flatMap(({ number, text }) => {
    const prose = text.replace(/`[^`]*`/g, '``');
    const inline = prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g);
    const definitions = prose.matchAll(/^\s*\[[^\]]+\]:\s+<?([^\s>]+)/g);
    const html = prose.matchAll(/\b(?:href|src)="([^"]+)"/g);
    return [...inline, ...definitions, ...html].map((match) => ({ line: number, target: match[1]! }));
  });
}

/** What can follow a `#`: GitHub's name of each heading, and anchors that are written out. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  const times = new Map<string, number>();
  for (const { text: line } of linesOf(text)) {
    const heading = /^#{1,6}\s+(.*?)(?:\s+#+)?\s*$/.exec(line)?.[1];
    if (heading !== undefined) {
      const slug = slugOf(heading);
      const before = times.get(slug) ?? 0;
      times.set(slug, before + 1);
      anchors.add(before === 0 ? slug : `${slug}-${before}`);
    }
    for (const [, name] of line.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(name!);
  }
  return anchors;
}

/** As GitHub does it: small letters, no punctuation, a hyphen for each blank; letters of all scripts stay. */
function slugOf(heading: string): string {
  const shown = heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/<[^>]+>/g, '');
  return shown
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** Code spans of a page, outside of fenced blocks. */
export function codeSpansOf(text: string): Link[] {
  return linesOf(text).flatMap(({ number, text }) =>
    [...text.matchAll(/`([^`]+)`/g)].map((match) => ({ line: number, target: match[1]! })),
  );
}

/** What is wrong with a link of a page; undefined when it leads somewhere, or out of the repository. */
export function mistakeIn(page: string, target: string): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined;
  const [path, anchor] = target.split('#', 2).map(decodeURIComponent);
  const file = path === '' ? page : posix.join(dirname(page), path!);
  if (file.startsWith('..') || !existsSync(join(ROOT, file))) return `there is no ${file}`;
  if (anchor === undefined) return undefined;
  if (!file.endsWith('.md')) return `${file} has no headings`;
  return anchorsOf(readPage(file)).has(anchor) ? undefined : `${file} has no heading #${anchor}`;
}

function linesOf(text: string): Line[] {
  let fence: string | undefined;
  return text.split('\n').flatMap((line, i) => {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined;
      return [];
    }
    fence = mark;
    return mark === undefined ? [{ number: i + 1, text: line }] : [];
  });
}

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (NOT_OURS.has(entry.name)) return [];
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}
