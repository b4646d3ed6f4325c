import { expect } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { expectAccessible } from '../helpers/browser/axe.ts';
import { onStage } from '../helpers/scenes/on-stage.ts';
import { SCENES } from '../helpers/scenes/scenes.ts';
import { TextClient } from '../helpers/text-client.ts';

const SLOW = { timeout: 30_000 };

withBrowser('the page of workers', (it) => {
  it('tells where each is, what it takes, what it runs, and has them rest and stop', async ({ open }) => {
    const staged = await onStage(SCENES.busy());
    const { page } = await open(`${staged.server.url}/workers`);
    await page.getByText(/^6 processes, \d+ of 50 slots busy$/).waitFor();
    const row = (name: string) =>
      page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
    // It tells of itself every ten seconds.
    await expect
      .poll(() => row('media-1:733').innerText(), SLOW)
      .toMatch(/Running[\s\S]*thumbnails, video[\s\S]*2\/6/);
    // A weight is no part of a name.
    const queue = row('index-1:880').getByRole('link', { name: 'search-index:4' });
    expect(await queue.getAttribute('href')).toBe('/queues/search-index');

    await row('media-1:733').getByRole('link', { name: 'media-1:733' }).click();
    const detail = page.getByRole('region', { name: 'media-1:733' });
    await detail.getByText('memq-consume 1.0.0').waitFor();
    await detail.getByRole('link', { name: "transcode('lecture-8841.mov', 'h264', 1080)" }).waitFor();
    expect(new URL(page.url()).search).toBe('?worker=07c4d9e21fa8b653');

    await detail.getByRole('button', { name: 'Quiet' }).click();
    const question = page.getByRole('dialog');
    await question.getByText('It goes on with the 2 jobs that it runs.').waitFor();
    await question.getByRole('button', { name: 'Quiet' }).click();
    await detail.getByText('Quiet', { exact: true }).first().waitFor();
    await expect
      .poll(() => detail.getByRole('button', { name: 'Quiet' }).getAttribute('title'), SLOW)
      .toBe('It takes no jobs already.');
    await detail.getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => detail.count(), SLOW).toBe(0);

    // It has nothing to end first.
    await row('batch-1:6204').getByRole('button', { name: 'Stop' }).click();
    await question.getByText('It runs nothing now, and ends at once.').waitFor();
    await question.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('region', { name: 'What you have begun' }).getByText('batch-1:6204').waitFor();
    await page.mouse.move(0, 0);
    await row('batch-1:6204').getByRole('cell', { name: 'Gone' }).last().waitFor();
    await page.getByText(/^5 processes/).waitFor();
    expect(
      await row('batch-1:6204').getByRole('button', { name: 'Stop' }).getAttribute('aria-disabled'),
    ).toBe('true');
  });

  it('says how one is started where there is none, and sees it come', async ({ open }) => {
    const staged = await onStage(SCENES.empty());
    const view = await open(`${staged.server.url}/workers`, { width: 360 });
    const { page } = view;
    await page.getByText('npx memq-consume --config config.ini --watch').waitFor();
    await expectAccessible(page);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    const client = await TextClient.connect(staged.server.port);
    await client.set('$client', JSON.stringify({ worker: '3f9a', host: 'web-9', pid: 7, queues: ['*'] }));
    await page.getByRole('link', { name: 'web-9:7' }).waitFor();
    client.close();
    await page.getByRole('row', { name: /Gone/ }).waitFor();
  });

  it('says that one has ended when it is asked for', async ({ open }) => {
    const staged = await onStage(SCENES.empty());
    const { page } = await open(`${staged.server.url}/workers?worker=nobody`);
    await page.getByText('There is no such worker now. It may have ended.').waitFor();
  });

  it('is read and used on a phone, in both themes and languages', async ({ open }) => {
    const staged = await onStage(SCENES.hostile());
    for (const theme of ['light', 'dark'] as const) {
      for (const width of [360, 1280]) {
        const view = await open(`${staged.server.url}/workers`, { theme, width, language: 'zh-CN' });
        await view.settled();
        await view.page.getByRole('heading', { level: 1, name: '工作进程' }).waitFor();
        await expect.poll(() => view.page.getByRole('row').count(), SLOW).toBe(24);
        await view.page.getByRole('button', { name: '停止' }).first().waitFor();
        await expectAccessible(view.page);
        expect(await view.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      }
    }
  });
});
