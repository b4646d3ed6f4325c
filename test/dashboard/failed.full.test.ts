import type { Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { expectAccessible } from '../helpers/browser/axe.ts';
import { Bulk } from '../helpers/scenes/bulk.ts';
import { SCENES, stage as stageScene } from '../helpers/scenes/scenes.ts';
import { type ServerOptions, startServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';

const REFUSED = 'Error: connect ECONNREFUSED 10.0.1.25:587\n    at sendMail (/srv/app/jobs/mail.js:41:11)';
const NO_USER = 'Error: 550 no such user\n    at sendMail (/srv/app/jobs/mail.js:52:13)';
const TIMEOUT = 'TimeoutError: no answer within 10 s\n    at deliver (/srv/app/jobs/webhooks.js:88:13)';

/** A server of the test's own on which some messages have failed: of `mail` in two ways, of `webhooks` in one. */
async function stage(options: ServerOptions = {}) {
  const server = await startServer({ http: true, ...options, args: ['--memory', ...(options.args ?? [])] });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const client = await Bulk.to(server.port);
  onTestFinished(() => client.close());
  const fail = async (queue: string, count: number, error: string) => {
    for (let n = 1; n <= count; n++) {
      await client.set(`${queue}/id=${queue}-${error.length}-${n}`, `send('customer-${n}')`);
      await client.fail(queue, error);
    }
    await client.done();
  };
  await fail('mail', 5, REFUSED);
  await fail('webhooks', 3, TIMEOUT);
  await fail('mail', 2, NO_USER);
  const worker = await TextClient.connect(server.port);
  onTestFinished(() => worker.close());
  const read = async (path: string) => (await fetch(`${server.url}/api/v1${path}`)).json();
  const count = async (queue: string) => {
    const { ready, delayed, failed } = (await read(`/queues/${queue}`)) as Record<string, number>;
    return { ready, delayed, failed };
  };
  return { server, client, worker, read, count, url: `${server.url}/failed` };
}

/** A scene that ends with the test, when its pages are closed. */
async function scene(name: string, options: ServerOptions = {}) {
  const staged = await stageScene(SCENES[name](), options);
  onTestFinished(() => staged[Symbol.asyncDispose]());
  return staged;
}

/** Fails only where it is never so: the machine may be busy. */
const eventually = <T>(get: () => T) => expect.poll(get, { timeout: 20_000 });
const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const trial = (page: Page) => page.getByRole('region', { name: 'One first' });
const rows = (page: Page) => page.getByRole('table').getByRole('row');

/** The first cells of all rows, without what is under them on a phone. */
async function firstCells(page: Page): Promise<string[]> {
  const links = page.getByRole('table').getByRole('row').locator('td:first-child a');
  return links.allInnerTexts();
}

/** Goes to the page of an error, as somebody would. */
async function openGroup(page: Page, error: RegExp): Promise<void> {
  await page.getByRole('table').getByRole('link', { name: error }).click();
  await heading(page, error).waitFor();
  await button(page, /^Retry these \d/).waitFor();
}

withBrowser('the page of what has failed', (it) => {
  it('lists errors, the one of which there are most first, and finds them', async ({ open }) => {
    const { url } = await stage();
    const { page } = await open(url);
    await rows(page).nth(3).waitFor();
    const [mail, hook, user] = [REFUSED, TIMEOUT, NO_USER].map((error) => error.split('\n')[0]);
    expect(await firstCells(page)).toEqual([mail, hook, user]);
    expect(await rows(page).nth(1).innerText()).toMatch(/mail\s+5\s[\s\S]*(?:ago|now)/);
    await page.getByRole('searchbox', { name: 'Error or queue' }).fill('HOOKS');
    await eventually(() => firstCells(page)).toEqual([hook]);
    expect(new URL(page.url()).search).toBe('?q=HOOKS');
    await page.getByRole('searchbox', { name: 'Error or queue' }).fill('');
    await eventually(() => firstCells(page)).toEqual([mail, hook, user]);
    await page.getByRole('combobox', { name: 'Queue' }).selectOption({ label: 'mail (7)' });
    await eventually(() => firstCells(page)).toEqual([mail, user]);
    await page.getByRole('combobox', { name: 'Order' }).selectOption('Last failure first');
    await eventually(() => firstCells(page)).toEqual([user, mail]);
    expect(new URL(page.url()).search).toBe('?queue=mail&sort=last');
    await page.goBack();
    await eventually(() => firstCells(page)).toEqual([mail, user]);
    await page.getByRole('searchbox', { name: 'Error or queue' }).fill('nothing like this');
    await page.getByText('No error matches').waitFor();
    await page.getByRole('link', { name: 'Show all' }).click();
    await eventually(() => firstCells(page)).toEqual([mail, hook, user]);
  });

  it('retries all of an error, and no others, with their number in the question', async ({ open }) => {
    const { url, count } = await stage();
    const { page } = await open(url);
    await openGroup(page, /ECONNREFUSED/);
    const text = page.getByRole('region', { name: 'Error', exact: true });
    await eventually(() => text.innerText()).toContain('at sendMail (/srv/app/jobs/mail.js:41:11)');
    await button(page, 'Retry these 5').click();
    const dialog = page.getByRole('dialog', { name: 'Retry 5 messages?' });
    await dialog.getByRole('combobox', { name: 'When' }).selectOption('In 5 minutes');
    await dialog.getByRole('combobox', { name: 'Spread over' }).selectOption('1 hour');
    await dialog.getByRole('button', { name: 'Retry 5' }).click();
    await page.getByRole('heading', { name: 'None is left' }).waitFor();
    expect(await count('mail')).toEqual({ ready: 0, delayed: 5, failed: 2 });
    await page.getByRole('link', { name: 'To all errors' }).click();
    await eventually(async () => (await firstCells(page)).length).toBe(2);
  });

  it('does nothing where the question is answered with no', async ({ open }) => {
    const { url, count } = await stage();
    const { page } = await open(url);
    await button(page, /^Discard these 3: TimeoutError/).click();
    const dialog = page.getByRole('dialog', { name: 'Discard 3 messages?' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await count('webhooks')).toMatchObject({ failed: 3 });
    await button(page, /^Discard these 3: TimeoutError/).click();
    await dialog.getByRole('button', { name: 'Discard 3' }).click();
    await eventually(() => count('webhooks')).toMatchObject({ ready: 0, failed: 0 });
    expect(await count('mail')).toMatchObject({ failed: 7 });
  });

  it('retries one first, shows its end, and then offers the others', async ({ open }) => {
    const { url, worker, count } = await stage();
    const { page } = await open(url);
    await openGroup(page, /ECONNREFUSED/);
    await button(page, 'Retry one first').click();
    await trial(page).getByText('Nobody reads this queue now.', { exact: false }).waitFor();
    expect(await count('mail')).toMatchObject({ ready: 1, failed: 6 });
    await eventually(() => worker.exchange('get mail/open\r\n')).toContain('VALUE');
    await trial(page).getByText('Runs for', { exact: false }).waitFor();
    await worker.set('mail/close', '{"sent": true}');
    await trial(page).getByText('It worked.').waitFor();
    await trial(page).getByText('{"sent": true}').waitFor();
    await button(page, 'Retry the other 4').click();
    await page
      .getByRole('dialog', { name: 'Retry 4 messages?' })
      .getByRole('button', { name: 'Retry 4' })
      .click();
    await eventually(() => count('mail')).toEqual({ ready: 4, delayed: 0, failed: 2 });
    await trial(page).waitFor({ state: 'detached' });
  });

  it('shows both errors where it fails again, and follows it through another page', async ({ open }) => {
    const { url, client, worker, count } = await stage();
    const { page } = await open(url);
    await openGroup(page, /TimeoutError/);
    await button(page, 'Retry one first').click();
    await trial(page).getByRole('link').click();
    await eventually(() => new URL(page.url()).pathname).toMatch(/^\/queues\/webhooks\/messages\//);
    await page.goBack();
    await trial(page).waitFor();
    await eventually(() => worker.exchange('get webhooks/open\r\n')).toContain('VALUE');
    await worker.set('webhooks/fail/final', TIMEOUT.replace('10 s', '12 s'));
    await trial(page).getByText('It failed again with the same error.').waitFor();
    expect(await trial(page).getByRole('region', { name: 'Before' }).innerText()).toContain('within 10 s');
    expect(await trial(page).getByRole('region', { name: 'Now' }).innerText()).toContain('within 12 s');
    // It is among them again, and none of the others.
    await button(page, 'Discard the other 2').waitFor();
    await button(page, 'Try another one').click();
    await eventually(() => count('webhooks')).toMatchObject({ ready: 1, failed: 2 });
    await eventually(() => worker.exchange('get webhooks/open\r\n')).toContain('VALUE');
    await worker.set('webhooks/fail', 'Error: 503');
    await trial(page).getByText('It failed again, with another error.').waitFor();
    await trial(page).getByText('It is tried again by itself', { exact: false }).waitFor();
    await client.done();
  });

  it('says so where nothing is known of the message any more', async ({ open }) => {
    const { url, client, worker } = await stage();
    await client.set('plain', 'x()');
    await client.fail('plain', 'Error: alone');
    await client.done();
    // The browser tells of each answer that is no success.
    const { page } = await open(url, { expected: [/^answer: 404 GET /] });
    await openGroup(page, /alone/);
    await button(page, 'Retry one first').click();
    await trial(page).getByText('Waiting', { exact: true }).waitFor();
    // The page may say so a moment before.
    await eventually(() => worker.exchange('get plain\r\n')).toContain('x()');
    await trial(page).getByText('It has left the queue', { exact: false }).waitFor();
    await trial(page).getByText('There are no others.').waitFor();
  });

  it('acts on those that are chosen, or on all that match, and on no others', async ({ open }) => {
    const { url, count } = await stage();
    const { page } = await open(`${url}?tab=messages`);
    await rows(page).nth(10).waitFor();
    await page.getByRole('combobox', { name: 'Queue' }).selectOption({ label: 'webhooks (3)' });
    await eventually(() => rows(page).count()).toBe(4);
    await page.getByRole('checkbox', { name: `Select webhooks-${TIMEOUT.length}-2` }).check();
    await page.getByText('1 selected').waitFor();
    await button(page, 'Discard').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard 1' }).click();
    // It stays as long as somebody points at the table.
    await page.mouse.move(0, 0);
    await eventually(() => rows(page).count()).toBe(3);
    expect(await count('webhooks')).toMatchObject({ failed: 2 });
    await page.getByRole('combobox', { name: 'Queue' }).selectOption({ label: 'mail (7)' });
    await page.getByRole('searchbox', { name: 'Id, error or payload' }).fill('no such user');
    await eventually(() => rows(page).count()).toBe(3);
    await button(page, 'Retry all that match').click();
    await page
      .getByRole('dialog', { name: 'Retry 2 messages?' })
      .getByRole('button', { name: 'Retry 2' })
      .click();
    await eventually(() => count('mail')).toEqual({ ready: 2, delayed: 0, failed: 5 });
    await page.getByText('No failed message matches').waitFor();
  });

  it('tells that an error is gone, and that nothing has failed', async ({ open }) => {
    const { server } = await scene('empty');
    const { page } = await open(`${server.url}/failed`);
    await page.getByText('Nothing has failed').waitFor();
    await expectAccessible(page);
    await page.goto(`${server.url}/failed?queue=mail&error=0123456789abcdef`);
    await page.getByRole('heading', { name: 'None is left' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'To all errors' }).click();
    await page.getByText('Nothing has failed').waitFor();
  });

  it('says why nothing can be done where the server is read-only', async ({ open }) => {
    const { server } = await scene('failing', { args: ['--http-readonly'] });
    const { page } = await open(`${server.url}/failed`);
    const retry = button(page, /^Retry these 1,904/);
    await retry.waitFor();
    await eventually(() => retry.getAttribute('title')).toBe('The server is read-only.');
    await retry.click({ force: true });
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('is accessible', async ({ open }) => {
    const { server } = await scene('failing');
    const { url } = server;
    for (const [width, theme] of [
      [1280, 'light'],
      [360, 'dark'],
    ] as const) {
      const view = await open(`${url}/failed`, { width, theme });
      await view.page.getByRole('link', { name: /ECONNREFUSED/ }).waitFor();
      await expectAccessible(view.page);
      await view.page.goto(`${url}/failed?tab=messages`);
      await rows(view.page).nth(20).waitFor();
      await expectAccessible(view.page);
      await view.page.goto(`${url}/failed`);
      await openGroup(view.page, /ECONNREFUSED/);
      await rows(view.page).nth(20).waitFor();
      await button(view.page, 'Retry one first').click();
      await trial(view.page).waitFor();
      await expectAccessible(view.page);
    }
  });
});
