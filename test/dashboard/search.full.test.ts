import type { Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { expectAccessible } from '../helpers/browser/axe.ts';
import { Bulk } from '../helpers/scenes/bulk.ts';
import { startServer } from '../helpers/server.ts';

/** A server of the test's own, and a client of it. */
async function stage() {
  const server = await startServer({ http: true, args: ['--memory'] });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const client = await Bulk.to(server.port);
  onTestFinished(() => client.close());
  return { url: server.url, client };
}

async function someMail(client: Bulk): Promise<void> {
  await client.set('mail/id=order-1', "sendMail('ann@example.org', 'order-1')");
  await client.set('mail/id=order-12', "sendMail('ben@example.org', 'receipt')");
  await client.set('sms', "sendSms('about order-1')");
  await client.set('reports', 'buildReport()');
  await client.fail('reports', 'Error: order-1 has no total');
  await client.done();
}

const field = (page: Page) => page.getByRole('main').getByRole('searchbox');
const part = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const found = (page: Page, text: string) => page.getByRole('main').getByText(text);
const results = (page: Page) => page.getByRole('main').getByRole('listitem');

withBrowser('the page of the search', (it) => {
  it('has what was named before what only mentions it, and marks it', async ({ open }) => {
    const { url, client } = await stage();
    await someMail(client);
    const { page } = await open(`${url}/search?q=order-1`);
    await found(page, '4 messages found').waitFor();
    await page.getByText('Looked at all 4 messages.').waitFor();
    expect(await page.getByRole('status').innerText()).toBe('4 messages found');
    const exact = part(page, 'Exactly this').getByRole('listitem');
    expect(await exact.count()).toBe(1);
    expect(await exact.innerText()).toMatch(
      /sendMail\('ann@example.org', 'order-1'\)[\s\S]*Waiting[\s\S]*mail[\s\S]*order-1/,
    );
    const others = part(page, 'Has it in its id, payload or error').getByRole('listitem');
    expect(await others.count()).toBe(3);
    expect(await others.filter({ hasText: 'order-1 has no total' }).getByText('Failed').count()).toBe(1);
    for (const mark of await page.locator('main mark').all()) expect(await mark.innerText()).toBe('order-1');
    expect(await page.locator('main mark').count()).toBeGreaterThanOrEqual(5);
  });

  it('is led to from the top, searches on Enter, and has all of it in its address', async ({ open }) => {
    const { url, client } = await stage();
    await someMail(client);
    const { page } = await open(url);
    await page.getByRole('banner').getByRole('searchbox').fill('order-1');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${url}/search?q=order-1`);
    await found(page, '4 messages found').waitFor();
    await page.getByLabel('State').selectOption('Failed');
    await found(page, '1 message found').waitFor();
    await page.getByLabel('Queue', { exact: true }).fill('mail');
    await page.keyboard.press('Enter');
    await page.getByText('No message has this').waitFor();
    await page.getByText('Only one queue or one state was searched.').waitFor();
    const address = page.url();
    expect(new URL(address).searchParams.toString()).toBe('q=order-1&queue=mail&state=failed');
    await page.goBack();
    await found(page, '1 message found').waitFor();
    const { page: other } = await open(address);
    await other.getByText('No message has this').waitFor();
    expect(await field(other).inputValue()).toBe('order-1');
    expect(await other.getByLabel('Queue', { exact: true }).inputValue()).toBe('mail');
  });

  it('is done by keyboard, and is as it was when one comes back', async ({ open }) => {
    const { url, client } = await stage();
    await someMail(client);
    const { page } = await open(`${url}/search?q=order-1`);
    await found(page, '4 messages found').waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.type')).toBe('search');
    const focused = () => page.evaluate<string>('document.activeElement.textContent');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe("sendMail('ann@example.org', 'order-1')");
    await page.keyboard.press('ArrowDown');
    expect(await focused()).not.toBe("sendMail('ann@example.org', 'order-1')");
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    expect(await page.evaluate('document.activeElement.type')).toBe('search');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'sendMail("ann@example.org", "order-1")' }).waitFor();
    let searches = 0;
    page.on('request', (request) => {
      if (request.url().includes('/api/v1/search')) searches++;
    });
    await page.goBack();
    await found(page, '4 messages found').waitFor();
    expect(await results(page).count()).toBe(4);
    expect(searches).toBe(0);
  });

  it('says what can be searched for, and remembers what was', async ({ open }) => {
    const { url, client } = await stage();
    await someMail(client);
    const { page } = await open(`${url}/search`);
    await page.getByText('What can be searched for').waitFor();
    expect(await part(page, 'Searched for lately').count()).toBe(0);
    await field(page).fill('receipt');
    await page.keyboard.press('Enter');
    await found(page, '1 message found').waitFor();
    await page.goto(`${url}/search`);
    const lately = part(page, 'Searched for lately');
    await lately.getByRole('link', { name: 'receipt' }).click();
    await found(page, '1 message found').waitFor();
    await page.goBack();
    await lately.getByRole('button', { name: 'Forget receipt' }).click();
    await lately.waitFor({ state: 'hidden' });
  });

  it('goes on by itself until it is stopped, and from there', async ({ open }) => {
    const { url, client } = await stage();
    // A request looks at 10,000 of them.
    for (let n = 0; n < 30_000; n++) await client.set('mail', `sendMail(${n})`);
    await client.set('mail', 'needle()');
    await client.done();
    const { page } = await open(url);
    await page.getByRole('link', { name: 'Search', exact: true }).click();
    // The second part is only looked at when the test has seen how it waits.
    let goOn = () => {};
    const mayGoOn = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await page.route(/\/search\?.*cursor=/, async (route) => {
      await mayGoOn;
      await route.continue().catch(() => {});
    });
    await field(page).fill('needle');
    await page.keyboard.press('Enter');
    await page.getByText(/^Looked at [1-9][\d,]* of 30,001 messages\.$/).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Go on' }).waitFor();
    goOn();
    await page.getByRole('button', { name: 'Go on' }).click();
    await found(page, '1 message found').waitFor();
    await page.getByText('Looked at all 30,001 messages.').waitFor();
    await page.getByRole('button', { name: 'Search again' }).waitFor();
  });

  it('finds enough, and further when asked', async ({ open }) => {
    const { url, client } = await stage();
    for (let n = 0; n < 120; n++) await client.set('mail', `sendMail(${n})`);
    await client.done();
    const { page } = await open(`${url}/search?q=sendMail`);
    await found(page, '50 messages found').waitFor();
    await page.getByRole('button', { name: 'Look further' }).click();
    await found(page, '100 messages found').waitFor();
    await page.getByRole('button', { name: 'Look further' }).click();
    await found(page, '120 messages found').waitFor();
    expect(await results(page).count()).toBe(120);
  });

  it('shows what is hostile as text, with the match in it', async ({ open }) => {
    const { url, client } = await stage();
    await client.set('mail', "say('<img src=x onerror=alert(1)>\u202Eneedle')");
    await client.set('deep', `${'x'.repeat(5000)}needle`);
    await client.done();
    const { page } = await open(`${url}/search?q=needle`);
    await found(page, '2 messages found').waitFor();
    expect(await results(page).filter({ hasText: '[U+202E]' }).locator('mark.match').innerText()).toBe(
      'needle',
    );
    await results(page).filter({ hasText: 'It has it further within.' }).waitFor();
    expect(await page.locator('main img').count()).toBe(0);
  });

  it('says when the server cannot be reached, and goes on when it can', async ({ open }) => {
    const { url, client } = await stage();
    await someMail(client);
    const view = await open(`${url}/search`, { expected: [/^failed: GET .*search/] });
    const { page } = view;
    await page.route(/\/api\/v1\/search/, (route) => route.abort());
    await field(page).fill('receipt');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('The server cannot be reached.').waitFor();
    await page.unroute(/\/api\/v1\/search/);
    await page.getByRole('button', { name: 'Try again' }).click();
    await found(page, '1 message found').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('is accessible, in both themes and languages, on a phone and on a desk', async ({ open }) => {
    const { url, client } = await stage();
    await someMail(client);
    for (const [width, theme, language, query] of [
      [360, 'dark', 'zh-CN', '?q=order-1'],
      [360, 'light', 'en-US', ''],
      [1280, 'light', 'zh-CN', '?q=nothing'],
      [1280, 'dark', 'en-US', '?q=order-1'],
    ] as const) {
      const view = await open(`${url}/search${query}`, { width, theme, language });
      await view.page
        .getByText(query === '' ? 'What can be searched for' : /^(Looked at all|已查看全部)/)
        .waitFor();
      await expectAccessible(view.page);
      expect(await view.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
  });
});
