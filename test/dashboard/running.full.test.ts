import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { expectAccessible } from '../helpers/browser/axe.ts';
import { onStage } from '../helpers/scenes/on-stage.ts';
import type { Scene } from '../helpers/scenes/scene.ts';
import { SCENES } from '../helpers/scenes/scenes.ts';

/** Fails only where it is never so: the machine may be busy. */
const eventually = <T>(get: () => T) => expect.poll(get, { timeout: 20_000 });
const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
const row = (page: Page, name: RegExp) => page.getByRole('table').getByRole('row', { name });
const tray = (page: Page) => page.getByRole('region', { name: 'What you have begun' });
const dialog = (page: Page) => page.getByRole('dialog');

const stage = async (scene: Scene) => (await onStage(scene)).server.url;

withBrowser('the page of what runs', (it) => {
  it('tells what runs, since when, how far it is, and who runs it', async ({ open }) => {
    const url = await stage(SCENES.busy());
    const { page } = await open(`${url}/running`, { width: 1440 });
    const video = row(page, /lecture-8841/);
    await video.waitFor();
    const text = await video.innerText();
    expect(text).toMatch(
      /transcode\('lecture-8841\.mov', 'h264', 1080\)\s+video-8841\s+video\s+\d+(?:\.\d+)? s/,
    );
    expect(text).toMatch(/62%\s+frame: 18420\s+media-1:733\s+in (?:\d+ s|1 min)\s+1/);
    expect(await row(page, /quarter-2026-3/).innerText()).toContain('reading orders of July');
    await page.getByRole('link', { name: 'media-1:733' }).first().click();
    await eventually(() => page.url()).toContain('/workers?worker=07c4d9e21fa8b653');
    await page.goBack();
    await page.getByRole('link', { name: /lecture-8841/ }).click();
    await eventually(() => page.url()).toMatch(/\/queues\/video\/messages\/[0-9a-f]+-[0-9a-f]+$/);
  });

  it('cancels one, which is told as long as it is held', async ({ open }) => {
    const url = await stage(SCENES.busy());
    const { page } = await open(`${url}/running`);
    await button(page, /^Cancel: quarter-2026-3$/).click();
    await dialog(page).getByText('Its worker is told to stop it.', { exact: false }).waitFor();
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
    await button(page, /^Cancel: quarter-2026-3$/).click();
    await dialog(page).getByRole('button', { name: 'Cancel 1 job' }).click();
    await tray(page).getByText('Cancel 1 running job of reports').waitFor();
    // Its worker obeys: it is held for a moment, or gone already.
    await page.mouse.move(0, 0);
    await eventually(async () => {
      // At once: one that is gone in between would be waited for.
      const rest = await row(page, /quarter-2026-3/).allInnerTexts();
      return rest.every((text) => text.includes('Cancelled, still held'));
    }).toBe(true);
    const job = await fetch(`${url}/api/v1/queues/reports/jobs/quarter-2026-3`);
    expect(await job.json()).toMatchObject({ status: 'cancelled' });
  });

  it('cancels those of one queue, and no others', async ({ open }) => {
    const url = await stage(SCENES.busy());
    const { page } = await open(`${url}/running`);
    await row(page, /lecture-8841/).waitFor();
    await page.getByRole('combobox', { name: 'Queue' }).selectOption({ label: 'video (2)' });
    await row(page, /export-512/).waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('?queue=video');
    await button(page, 'Cancel all of this queue').click();
    await dialog(page).getByRole('button', { name: 'Cancel 2 jobs' }).click();
    const status = async (queue: string, id: string) => {
      const answer = await fetch(`${url}/api/v1/queues/${queue}/jobs/${id}`);
      return ((await answer.json()) as { status: string }).status;
    };
    await eventually(() => status('video', 'video-8841')).toBe('cancelled');
    await eventually(() => status('video', 'video-8842')).toBe('cancelled');
    expect(await status('exports', 'export-512')).toBe('running');
  });

  it('cancels those that are chosen', async ({ open }) => {
    const url = await stage(SCENES.busy());
    const { page } = await open(`${url}/running`);
    await page.getByRole('checkbox', { name: 'Select video-8841' }).check();
    await page.getByRole('checkbox', { name: 'Select export-512' }).check();
    await page.getByText('2 selected').waitFor();
    await button(page, 'Cancel').click();
    await dialog(page).getByRole('button', { name: 'Cancel 2 jobs' }).click();
    await tray(page).getByText('Cancel 2 running jobs', { exact: true }).waitFor();
    await page.mouse.move(0, 0);
    await eventually(() => page.getByText('2 selected').count()).toBe(0);
  });

  it('says how something is run where nothing does', async ({ open }) => {
    const url = await stage(SCENES.empty());
    const { page } = await open(`${url}/running`);
    await page.getByText('Nothing runs now').waitFor();
    await page.getByText('npx memq-consume --config config.ini --watch').waitFor();
    await expectAccessible(page);
    await page.goto(`${url}/running?queue=none`);
    await page.getByText('Nothing runs of this queue now').waitFor();
    await page.getByRole('link', { name: 'Show all queues' }).click();
    await page.getByText('Nothing runs now').waitFor();
  });

  it('is accessible', async ({ open }) => {
    const url = await stage(SCENES.busy());
    for (const [width, theme] of [
      [1280, 'light'],
      [360, 'dark'],
    ] as const) {
      const { page } = await open(`${url}/running`, { width, theme });
      await row(page, /lecture-8841/).waitFor();
      await expectAccessible(page);
    }
  });
});
