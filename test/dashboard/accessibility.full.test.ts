import { expect } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { accessibilityProblems } from '../helpers/browser/axe.ts';
import { pagePaths } from '../helpers/scenes/page-paths.ts';
import { SCENES } from '../helpers/scenes/scenes.ts';

const WIDTHS = [1280, 360];
const THEMES = ['light', 'dark'] as const;

withBrowser('all pages are accessible', (it) => {
  it.for(['empty', 'busy', 'failing', 'hostile'])('in the scene %s', async (name, { open, stage }) => {
    const { server } = await stage(SCENES[name]());
    const { url } = server;
    const view = await open(url, { reducedMotion: true });
    const { page } = view;
    const found: Record<string, string[]> = {};
    for (const path of Object.values(await pagePaths(url))) {
      await page.goto(url + path);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        for (const colorScheme of THEMES) {
          await page.emulateMedia({ colorScheme });
          await view.settled();
          const problems = await accessibilityProblems(page);
          if (problems.length > 0) found[`${path}, ${width} pixels, ${colorScheme}`] = problems;
        }
      }
    }
    expect(found).toEqual({});
  });
});
