import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { expectAccessible } from '../helpers/browser/axe.ts';
import { onStage } from '../helpers/scenes/on-stage.ts';
import { SCENES } from '../helpers/scenes/scenes.ts';
import { TextClient } from '../helpers/text-client.ts';

const SLOW = { timeout: 30_000 };

const row = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
const tray = (page: Page) => page.getByRole('region', { name: 'What you have begun' });

/** Answers the question that is asked. */
async function confirm(page: Page, text: string, button: string): Promise<void> {
  const question = page.getByRole('dialog');
  await question.getByText(text).waitFor();
  await question.getByRole('button', { name: button }).click();
  // What is pointed at stays as it is.
  await page.mouse.move(0, 0);
}

withBrowser('the page of the schedule', (it) => {
  it('says when jobs come in words, runs one now, follows it and shows how it ended', async ({ open }) => {
    const staged = await onStage(SCENES.busy());
    const { page } = await open(`${staged.server.url}/schedule`);
    const job = row(page, 'nightly-report');
    await job.getByText('every day at 03:00 (UTC)').filter({ visible: true }).waitFor();
    await job.getByText('No run yet').filter({ visible: true }).waitFor();
    await job.getByRole('button', { name: 'Run now' }).click();
    await confirm(page, 'One run goes to reports at once, beside those at its times.', 'Run now');
    await tray(page).getByText('The run of nightly-report has ended: Complete').waitFor();
    await expect.poll(() => job.getByRole('cell').nth(3).getByRole('listitem').count(), SLOW).toBe(1);
    await job
      .getByRole('cell')
      .nth(3)
      .getByText(/^Complete (now|\d+ s ago)$/)
      .waitFor();
  });

  it('tells why a run failed', async ({ open }) => {
    const staged = await onStage(SCENES.empty(), {
      config: '[schedule]\nclose = 0 22 L * * billing/attempts=1 closeMonth()',
    });
    const worker = await TextClient.connect(staged.server.port);
    const view = await open(`${staged.server.url}/schedule`);
    const { page } = view;
    const job = row(page, 'close');
    await job.getByRole('button', { name: 'Run now' }).click();
    await confirm(page, 'One run goes to billing at once', 'Run now');
    await tray(page).getByText('A run of close waits for a worker').waitFor();
    await job.getByText('Waiting', { exact: true }).waitFor();
    await worker.get('billing/open/t=20000');
    await tray(page).getByText('A run of close is under way').waitFor();
    await job.getByText('Running', { exact: true }).waitFor();
    await worker.set('billing/fail', 'Error: the ledger is locked');
    worker.close();
    const failed = tray(page).getByRole('listitem');
    await failed.getByText('The run of close has ended: Failed').waitFor();
    expect(await failed.innerText()).toContain('Error: the ledger is locked');
    const runs = job.getByRole('cell').nth(3);
    await runs.getByText('Error: the ledger is locked', { exact: true }).waitFor();
    await runs
      .getByText(/^Failed /)
      .first()
      .waitFor();
    await page.getByText('The last 20 runs, the newest at the end:').waitFor();
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 800 });
        await expectAccessible(page);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      }
    }
  });

  it('disables a job and enables it again, with a question first', async ({ open }) => {
    const staged = await onStage(SCENES.busy());
    const { page } = await open(`${staged.server.url}/schedule`, { width: 360 });
    const job = row(page, 'rates');
    await job.getByText('at 08:00, 12:00 and 16:00 on weekdays (UTC)').filter({ visible: true }).waitFor();
    await job.getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await job.getByRole('button', { name: 'Disable' }).click();
    await confirm(page, 'Its times pass without a run until it is enabled again', 'Disable');
    await job.getByText('Disabled').waitFor();
    await job.getByRole('button', { name: 'Enable' }).click();
    await page.mouse.move(0, 0);
    await job.getByRole('button', { name: 'Disable' }).waitFor();
  });

  it('teaches the first line where there is none, in Chinese as well', async ({ open }) => {
    const staged = await onStage(SCENES.empty());
    const { page } = await open(`${staged.server.url}/schedule`, { width: 360, language: 'zh-CN' });
    await page.getByText('没有定时任务').waitFor();
    await page.getByText('nightly-report = 0 3 * * *').waitFor();
    await expectAccessible(page);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });
});
