import { expect } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { expectAccessible } from '../helpers/browser/axe.ts';
import { onStage } from '../helpers/scenes/on-stage.ts';
import { SCENES } from '../helpers/scenes/scenes.ts';
import { TextClient } from '../helpers/text-client.ts';

/** All that the first look at the overview may load, bytes. */
const FIRST_LOAD = 100_000;
const SLOW = { timeout: 30_000 };

withBrowser('the overview', (it) => {
  it('tells what is done, waits and fails, and goes on', async ({ open }) => {
    const staged = await onStage(SCENES.busy());
    staged.play.run();
    const { page } = await open(staged.server.url);
    const done = page.locator('.tile', { hasText: 'Done a second' }).locator('.tile-figure');
    await expect.poll(() => done.innerText(), SLOW).toMatch(/^[1-9][\d.]*\/s$/);
    const before = await done.innerText();
    await expect.poll(() => done.innerText(), SLOW).not.toBe(before);
    await page.getByRole('link', { name: /^Waiting/ }).waitFor();
    const total = page.locator('dl.overview-totals > div', { hasText: 'Total in' }).locator('dd');
    const sum = async () => Number((await total.innerText()).replace(/\D/g, ''));
    const first = await sum();
    expect(first).toBeGreaterThan(1000);
    await expect.poll(sum, SLOW).toBeGreaterThan(first);
    expect(await page.locator('.tiles svg[role=img]').count()).toBe(4);
  });

  it('names what fails most, with the ways there', async ({ open }) => {
    const staged = await onStage(SCENES.failing());
    const { page } = await open(staged.server.url);
    const panel = page.getByRole('region', { name: 'What fails most' });
    const rows = panel.getByRole('listitem');
    await expect.poll(() => rows.count(), SLOW).toBe(5);
    expect(await rows.first().innerText()).toMatch(/ECONNREFUSED[\s\S]*mail[\s\S]*1,904/);
    await rows
      .first()
      .getByRole('link', { name: /ECONNREFUSED/ })
      .click();
    await expect.poll(() => new URL(page.url()).pathname, SLOW).toBe('/failed');
    expect(new URL(page.url()).searchParams.get('queue')).toBe('mail');
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  });

  it('shows the call that has run for longest, and who runs it', async ({ open }) => {
    const staged = await onStage(SCENES.busy());
    const { page } = await open(staged.server.url);
    const panel = page.getByRole('region', { name: 'Running for longest' });
    await panel.getByRole('link', { name: "transcode('lecture-8841.mov', 'h264', 1080)" }).waitFor();
    await panel.getByRole('link', { name: 'media-1:733' }).click();
    await page.getByRole('region', { name: 'media-1:733' }).waitFor();
  });

  it('teaches the first job, and shows the chart once there is one', async ({ open }) => {
    const staged = await onStage(SCENES.empty());
    const { page } = await open(staged.server.url);
    const panel = page.getByRole('region', { name: 'The first job' });
    await panel.waitFor();
    expect(await panel.innerText()).toContain(`127.0.0.1 ${staged.server.port}`);
    await expectAccessible(page);
    const client = await TextClient.connect(staged.server.port);
    await client.set('mail', 'hello()');
    client.close();
    await page.getByRole('region', { name: 'Throughput' }).waitFor();
    await expect.poll(() => panel.count(), SLOW).toBe(0);
    await page.getByText('Nothing has failed').waitFor();
  });

  it('has the period of its chart in its address, and a table that stays as it is while it is read', async ({
    open,
  }) => {
    const staged = await onStage(SCENES.busy());
    staged.play.run();
    const { page } = await open(`${staged.server.url}/?window=1h`);
    const hour = page.getByRole('radio', { name: 'The last hour' });
    await expect.poll(() => hour.isChecked(), SLOW).toBe(true);
    await page.getByRole('radio', { name: 'The last 2 minutes' }).check({ force: true });
    await expect.poll(() => new URL(page.url()).search, SLOW).toBe('');
    await page.getByRole('button', { name: 'As a table' }).click();
    const newest = page.getByRole('rowheader').first();
    const row = await newest.innerText();
    const legend = page.locator('.chart-legend-value').first();
    const values = new Set<string>();
    // The figures beside it go on.
    await expect.poll(async () => values.add(await legend.innerText()).size, SLOW).toBeGreaterThan(3);
    expect(await newest.innerText()).toBe(row);
    await page.getByRole('button', { name: 'As a chart' }).click();
    await page.getByRole('button', { name: 'As a table' }).click();
    expect(await newest.innerText()).not.toBe(row);
  });

  it('is small, and nothing in it moves while it is loaded', async ({ open }) => {
    const staged = await onStage(SCENES.busy());
    staged.play.run();
    for (const [width, height] of [
      [1280, 1100],
      [768, 1024],
      [360, 740],
    ] as const) {
      const view = await open(staged.server.url, { width, height });
      await view.settled();
      await view.page.locator('.time-chart canvas').first().waitFor();
      // Whichever job that is: on a busy machine the one of the scene may have lost its lease.
      const longest = view.page.getByRole('region', { name: 'Running for longest' });
      await longest.getByRole('listitem').getByRole('link').first().waitFor();
      expect(await view.layoutShift(), `at ${width}`).toEqual({ sum: 0, moved: [] });
      expect(view.transferred, `at ${width}`).toBeLessThan(FIRST_LOAD);
    }
  });

  it('is in Chinese where that is wanted', async ({ open }) => {
    const staged = await onStage(SCENES.failing());
    const { page } = await open(staged.server.url, { language: 'zh-CN' });
    await page.getByRole('heading', { level: 1, name: '概览' }).waitFor();
    await page.getByRole('region', { name: '最常见的失败' }).getByText('ECONNREFUSED').waitFor();
    await expectAccessible(page);
  });

  it('is accessible in both themes, on a phone and on a desk', async ({ open }) => {
    const staged = await onStage(SCENES.failing());
    for (const theme of ['light', 'dark'] as const) {
      const view = await open(staged.server.url, { theme });
      for (const width of [1280, 360]) {
        await view.page.setViewportSize({ width, height: 800 });
        await view.settled();
        await view.page.getByText('ECONNREFUSED').waitFor();
        await expectAccessible(view.page);
        expect(await view.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      }
    }
  });

  it('shows what is hostile as text', async ({ open }) => {
    const staged = await onStage(SCENES.hostile());
    const view = await open(staged.server.url, { width: 360 });
    await view.settled();
    await expect.poll(() => view.page.getByRole('listitem').count(), SLOW).toBeGreaterThan(5);
    expect(await view.page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });
});
