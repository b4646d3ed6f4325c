import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const DASHBOARD = join(import.meta.dirname, '../../dashboard');

/** The classes that a style sheet has rules for by themselves, and not only within something else. */
function ownClasses(css: string): string[] {
  const selectors = css.replace(/\/\*[\s\S]*?\*\//g, '').match(/[^{}]+(?=\{)/g) ?? [];
  return selectors
    .flatMap((list) => list.split(','))
    .flatMap((selector) => /^\s*\.([\w-]+)\s*$/.exec(selector)?.[1] ?? []);
}

it('has each class in one style sheet: all of them are there at the same time', () => {
  const owners = new Map<string, Set<string>>();
  for (const file of readdirSync(DASHBOARD, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.css')) continue;
    for (const name of ownClasses(readFileSync(join(DASHBOARD, file), 'utf8')))
      owners.set(name, (owners.get(name) ?? new Set()).add(file));
  }
  expect(owners.size).toBeGreaterThan(100);
  expect([...owners].filter(([, files]) => files.size > 1)).toEqual([]);
});
