import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { accessibilityProblems } from '../helpers/browser/axe.ts';
import { SCENES } from '../helpers/scenes/scenes.ts';
import { until } from '../helpers/until.ts';

/** The first chart of a page, once it is drawn. */
async function chartOf(page: Page) {
  const chart = page.locator('.time-chart').first();
  await chart.locator('canvas').waitFor();
  const slider = chart.getByRole('slider');
  const told = async (): Promise<string> => (await slider.getAttribute('aria-valuetext')) ?? '';
  return { chart, slider, told };
}

withBrowser('a chart', (it) => {
  it('tells its figures by pointer, by keyboard and as a table, and stays in its place', async ({
    open,
    stage,
  }) => {
    const staged = await stage(SCENES.busy());
    staged.play.run();
    const view = await open(staged.server.url);
    const { chart, slider, told } = await chartOf(view.page);
    expect(await told()).toBe('Latest');

    await slider.focus();
    await view.page.keyboard.press('ArrowLeft');
    await until(async () => /^\d\d:\d\d:\d\d: .+ \S+\/s/.test(await told()));
    const last = Number(await slider.getAttribute('aria-valuenow'));
    await view.page.keyboard.press('Home');
    await until(async () => (await slider.getAttribute('aria-valuenow')) === '0');
    expect(last).toBeGreaterThan(100);
    await view.page.keyboard.press('Escape');
    await until(async () => (await told()) === 'Latest');

    await slider.hover();
    await until(async () => (await told()) !== 'Latest');
    await view.page.mouse.move(0, 0);
    await until(async () => (await told()) === 'Latest');

    const { height } = (await chart.boundingBox()) as { height: number };
    await chart.getByRole('button', { name: 'As a table' }).click();
    await chart.getByRole('table').waitFor();
    expect(await chart.getByRole('row').count()).toBeGreaterThan(50);
    expect(await slider.isVisible()).toBe(false);
    expect((await chart.boundingBox())?.height).toBe(height);
    const problems = await accessibilityProblems(view.page);
    expect(problems.filter((problem) => problem.includes('chart'))).toEqual([]);

    await chart.getByRole('button', { name: 'As a chart' }).click();
    await slider.waitFor();
    const { moved } = await view.layoutShift();
    expect(moved.filter((what) => what.includes('chart'))).toEqual([]);
  });

  it('goes on without being drawn anew while its data comes', async ({ open, stage }) => {
    const staged = await stage(SCENES.busy());
    staged.play.run();
    const { page } = await open(staged.server.url);
    const { chart, slider, told } = await chartOf(page);
    const canvas = await chart.locator('canvas').elementHandle();
    await slider.focus();
    await page.keyboard.press('Home');
    await until(async () => (await told()) !== 'Latest');
    const first = await told();
    // The same place is a later time when there are more steps.
    await until(async () => (await told()).slice(0, 8) !== first.slice(0, 8));
    expect(await canvas?.evaluate((element) => element.isConnected)).toBe(true);
  });

  it('is as wide as its page, and has the colours of the theme', async ({ open, stage }) => {
    const staged = await stage(SCENES.busy());
    const { page } = await open(staged.server.url, { width: 1280 });
    const { chart } = await chartOf(page);
    const picture = () => page.evaluate("document.querySelector('.time-chart canvas').toDataURL()");
    const width = async () => (await chart.locator('canvas').boundingBox())?.width ?? 0;
    const before = await width();
    await page.setViewportSize({ width: 360, height: 800 });
    await until(async () => (await width()) < Math.min(before, 360));
    const light = await picture();
    await page.emulateMedia({ colorScheme: 'dark' });
    await until(async () => (await picture()) !== light);
  });
});
