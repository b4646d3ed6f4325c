import { expect, onTestFinished } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { Bulk } from '../helpers/scenes/bulk.ts';
import { startServer } from '../helpers/server.ts';

const SLOW = { timeout: 30_000 };

/** A server with so many failed jobs in the queue `mail`. */
async function stage(count: number) {
  const server = await startServer({ http: true, args: ['--memory'] });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const client = await Bulk.to(server.port);
  onTestFinished(() => client.close());
  for (let i = 0; i < count; i++) {
    await client.set('mail/attempts=1', `send(${i})`);
    await client.fail('mail', 'Error: refused');
  }
  await client.done();
  return server;
}

withBrowser('pages that are used roughly', (it) => {
  it('know a queue by its name, and by a key that nobody else would write', async ({ open }) => {
    const server = await stage(1);
    await fetch(`${server.url}/api/v1/queues/${encodeURIComponent('日本')}/messages`, {
      method: 'POST',
      body: 'x',
    });
    for (const [address, name] of [
      [encodeURIComponent('日本'), '日本'],
      ['~bWFpbA', 'mail'],
    ]) {
      const { page } = await open(`${server.url}/queues/${address}`);
      await page.getByRole('heading', { level: 1, name }).waitFor();
      await page.getByRole('button', { name: 'Pause', disabled: false }).waitFor(SLOW);
      await page.close();
    }
    const { page } = await open(`${server.url}/queues/~zz`, { expected: [/404/] });
    await page.getByText('There is no such queue').first().waitFor(SLOW);
  }, 120_000);

  it('do once what a double click asks for', async ({ open }) => {
    const server = await stage(1);
    const list = await fetch(`${server.url}/api/v1/queues/mail/messages?state=failed`);
    const { ref } = ((await list.json()) as { items: { ref: string }[] }).items[0] as { ref: string };
    const { page } = await open(`${server.url}/queues/mail/messages/${ref}`);
    let asked = 0;
    page.on('request', (request) => {
      if (request.method() === 'POST') asked++;
    });
    await page.getByRole('button', { name: 'Retry now' }).dblclick();
    await page.getByRole('button', { name: 'Cancel the job' }).waitFor(SLOW);
    expect(asked).toBe(1);
  }, 60_000);

  it('lead from a place in a list that is not there to its beginning', async ({ open }) => {
    const server = await stage(1);
    const { page } = await open(`${server.url}/queues/mail?tab=failed&cursor=broken`, { expected: [/400/] });
    await page.getByText('This place in the list is not there any more.').waitFor(SLOW);
    await page.getByRole('link', { name: 'First page' }).click();
    await page.getByText('send(0)').first().waitFor(SLOW);
    expect(new URL(page.url()).search).toBe('?tab=failed');
  }, 60_000);

  it('follow what goes on through a time without the server, and tell that it was interrupted', async ({
    open,
  }) => {
    const server = await stage(150);
    const { page } = await open(`${server.url}/queues/mail?tab=failed`, { expected: [/./] });
    const tray = page.getByRole('region', { name: 'What you have begun' });
    await page.route('**/api/v1/actions/*', (route) => route.abort());
    await page
      .getByRole('button', { name: /^Retry/ })
      .first()
      .click();
    const asked = page.waitForRequest('**/api/v1/actions/*');
    await page.getByRole('dialog').getByRole('button', { name: 'Retry 150' }).click();
    await asked;
    const { host } = new URL(server.url);
    await server.stop();
    const again = await startServer({ args: ['--memory', '--http', host] });
    onTestFinished(() => again[Symbol.asyncDispose]());
    expect(await tray.getByText('cannot be reached').count()).toBe(0);
    await page.unroute('**/api/v1/actions/*');
    await tray.getByText('The server was started anew meanwhile.').waitFor({ timeout: 60_000 });
  }, 120_000);

  it('show what has become of a row while it is still pointed at', async ({ open }) => {
    const server = await startServer({
      http: true,
      args: ['--memory'],
      config: '[schedule]\nnightly = 0 3 * * * mail/attempts=1 report()\n',
    });
    onTestFinished(() => server[Symbol.asyncDispose]());
    const { page } = await open(`${server.url}/schedule`);
    const row = page.getByRole('row', { name: /nightly/ });
    await row.getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).press('Enter');
    await row.getByRole('button', { name: 'Enable' }).waitFor(SLOW);
  }, 60_000);

  it('print what they are about', async ({ open }) => {
    const server = await stage(1);
    const { page } = await open(`${server.url}/failed`);
    await page.getByText('Error: refused').first().waitFor(SLOW);
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('navigation', { name: 'Pages' }).isVisible()).toBe(false);
    expect(await page.getByText('Error: refused').first().isVisible()).toBe(true);
  }, 60_000);

  it('take a question along nowhere', async ({ open }) => {
    const server = await stage(1);
    const { page } = await open(`${server.url}/queues`);
    await page.getByRole('link', { name: 'mail', exact: true }).first().click();
    await page.getByRole('button', { name: 'Delete', disabled: false }).click();
    await page.getByRole('dialog').waitFor(SLOW);
    await page.goBack();
    await page.waitForURL('**/queues');
    await page.getByRole('dialog').waitFor({ state: 'detached', ...SLOW });
    const left = await fetch(`${server.url}/api/v1/queues/mail`);
    expect(((await left.json()) as { failed: number }).failed).toBe(1);
  }, 60_000);
});
