import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPage } from '../helpers/pages.ts';
import { linksOf } from './markdown.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'docs/growth');
const pictures = readdirSync(FOLDER).filter((name) => name.endsWith('.svg'));
const drawn = mkdtempSync(join(tmpdir(), 'memq-growth-'));
afterAll(() => rmSync(drawn, { recursive: true }));

describe('the pictures of growth', () => {
  it('are what is drawn from the data beside them', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/growth-pictures.mjs', '--to', drawn], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(drawn)).toEqual(pictures);
    for (const name of pictures)
      expect(readFileSync(join(drawn, name), 'utf8'), name).toBe(readFileSync(join(FOLDER, name), 'utf8'));
  });

  it('are all of what was measured, and on the page', () => {
    const data: object = JSON.parse(readFileSync(join(FOLDER, 'data.json'), 'utf8'));
    expect(pictures).toEqual(
      Object.keys(data)
        .map((name) => `${name}.svg`)
        .sort(),
    );
    const shown = linksOf(readPage('docs/growth.md')).filter(({ target }) => target.endsWith('.svg'));
    expect(shown.map(({ target }) => target.replace('growth/', '')).sort()).toEqual(pictures);
  });

  it('say nothing that is no number, and all of it in words', () => {
    for (const name of pictures) {
      const text = readFileSync(join(FOLDER, name), 'utf8');
      expect(text, name).not.toMatch(/NaN|Infinity|undefined/);
      expect(text, name).toMatch(
        /role="img".*\n<title id="title">.{20,}<\/title>\n<desc id="desc">.{100,}<\/desc>/,
      );
    }
  });
});
