import { expect } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { pagePaths } from '../helpers/scenes/page-paths.ts';
import { SCENES } from '../helpers/scenes/scenes.ts';

/** Most bytes of the first load, with all that it asks the API; of these the library of the chart is 22,400. */
const MOST_BYTES = 72_400;
/** As good as nothing: nobody sees it. */
const MOST_SHIFT = 0.001;
/** A count that gets another digit meanwhile moves within its cell. */
const MOST_SHIFT_OF_ANY = 0.002;
/** What was loaded, the largest first, as the browser counts it. */
const PARTS = `performance.getEntries().filter(({ transferSize }) => transferSize > 0)
  .sort((a, b) => b.transferSize - a.transferSize)
  .map(({ name, transferSize }) => transferSize + ' ' + new URL(name).pathname).join('\\n')`;

withBrowser('the first load of the Overview', (it) => {
  it.for(['empty', 'busy'])(
    'is small, and nothing shifts, in the scene %s',
    async (name, { open, stage }) => {
      const { server, play } = await stage(SCENES[name]());
      const view = await open(server.url);
      await view.page.locator('.connection.live').waitFor();
      await view.settled();
      const { transferred } = view;
      await play.tick();
      const { sum, moved } = await view.layoutShift();
      expect(sum, moved.join('\n')).toBeLessThan(MOST_SHIFT);
      expect(transferred, await view.page.evaluate(PARTS)).toBeLessThanOrEqual(MOST_BYTES);
      // All of it came by the wire that is counted.
      expect(transferred).toBeGreaterThan(10_000);
    },
  );
});

withBrowser('all pages', (it) => {
  it.for([360, 1280])('shift nothing when their data comes, at %i pixels', async (width, { open, stage }) => {
    const { server } = await stage(SCENES.busy());
    for (const [name, path] of Object.entries(await pagePaths(server.url))) {
      const view = await open(`${server.url}${path}`, { width });
      await view.page.locator('.connection.live').waitFor();
      await view.settled();
      const { sum, moved } = await view.layoutShift();
      expect(sum, [name, ...moved].join('\n')).toBeLessThan(MOST_SHIFT_OF_ANY);
      await view.page.close();
    }
  });
});
