import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { expectAccessible } from '../helpers/browser/axe.ts';
import { SCENES, type Staged, stage } from '../helpers/scenes/scenes.ts';
import { TextClient } from '../helpers/text-client.ts';

const SLOW = { timeout: 20_000 };

/** A scene on a server that ends when no page looks at it any more. */
async function play(...[scene, options]: Parameters<typeof stage>): Promise<Staged> {
  const staged = await stage(scene, options);
  onTestFinished(() => staged[Symbol.asyncDispose]());
  return staged;
}

const row = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });

/** The names in the table, from top to bottom. */
const names = (page: Page) => page.locator('tbody .queue-name > a').allInnerTexts();

async function figure(page: Page, name: string, column: string): Promise<string> {
  const titles = await page.getByRole('columnheader').allInnerTexts();
  const place = titles.findIndex((title) => title.startsWith(column));
  return row(page, name).getByRole('cell').nth(place).innerText();
}

withBrowser('the page of queues', (it) => {
  it('shows what each has, and whether anybody reads it', async ({ open }) => {
    const staged = await play(SCENES.busy());
    const view = await open(`${staged.server.url}/queues`);
    const { page } = view;
    await row(page, 'legacy-import').waitFor();
    expect(await page.title()).toBe('Queues · memq');
    expect(await figure(page, 'legacy-import', 'Waiting')).toMatch(/^\d/);
    await expect.poll(() => figure(page, 'legacy-import', 'Readers'), SLOW).toBe('Nobody');
    expect(await row(page, 'newsletter').innerText()).toContain('Paused');
    await page.getByText(/^\d+ queues$/).waitFor();
    await expectAccessible(page);
    // A figure that gets another digit moves within its cell, and nothing else does.
    const { sum, moved } = await view.layoutShift();
    expect(sum, moved.join('\n')).toBeLessThan(0.002);
    await row(page, 'mail').getByRole('link', { name: 'mail', exact: true }).click();
    await page.waitForURL('**/queues/mail');
  });

  it('has axe content in the dark, in Chinese, on a phone', async ({ open }) => {
    const staged = await play(SCENES.hostile());
    const view = await open(`${staged.server.url}/queues`, { width: 360, theme: 'dark', language: 'zh-CN' });
    await view.page.getByRole('heading', { name: '队列', level: 1 }).waitFor();
    await view.page.locator('tbody tr').first().waitFor();
    await expectAccessible(view.page);
    expect(await view.page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });

  it('says on a phone as well that nobody reads a queue, in whole', async ({ open }) => {
    const { server } = await play(SCENES.empty());
    using client = await TextClient.connect(server.port);
    await client.set('a-queue-with-quite-a-long-name', 'job');
    const { page } = await open(`${server.url}/queues`, { width: 360 });
    const badge = page.locator('.queue-more').getByText('Nobody');
    await badge.waitFor();
    const [inner, outer] = await Promise.all([
      badge.boundingBox(),
      row(page, 'a-queue-with-quite-a-long-name').getByRole('cell').first().boundingBox(),
    ]);
    expect(inner!.x + inner!.width).toBeLessThanOrEqual(outer!.x + outer!.width);
  });

  it('filters as one types, and the address has it', async ({ open }) => {
    const staged = await play(SCENES['many-queues'](120));
    const { page } = await open(`${staged.server.url}/queues`, { expected: [/^answer: 422 GET .*q=%5Bx/] });
    await page.getByText('50 shown').waitFor();
    const field = page.getByRole('searchbox', { name: 'Filter by name' });
    await field.fill('00007');
    await expect.poll(() => names(page), SLOW).toHaveLength(5);
    expect(new URL(page.url()).search).toBe('?q=00007');
    await field.fill('*:mail');
    await expect
      .poll(async () => (await names(page)).every((name) => name.endsWith(':mail')), SLOW)
      .toBe(true);
    await field.fill('[x');
    await page.getByRole('alert').getByText('"[" has no "]"').waitFor();
    await field.fill('nothing like that');
    await page.getByText('No queue matches').waitFor();
    await page.getByRole('link', { name: 'Show all queues' }).click();
    await page.getByText('50 shown').waitFor();
    expect(await field.inputValue()).toBe('');
  }, 60_000);

  it('has pages, orders and states in the address, and the way back leads through them', async ({ open }) => {
    const staged = await play(SCENES['many-queues'](120));
    const view = await open(`${staged.server.url}/queues`);
    const { page } = view;
    await page.getByRole('link', { name: 'Next page' }).click();
    await expect.poll(() => names(page), SLOW).toContain('tenant-00010:mail');
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.getByText('20 shown').waitFor();
    await page.goBack();
    await page.getByText('50 shown').waitFor();
    await page.goBack();
    await expect.poll(async () => (await names(page))[0], SLOW).toBe('tenant-00000:billing');
    await page.getByRole('link', { name: 'Waiting', exact: true }).click();
    // It alone has more than one.
    await expect.poll(async () => (await names(page))[0], SLOW).toBe('tenant-00000:billing');
    const header = page.getByRole('columnheader', { name: 'Waiting' });
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    await page.getByRole('button', { name: 'Failing' }).click();
    await expect.poll(() => names(page), SLOW).toHaveLength(2);
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ sort: 'ready', state: 'failing' });
    const { page: other } = await open(page.url(), { beside: view });
    await expect.poll(() => names(other), SLOW).toEqual(await names(page));
    expect(await other.getByRole('button', { name: 'Failing' }).getAttribute('aria-pressed')).toBe('true');
  }, 60_000);

  it('pauses a queue and has it go on, also while somebody points at its row', async ({ open }) => {
    const staged = await play(SCENES.empty());
    using client = await TextClient.connect(staged.server.port);
    await client.set('mail', 'job');
    const { page } = await open(`${staged.server.url}/queues`);
    await page.getByRole('button', { name: 'Pause mail' }).click();
    await row(page, 'mail').getByText('Paused').waitFor();
    expect(await client.getText('mail')).toBeUndefined();
    await page.getByRole('button', { name: 'Paused' }).click();
    await page.getByRole('button', { name: 'Resume mail' }).click();
    await page.getByText('No queue matches').waitFor();
    expect(await client.getText('mail')).toBe('job');
  });

  it('may not pause where the server is read-only, and says why', async ({ open }) => {
    const staged = await play(SCENES.empty(), { args: ['--http-readonly'] });
    using client = await TextClient.connect(staged.server.port);
    await client.set('mail', 'job');
    const { page } = await open(`${staged.server.url}/queues`);
    const button = page.getByRole('button', { name: 'Pause mail' });
    await expect.poll(() => button.getAttribute('title'), SLOW).toBe('The server is read-only.');
    await button.click({ force: true });
    expect(await client.getText('mail')).toBe('job');
  });

  it('teaches where there is none: its line for a shell makes the first one', async ({ open }) => {
    const staged = await play(SCENES.empty());
    const { page } = await open(`${staged.server.url}/queues`);
    await page.getByText('No queue yet').waitFor();
    await expectAccessible(page);
    const line = await page.locator('.first-job-way').filter({ hasText: 'Shell' }).locator('pre').innerText();
    const { stdout } = await promisify(execFile)('sh', ['-c', line]);
    expect(stdout).toBe('STORED\r\n');
    await row(page, 'mail').waitFor({ timeout: 20_000 });
  }, 60_000);
});
