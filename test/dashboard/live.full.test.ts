import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { openRelay } from '../helpers/browser/relay.ts';
import { asTabs } from '../helpers/browser/tabs.ts';
import type { View } from '../helpers/browser/view.ts';
import { startServer, type TestServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';
import { until } from '../helpers/until.ts';

const TABS = 7;

/** A server whose messages outlive it, and an address before it that counts streams. */
async function relayed(args: readonly string[] = []) {
  const dataDir = mkdtempSync(join(tmpdir(), 'memq-live-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const server = await startServer({ http: true, dataDir, args });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const relay = await openRelay(() => server.url);
  onTestFinished(() => relay[Symbol.asyncDispose]());
  return { server, relay };
}

async function enqueue({ port }: TestServer, queue: string, count = 1): Promise<void> {
  using client = await TextClient.connect(port);
  for (let n = 0; n < count; n++) expect(await client.set(queue, `run(${n})`)).toBe('STORED');
}

const isLive = (page: Page) => page.locator('.connection.live').waitFor({ state: 'attached' });
/** What waits in a queue, as the page of it has it. */
const waiting = (page: Page, count: string) =>
  page.locator('.tabs').getByRole('link', { name: new RegExp(`^Waiting ?${count}$`) });
const row = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });

withBrowser('tabs of one browser', (it) => {
  it('are live with one stream together, whichever of them is closed', async ({ open }) => {
    const { server, relay } = await relayed();
    await enqueue(server, 'mail');
    const first = await open(`${relay.url}/queues/mail`);
    await isLive(first.page);
    const views: View[] = [first];
    while (views.length < TABS) views.push(await open(`${relay.url}/queues/mail`, { beside: first }));
    for (const { page } of views) await isLive(page);
    for (const { page } of views) await waiting(page, '1').waitFor();
    expect(relay.streams).toBe(1);
    for (let count = 2; views.length > 1; count++) {
      // The one that has the stream, at first.
      await views.shift()?.page.close();
      await enqueue(server, 'mail');
      for (const { page } of views) await waiting(page, String(count)).waitFor();
      await until(() => relay.streams === 1);
      for (const { page } of views) await isLive(page);
    }
  });

  it('have none while nobody sees them, and are up to date once somebody does', async ({ open }) => {
    const { server, relay } = await relayed();
    await enqueue(server, 'mail');
    const first = await open(`${relay.url}/queues/mail`);
    const second = await open(`${relay.url}/queues/mail`, { beside: first });
    const other = await first.page.context().newPage();
    await asTabs(first.page, second.page);
    await waiting(second.page, '1').waitFor();
    await until(() => relay.streams === 1);
    await asTabs(other);
    await until(() => relay.streams === 0);
    const before = relay.allStreams;
    await enqueue(server, 'mail');
    await first.page.bringToFront();
    await waiting(first.page, '2').waitFor();
    await isLive(first.page);
    expect([relay.streams, relay.allStreams - before]).toEqual([1, 1]);
  });

  it('say that the server is gone, and find it again', async ({ open }) => {
    const { server, relay } = await relayed();
    await enqueue(server, 'mail', 3);
    const first = await open(`${relay.url}/queues/mail`, { expected: [/^failed: /, /^answer: 503 /] });
    const second = await open(`${relay.url}/queues`, {
      beside: first,
      expected: [/^failed: /, /^answer: 503 /],
    });
    for (const { page } of [first, second]) await isLive(page);
    await server.kill();
    for (const { page } of [first, second]) {
      await page.getByText('The server cannot be reached.').first().waitFor();
      await page.getByRole('button', { name: 'Try now' }).waitFor();
    }
    // What was seen last is still there to be read.
    await waiting(first.page, '3').waitFor();
    await row(second.page, 'mail').waitFor();
    await server.start();
    await enqueue(server, 'mail');
    await waiting(first.page, '4').waitFor();
    for (const { page } of [first, second]) {
      await isLive(page);
      await page.getByRole('button', { name: 'Try now' }).waitFor({ state: 'detached' });
    }
    await expect.poll(() => row(second.page, 'mail').innerText(), { timeout: 60_000 }).toMatch(/\b4\b/);
    expect(relay.streams).toBe(1);
  });
});

withBrowser(
  'tabs of a page that came by plain HTTP under a name',
  (it) => {
    it('are live with one stream as well, and copy', async ({ open }) => {
      const { server, relay } = await relayed(['--http-host', 'memq.example']);
      await enqueue(server, 'mail');
      const url = relay.url.replace('127.0.0.1', 'memq.example');
      const first = await open(`${url}/queues/mail`);
      const second = await open(`${url}/queues/mail`, { beside: first });
      for (const { page } of [first, second]) await isLive(page);
      expect(await first.page.evaluate('[isSecureContext, navigator.locks, navigator.clipboard]')).toEqual([
        false,
        undefined,
        undefined,
      ]);
      await until(() => relay.streams === 1);
      await first.page.close();
      await enqueue(server, 'mail');
      await waiting(second.page, '2').waitFor();
      await isLive(second.page);
      await until(() => relay.streams === 1);

      const { page } = second;
      await page.getByRole('main').getByRole('link', { name: 'run(0)' }).click();
      const copy = page.getByRole('button', { name: 'Copy the command' });
      await copy.click();
      await page.getByRole('button', { name: 'Copied' }).waitFor();
      const command = await page.getByRole('region', { name: 'Command' }).innerText();
      await page.getByRole('banner').getByRole('searchbox').focus();
      await page.keyboard.press('Control+V');
      expect(await page.getByRole('banner').getByRole('searchbox').inputValue()).toBe(command);
    });
  },
  ['--host-resolver-rules=MAP memq.example 127.0.0.1'],
);

withBrowser('what somebody is at', (it) => {
  it('does not change: a row that is pointed at', async ({ open }) => {
    const { server, relay } = await relayed();
    await enqueue(server, 'mail');
    await enqueue(server, 'push');
    const { page } = await open(`${relay.url}/queues`);
    await row(page, 'mail').hover();
    const before = await row(page, 'mail').innerText();
    await enqueue(server, 'mail', 7);
    await enqueue(server, 'another');
    await enqueue(server, 'push', 8);
    await expect.poll(() => row(page, 'push').innerText(), { timeout: 60_000 }).toMatch(/\b9\b/);
    expect(await row(page, 'mail').innerText()).toBe(before);
    expect(await row(page, 'another').count()).toBe(0);
    await page.getByRole('heading', { level: 1 }).hover();
    await row(page, 'another').waitFor();
    expect(await row(page, 'mail').innerText()).toMatch(/\b8\b/);
  });

  it('does not change: a question', async ({ open }) => {
    const { server, relay } = await relayed();
    await enqueue(server, 'mail', 3);
    const { page } = await open(`${relay.url}/queues/mail`, { expected: [/^answer: 409 POST .*\/purge$/] });
    await waiting(page, '3').waitFor();
    await page.getByRole('button', { name: 'Purge' }).click();
    const dialog = page.getByRole('dialog', { name: 'Purge mail' });
    const field = dialog.getByRole('textbox');
    await field.pressSequentially('ma');
    const said = await dialog.innerText();
    expect(said).toContain('3 messages will be discarded');
    await field.evaluate((element) => Object.assign(element, { isSame: true }));
    await enqueue(server, 'mail', 5);
    // The page behind it goes on.
    await page.locator('.tabs').getByText('8', { exact: true }).waitFor();
    expect(await dialog.innerText()).toBe(said);
    expect(await field.inputValue()).toBe('ma');
    expect(await page.evaluate('document.activeElement.isSame')).toBe(true);
    await page.keyboard.type('il');
    await page.keyboard.press('Enter');
    // It is about what was shown, and there is more now.
    await page.getByText('Meanwhile there are more or fewer than you were shown.').first().waitFor();
    await waiting(page, '8').waitFor();
  });
});
