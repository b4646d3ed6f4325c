import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { html } from 'hono/html';
import { getMimeType } from 'hono/utils/mime';
import { Content } from './content.ts';

const DOCUMENT = 'index.html';
/** What the document is built with. */
const BASE = '<base href="/"';
const COMPRESSED = '.br';

/** The pages, as they were built: the document that all of them are, and the files that it loads. */
export interface Pages {
  readonly document: Content;
  /** By their paths below that of the pages, such as `assets/index-Bk2x.js`. Nothing else is ever served. */
  readonly files: ReadonlyMap<string, Content>;
}

/**
 * Reads all of the pages. `basePath`: where a browser finds them, which their addresses are relative to. Resolves with undefined
 * where there are none.
 */
export async function readPages(folder: string, basePath: string): Promise<Pages | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, DOCUMENT), 'utf8');
  } catch {
    return undefined;
  }
  const base = String(html`<base href="${basePath}/"`);
  const document = Content.text(
    'text/html; charset=utf-8',
    text.replace(BASE, () => base),
  );
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && entry.name !== DOCUMENT)
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
  const files = new Map<string, Content>();
  for (const name of names) {
    const isCompressed = name.endsWith(COMPRESSED);
    const path = (isCompressed ? name.slice(0, -COMPRESSED.length) : name).replaceAll(sep, '/');
    const bytes = await readFile(join(folder, name));
    files.set(path, isCompressed ? Content.brotli(typeOf(path), bytes) : Content.dense(typeOf(path), bytes));
  }
  return { document, files };
}

function typeOf(path: string): string {
  return getMimeType(path) ?? 'text/plain; charset=utf-8';
}
