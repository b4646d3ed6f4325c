import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** How many elements are named of each rule. */
const MOST_NAMED = 10;

let source: string | undefined;

/** What axe-core says against a page as it is now, a line for each rule and element. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  source ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // Half faded in, all has too little contrast.
  await page.evaluate(`Promise.all(document.getAnimations()
    .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity)
    .map(({ finished }) => finished.catch(() => {})))`);
  await page.evaluate(source);
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, { resultTypes: ['violations'] })`,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes
      .slice(0, MOST_NAMED)
      .map(({ target, any }) => `${id}: ${help}: ${target.join(' ')} (${any[0]?.message ?? nodes.length})`),
  );
}

/** Fails where axe-core finds anything. */
export async function expectAccessible(page: Page): Promise<void> {
  expect(await accessibilityProblems(page), `what axe-core says of ${page.url()}`).toEqual([]);
}
