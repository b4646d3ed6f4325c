import { expect } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { accessibilityProblems } from '../helpers/browser/axe.ts';
import { pagePaths } from '../helpers/scenes/page-paths.ts';
import { SCENES } from '../helpers/scenes/scenes.ts';

/** In one scene a theme has one width and in the next one the other: each page is seen in all four ways. */
const LOOKS = [
  [
    { width: 1280, theme: 'light' },
    { width: 360, theme: 'dark' },
  ],
  [
    { width: 1280, theme: 'dark' },
    { width: 360, theme: 'light' },
  ],
] as const;

withBrowser('all pages are accessible', (it) => {
  it.for([
    ['empty', LOOKS[0]],
    ['busy', LOOKS[1]],
    ['failing', LOOKS[0]],
    ['hostile', LOOKS[1]],
  ] as const)('in the scene %s', async ([name, looks], { open, stage }) => {
    const { server } = await stage(SCENES[name]());
    const { url } = server;
    const view = await open(url, { reducedMotion: true });
    const { page } = view;
    const found: Record<string, string[]> = {};
    for (const path of Object.values(await pagePaths(url))) {
      await page.goto(url + path);
      for (const { width, theme } of looks) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme: theme });
        await view.settled();
        const problems = await accessibilityProblems(page);
        if (problems.length > 0) found[`${path}, ${width} pixels, ${theme}`] = problems;
      }
    }
    expect(found).toEqual({});
  });
});
