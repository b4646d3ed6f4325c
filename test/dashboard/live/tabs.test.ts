import fc from 'fast-check';
import { expect, it } from 'vitest';
import { amount } from '../../helpers/amount.ts';
import type { Kind } from './simulated-browser.ts';
import { run, steps } from './steps.ts';
import { TOPICS, World } from './world.ts';

/** After that nothing is in motion any more: also a stream that was kept back has been tried again. */
const QUIET_MS = 80_000;

function agree(kind: Kind, name: string) {
  it(`${name}: whatever happens, all visible tabs have the newest, by one stream`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 7 }), fc.nat(), async (steps, tabs, seed) => {
        const world = new World(seed, kind);
        for (let i = 0; i < tabs; i++) world.open('overview', `queue:q${i}`);
        for (const each of steps) await run(world, each);
        world.server.setMode('ok');
        for (const tab of world.up) tab.live.retryNow();
        for (const topic of TOPICS) world.change(topic);
        await world.time.pass(QUIET_MS);
        // Also where somebody is frozen still.
        world.check();
        for (const tab of world.browser.tabs) if (tab.isFrozen) tab.thaw();
        for (const topic of TOPICS) world.change(topic);
        await world.time.pass(QUIET_MS);
        for (const topic of TOPICS) world.change(topic);
        await world.time.pass(5000);
        world.check();
        const wanting = world.up.filter((tab) => tab.topics.length > 0);
        const expected = kind === 'alone' ? wanting.length : Math.min(1, wanting.length);
        expect(world.streams).toBe(expected);
        expect(wanting.map(({ state }) => state)).toEqual(wanting.map(() => 'live'));
        for (const tab of world.browser.tabs) if (!tab.isCrashed) tab.setVisible(false);
        await world.time.pass(1000);
        expect(world.streams).toBe(0);
      }),
      { numRuns: amount(20, 300) },
    );
  }, 600_000);
}

agree('locks', 'with locks');
agree('beats', 'without locks');
agree('alone', 'without a channel');
