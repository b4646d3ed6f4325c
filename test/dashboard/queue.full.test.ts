import type { Locator, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { type BrowserFixtures, withBrowser } from '../fixtures/browser.ts';
import { ApiClient } from '../helpers/api.ts';
import { expectAccessible } from '../helpers/browser/axe.ts';
import { Bulk } from '../helpers/scenes/bulk.ts';
import { SCENES, stage } from '../helpers/scenes/scenes.ts';
import { startServer } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';

const CONFIG = `
[queue:mail]
max_attempts = 3
dead_letter_to = mail-dead
keep_done = 2h
rate = 100/s burst 20
`;

/** A server whose queues a test fills, and its page. */
async function start(config = '') {
  const server = await startServer({ args: ['--memory'], http: true, ...(config !== '' && { config }) });
  const bulk = await Bulk.to(server.port);
  const api = await ApiClient.of(server.url);
  onTestFinished(async () => {
    bulk.close();
    await server[Symbol.asyncDispose]();
  });
  const fail = async (queue: string, count: number, call: string, error: string) => {
    for (let n = 1; n <= count; n++) {
      await bulk.set(queue, call.replace('#', String(n)));
      await bulk.fail(queue.split('/')[0] as string, error);
    }
    await bulk.done();
  };
  return { server, bulk, api, fail, at: (path: string) => `${server.url}/queues/${path}` };
}

const dialogOf = (page: Page): Locator => page.getByRole('dialog');
const rowsOf = (page: Page): Locator =>
  page.getByRole('region', { name: /^(Waiting|Delayed|Running|Failed|Ended)$/ }).locator('tbody tr');
const tabOf = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('navigation', { name: 'Parts of the queue' }).getByRole('link', { name });

withBrowser('the page of a queue', (it) => {
  it('has what waits as calls, and each tab has its address', async ({ open }) => {
    const { bulk, at } = await start();
    await bulk.set('q/id=job-1/group=ann/pri=7', "saveToLocal('hi', 90071992547409931)");
    await bulk.set('q/delay=3600', '{"class": "Mail", "method": "send", "args": [1]}');
    await bulk.done();
    const { page } = await open(at('q'));
    const row = rowsOf(page).first();
    await row.waitFor();
    for (const text of ["saveToLocal('hi', 90071992547409931)", 'job-1', 'ann', '7'])
      expect(await row.textContent()).toContain(text);
    await tabOf(page, /Delayed/).click();
    await page.getByText('Was set with a delay').waitFor();
    expect(await rowsOf(page).first().textContent()).toContain('Mail.send(1)');
    expect(page.url()).toBe(at('q?tab=delayed'));
    await page.goBack();
    await page.getByText('saveToLocal').waitFor();
    await page.goto(at('q?tab=ended'));
    await page.getByText('No end is remembered').waitFor();
    expect(await tabOf(page, 'Ended').getAttribute('aria-current')).toBe('page');
    await page.getByRole('radio', { name: 'The last hour' }).check({ force: true });
    await until(() => page.url() === at('q?tab=ended&window=1h'));
  });

  it('narrows a list to a text, a group or an error, and takes that away again', async ({ open }) => {
    const { bulk, fail, at } = await start();
    for (let n = 1; n <= 12; n++) await bulk.set(`q/id=job-${n}/group=g${n % 3}`, `work('text ${n}')`);
    await fail('bad', 3, "a('#')", 'Error: first');
    await fail('bad', 2, "b('#')", 'TypeError: second');
    const { page } = await open(at('q'));
    await until(async () => (await rowsOf(page).count()) === 12);
    await rowsOf(page).first().getByRole('link', { name: 'g1' }).click();
    await until(async () => (await rowsOf(page).count()) === 4);
    await page.getByRole('searchbox', { name: 'Search these messages' }).fill('text 1');
    await until(async () => (await rowsOf(page).count()) === 2);
    expect(new URL(page.url()).search).toBe('?group=g1&q=text+1');
    await page.getByRole('button', { name: 'Take away the filter: Group g1' }).click();
    await until(async () => (await rowsOf(page).count()) === 4);
    await page.getByRole('searchbox', { name: 'Search these messages' }).fill('nowhere');
    await page.getByText('Nothing matches').waitFor();
    await page.getByRole('link', { name: 'Show all' }).click();
    await until(async () => (await rowsOf(page).count()) === 12);

    await page.goto(at('bad?tab=failed'));
    await until(async () => (await rowsOf(page).count()) === 5);
    await page.getByRole('link', { name: 'TypeError: second' }).click();
    await until(async () => (await rowsOf(page).count()) === 2);
    await page.reload();
    await page.getByRole('button', { name: 'Take away the filter: Error TypeError: second' }).waitFor();
    await until(async () => (await rowsOf(page).count()) === 2);
  });

  it('goes through pages, and back', async ({ open }) => {
    const { bulk, at } = await start();
    for (let n = 1; n <= 120; n++) await bulk.set('q', `work(${n})`);
    await bulk.done();
    const { page } = await open(at('q'));
    await page.getByText('work(1)', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.getByText('work(51)', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.getByText('work(120)', { exact: true }).waitFor();
    expect(await page.getByRole('link', { name: 'Next page' }).count()).toBe(0);
    await page.goBack();
    await page.getByText('work(51)', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'First page' }).click();
    await page.getByText('work(1)', { exact: true }).waitFor();
  });

  it('tries all again that match, by their number, and nothing else', async ({ open }) => {
    const { fail, api, at } = await start();
    await fail('q', 130, "a('#')", 'Error: refused');
    await fail('q', 7, "b('#')", 'TypeError: another');
    const { page } = await open(at('q?tab=failed'));
    await page.getByRole('link', { name: 'Error: refused' }).click();
    await page.getByRole('checkbox', { name: 'Select all that are shown' }).check();
    await page.getByText('50 selected').waitFor();
    await page.getByRole('button', { name: 'Select all 130 that match' }).click();
    await page.getByText('All 130 that match are selected').waitFor();
    const bar = page.getByRole('group', { name: 'What is selected' });
    await bar.getByRole('button', { name: 'Retry', exact: true }).click();
    await dialogOf(page).getByText('130 messages go back into their queue').waitFor();
    await dialogOf(page).getByRole('button', { name: 'Retry 130' }).click();
    await until(async () => (await api.get('/queues/q')).json.ready === 130);
    expect((await api.get('/queues/q')).json.failed).toBe(7);
    await tabOf(page, /Failed 7/).waitFor();
    await tabOf(page, /Waiting 130/).waitFor();
  });

  it('does something to the rows that are selected, and asks before what cannot be undone', async ({
    open,
  }) => {
    const { fail, api, at } = await start();
    await fail('q', 6, "a('#')", 'Error: refused');
    const { page } = await open(at('q?tab=failed'));
    const figures = async () => {
      const { ready, delayed, failed } = (await api.get('/queues/q')).json;
      return [ready, delayed, failed];
    };
    await page.getByRole('checkbox', { name: /Select a\('6'\)/ }).check();
    await page.getByRole('checkbox', { name: /Select a\('5'\)/ }).check();
    const bar = page.getByRole('group', { name: 'What is selected' });
    await bar.getByRole('button', { name: 'Discard' }).click();
    await dialogOf(page).getByText('2 messages will be gone').waitFor();
    await page.keyboard.press('Escape');
    await dialogOf(page).waitFor({ state: 'detached' });
    expect(await figures()).toEqual([0, 0, 6]);
    await bar.getByRole('button', { name: 'Discard' }).click();
    await dialogOf(page).getByRole('button', { name: 'Discard 2' }).click();
    // A row that is pointed at stays as it is.
    await dialogOf(page).waitFor({ state: 'detached' });
    await page.mouse.move(0, 0);
    await until(async () => (await rowsOf(page).count()) === 4);
    expect(await figures()).toEqual([0, 0, 4]);

    await page.getByRole('button', { name: "Retry: a('4')" }).click();
    await until(async () => (await figures()).join() === '1,0,3');
    await page.mouse.move(0, 0);
    await until(async () => (await rowsOf(page).count()) === 3);

    await page.getByRole('checkbox', { name: 'Select all that are shown' }).check();
    await bar.getByRole('button', { name: 'Retry later' }).click();
    await dialogOf(page).getByRole('combobox', { name: 'When' }).selectOption('After another time');
    await dialogOf(page).getByRole('textbox', { name: 'After' }).fill('2h');
    await dialogOf(page).getByRole('button', { name: 'Retry 3' }).click();
    await until(async () => (await figures()).join() === '1,3,0');
    await page.getByText('Nothing has failed').waitFor();

    await tabOf(page, /Delayed/).click();
    await page.getByRole('button', { name: "Run now: a('3')" }).click();
    await until(async () => (await figures()).join() === '2,2,0');
  });

  it('moves what is selected to a queue that it suggests', async ({ open }) => {
    const { bulk, api, at } = await start();
    for (let n = 1; n <= 3; n++) await bulk.set('q', `work(${n})`);
    await bulk.set('elsewhere', 'x()');
    await bulk.done();
    const { page } = await open(at('q'));
    await page.getByRole('checkbox', { name: 'Select work(2)' }).check();
    await page.getByRole('group', { name: 'What is selected' }).getByRole('button', { name: 'Move' }).click();
    const field = dialogOf(page).getByRole('combobox', { name: 'To the queue' });
    await field.fill('else');
    await dialogOf(page).locator('option[value=elsewhere]').waitFor({ state: 'attached' });
    await dialogOf(page).getByText('it will be created').waitFor();
    await field.fill('q');
    await dialogOf(page).getByText('They are in this queue already.').first().waitFor();
    await field.fill('elsewhere');
    await dialogOf(page).getByRole('button', { name: 'Move' }).click();
    await until(async () => (await api.get('/queues/elsewhere')).json.ready === 2);
    await until(async () => (await rowsOf(page).count()) === 2);
  });

  it('has what runs, since when and how far, and cancels it', async ({ open }) => {
    const { bulk, api, at } = await start();
    await bulk.set('q/id=long', 'transcode(1)');
    await bulk.ask('get q/open');
    await bulk.set('q/progress', 'frame 12');
    await bulk.done();
    const { page } = await open(at('q?tab=reserved'));
    await page.getByText('frame 12').waitFor();
    await page.getByRole('button', { name: 'Cancel: long' }).click();
    await dialogOf(page).getByText('told to stop').waitFor();
    await dialogOf(page).getByRole('button', { name: 'Cancel 1' }).click();
    await page.getByText('its worker has not stopped yet').waitFor();
    bulk.close();
    await page.getByText('Nothing runs').waitFor();
    await tabOf(page, 'Ended').click();
    await rowsOf(page).getByText('Cancelled').waitFor();
    expect((await api.get('/queues/q/jobs/long')).json.status).toBe('cancelled');
  });

  it('pauses, resumes, purges, moves and deletes all of it', async ({ open }) => {
    const { bulk, fail, api, at } = await start();
    await fail('q', 1, 'bad()', 'Error: bad');
    for (let n = 1; n <= 3; n++) await bulk.set('q', `work(${n})`);
    await bulk.set('q/delay=3600', 'later()');
    await bulk.done();
    const view = await open(at('q'));
    const { page } = view;
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused', { exact: true }).waitFor();
    expect((await api.get('/queues/q')).json.paused).toBe(true);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Nobody reads').last().waitFor();

    await page.getByRole('button', { name: 'Move' }).last().waitFor();
    await page.locator('header').getByRole('button', { name: 'Move' }).click();
    await dialogOf(page).getByText('4 messages will go to another queue').waitFor();
    await dialogOf(page).getByRole('combobox', { name: 'To the queue' }).fill('r');
    await dialogOf(page).getByRole('button', { name: 'Move' }).click();
    await until(async () => (await api.get('/queues/r')).json.ready === 3);

    await page.goto(at('r'));
    await page.getByRole('button', { name: 'Purge' }).click();
    await dialogOf(page).getByText('4 messages will be discarded: 3 waiting, 1 delayed.').waitFor();
    const sure = dialogOf(page).getByRole('button', { name: 'Discard 4 messages' });
    // It says why, and does nothing.
    await sure.click({ force: true });
    expect(await sure.getAttribute('title')).toBe('Type r to confirm');
    await dialogOf(page).getByRole('textbox').fill('r');
    await sure.click();
    await page.getByText('Nothing waits', { exact: true }).waitFor();
    expect((await api.get('/queues/r')).json).toMatchObject({ ready: 0, delayed: 0 });

    await page.goto(at('q'));
    await page.getByRole('button', { name: 'Delete' }).click();
    await dialogOf(page).getByText('gone with 1 message').waitFor();
    await dialogOf(page).getByRole('textbox').fill('q');
    view.expect(/^answer: 404 GET .*\/queues\/q\b/);
    await dialogOf(page).getByRole('button', { name: 'Delete the queue' }).click();
    await page.getByText('There is no such queue').waitFor();
    expect((await api.get('/queues/q')).status).toBe(404);
  });

  it('enqueues a job by hand, and shows where the parser stopped', async ({ open }) => {
    const { api, bulk, at } = await start();
    await bulk.set('q', 'first()');
    await bulk.done();
    const view = await open(at('q'), { expected: [/^answer: 4(00|22) POST/] });
    const { page } = view;
    await page.getByRole('button', { name: 'Enqueue a test job' }).first().click();
    const dialog = dialogOf(page);
    const payload = dialog.getByRole('textbox', { name: 'Call, or any payload' });
    const enqueue = dialog.getByRole('button', { name: /^Enqueue/ });
    await payload.fill("saveToLocal('hi', 1 + 1)");
    await enqueue.click();
    await dialog.getByText('at position 20').waitFor();
    expect(await payload.getAttribute('aria-invalid')).toBe('true');
    expect(await dialog.locator('mark').textContent()).toBe('+ 1)');

    await payload.fill("saveToLocal('hi')");
    await dialog.getByRole('textbox', { name: 'Delay' }).fill('soon');
    await enqueue.click();
    await dialog.getByText('"soon"').waitFor();
    await dialog.getByRole('textbox', { name: 'Delay' }).fill('1h');
    await dialog.getByRole('textbox', { name: 'Id' }).fill('by-hand');
    await dialog.getByRole('textbox', { name: 'Priority' }).fill('5');
    await expectAccessible(page);
    await enqueue.click();
    await dialog.getByText('Stored, and on disk.').waitFor();
    const { ref } = (await api.get('/queues/q/jobs/by-hand')).json;
    const link = dialog.getByRole('link', { name: 'by-hand' });
    expect(await link.getAttribute('href')).toBe(`/queues/q/messages/${ref}`);
    expect((await api.get(`/queues/q/messages/${ref}`)).json).toMatchObject({
      state: 'delayed',
      priority: 5,
      payload: "saveToLocal('hi')",
    });

    await payload.fill('just a text');
    for (const name of ['Delay', 'Id', 'Priority']) await dialog.getByRole('textbox', { name }).fill('');
    await enqueue.click();
    await dialog.getByRole('checkbox', { name: /Store it as it is/ }).check();
    await enqueue.click();
    await dialog.getByText('It is no call that').waitFor();
    await page.keyboard.press('Escape');
    await rowsOf(page).getByRole('link', { name: 'just a text' }).waitFor();
  });

  it('is there for a queue that is not, and becomes its page', async ({ open }) => {
    const { at } = await start();
    const { page } = await open(at('new'), { expected: [/^answer: 404 GET .*\/queues\/new\b/] });
    await page.getByText('There is no such queue').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Enqueue a test job' }).click();
    await dialogOf(page).getByRole('textbox', { name: 'Call, or any payload' }).fill('work()');
    await page.keyboard.press('Control+Enter');
    await dialogOf(page).getByText('Stored, and on disk.').waitFor();
    await page.keyboard.press('Escape');
    await rowsOf(page).getByRole('link', { name: 'work()' }).waitFor();
  });

  it('tells its policy in words, and which section says it', async ({ open }) => {
    const { bulk, at } = await start(CONFIG);
    await bulk.set('mail', 'work()');
    await bulk.done();
    const { page } = await open(at('mail?tab=policy'));
    const setting = (key: string) =>
      page.locator('.policy > div', { has: page.getByText(key, { exact: true }) });
    await setting('rate').waitFor();
    expect(await setting('rate').textContent()).toContain('100 a second, up to 20 at once');
    expect(await setting('rate').textContent()).toContain('[queue:mail]');
    expect(await setting('max_attempts').textContent()).toContain('3');
    expect(await setting('keep_done').textContent()).toContain('2 h');
    expect(await setting('lease').textContent()).toContain('Default');
    expect(await setting('dead_letter_to').getByRole('link').getAttribute('href')).toBe('/queues/mail-dead');
  });

  it('shows what is hostile as text', async ({ open }) => {
    await using staged = await stage(SCENES.hostile());
    const api = await ApiClient.of(staged.server.url);
    const { items } = (await api.get('/queues?limit=100')).json as {
      items: { key: string; ready: number }[];
    };
    const view = await open(staged.server.url);
    const tabs = ['ready', 'failed', 'reserved', 'ended'];
    for (const [i, { key }] of items.entries()) {
      const path = `${key}?tab=${tabs[i % tabs.length]}`;
      await view.page.goto(`${staged.server.url}/queues/${path}`);
      await view.page.locator('table[aria-busy] tbody tr, .empty').first().waitFor();
      const wide = await view.page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(wide, path).toBe(0);
    }
    // Before its server ends.
    await view.page.close();
  });

  it('can be used by everybody, in both themes and on a phone, and nothing in it moves by itself', async ({
    open,
  }) => {
    await using staged = await stage(SCENES.failing());
    for (const options of LOOKS) {
      for (const path of [
        'mail?tab=failed',
        'webhooks?tab=delayed',
        'reports?tab=ended',
        'billing?tab=policy',
      ]) {
        const view = await open(`${staged.server.url}/queues/${path}`, options);
        await view.page.locator('table tbody tr, .empty, .policy').first().waitFor();
        await view.page.locator('.time-chart canvas').last().waitFor();
        await expectAccessible(view.page);
        const { sum, moved } = await view.layoutShift();
        expect([sum < 0.02, moved], `${path} ${JSON.stringify(options)}`).toEqual([true, moved]);
        const wide = await view.page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect(wide, path).toBe(0);
        await view.page.close();
      }
    }
  });
});

const LOOKS: readonly NonNullable<Parameters<BrowserFixtures['open']>[1]>[] = [
  { width: 1280 },
  { width: 360, theme: 'dark', language: 'zh-CN' },
];
