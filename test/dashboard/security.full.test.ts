import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { hashPassword } from '../../server/http/passwords.ts';
import { withBrowser } from '../fixtures/browser.ts';
import type { View } from '../helpers/browser/view.ts';
import { pagePaths } from '../helpers/scenes/page-paths.ts';
import { SCENES } from '../helpers/scenes/scenes.ts';
import type { TestServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';
import { until } from '../helpers/until.ts';

const PASSWORD = 'correct horse';

/** A file with a user of each role, whose names are those of the roles. */
async function usersFile(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'memq-users-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const hash = await hashPassword(PASSWORD);
  const file = join(directory, 'users');
  const lines = ['viewer', 'operator', 'admin'].map((role) => `${role}:${role}:${hash}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600 });
  return file;
}

const as = (username: string) => ({ login: { username, password: PASSWORD } });
const button = (page: Page, name: string) =>
  page.getByRole('main').getByRole('button', { name, exact: true });

/** Why a button cannot be used. */
async function refusalOf(page: Page, name: string): Promise<string | null> {
  const found = button(page, name).first();
  // Until it is known who the user is, that is what they say.
  await until(async () => (await found.getAttribute('title')) !== 'Loading');
  expect(await found.getAttribute('aria-disabled')).toBe('true');
  return found.getAttribute('title');
}

/** Presses all buttons of a page, one after the other, and takes back what they ask. */
async function pressAll(page: Page): Promise<void> {
  const all = page.getByRole('main').getByRole('button');
  for (let i = 0; i < (await all.count()); i++) {
    const each = all.nth(i);
    if (!(await each.isVisible())) continue;
    await each.click({ force: true });
    // Something that can be done is asked for once more, or for more words.
    const confirm = page.getByRole('dialog').locator('button[type=submit]');
    if ((await confirm.count()) > 0) await confirm.click({ force: true });
    await page.keyboard.press('Escape');
  }
}

/** Requests that may change something, as they are sent. */
function changes(view: View): string[] {
  const sent: string[] = [];
  view.page.on('request', (request) => {
    if (request.method() !== 'GET') sent.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  return sent;
}

async function waitingIn(server: TestServer, queue: string): Promise<string | undefined> {
  using client = await TextClient.connect(server.port);
  return (await client.stats('queues')).get(`${queue}:waiting`);
}

withBrowser('who has logged in', (it) => {
  it('is let in with a password, and is told what the role allows', async ({ open, stage }) => {
    const { server } = await stage(SCENES.failing(), { args: ['--http-auth-file', await usersFile()] });
    const { url } = server;

    expect((await fetch(url)).status).toBe(401);

    const viewer = await open(`${url}/queues/mail`, {
      ...as('viewer'),
      expected: [/403 GET .*\/(settings|audit)/],
    });
    const operators = 'This takes the role operator.';
    const sent = changes(viewer);
    expect(await refusalOf(viewer.page, 'Enqueue a test job')).toBe(operators);
    expect(await refusalOf(viewer.page, 'Pause')).toBe(operators);
    expect(await refusalOf(viewer.page, 'Delete')).toBe('This takes the role admin.');
    await pressAll(viewer.page);
    for (const tab of ['settings', 'audit']) {
      await viewer.page.goto(`${url}/settings?tab=${tab}`);
      await viewer.page.getByRole('main').getByText(/admin/).first().waitFor();
    }
    expect(sent).toEqual([]);

    const { page } = await open(`${url}/queues/mail`, as('operator'));
    expect(await refusalOf(page, 'Purge')).toBe('This takes the role admin.');
    await button(page, 'Pause').click();
    await button(page, 'Resume').waitFor();

    const admin = await open(`${url}/queues/mail`, as('admin'));
    await button(admin.page, 'Purge').click();
    const dialog = admin.page.getByRole('dialog', { name: 'Purge mail' });
    const confirm = dialog.locator('button[type=submit]');
    expect(await confirm.getAttribute('aria-disabled')).toBe('true');
    await dialog.getByRole('textbox').fill('mail');
    await confirm.click();
    await until(async () => (await waitingIn(server, 'mail')) === '0');
    await admin.page.goto(`${url}/settings?tab=audit`);
    await admin.page.getByRole('cell', { name: 'operator' }).first().waitFor();
    await admin.page.goto(`${url}/settings?tab=settings`);
    await admin.page.getByText('dead_letter_to').first().waitFor();
  });

  it('can change nothing on a server that is read-only, and is told so', async ({ open, stage }) => {
    const { server } = await stage(SCENES.busy(), { args: ['--http-readonly'] });
    const view = await open(server.url);
    const sent = changes(view);
    await view.page.getByText('Read-only').first().waitFor({ state: 'attached' });
    for (const path of Object.values(await pagePaths(server.url))) {
      await view.page.goto(server.url + path);
      await view.settled();
      await pressAll(view.page);
    }
    await view.page.goto(`${server.url}/queues/mail`);
    for (const name of ['Enqueue a test job', 'Pause', 'Move', 'Purge', 'Delete'])
      expect([name, await refusalOf(view.page, name)]).toEqual([name, 'The server is read-only.']);
    expect(sent).toEqual([]);
    expect(server.log.filter(({ msg }) => msg === 'action')).toEqual([]);
  });
});

withBrowser('a page of another site', (it) => {
  it('can lead here, and cannot frame or act', async ({ browser, stage }) => {
    const { server } = await stage(SCENES.busy());
    const site = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<!doctype html><title>elsewhere</title>
        <iframe src="${server.url}/queues/newsletter"></iframe>
        <form method="post" action="${server.url}/api/v1/queues/newsletter/purge"><button>win</button></form>
        <a href="${server.url}/queues/newsletter">see</a>`);
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      site.close().closeAllConnections();
    });
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const at = `http://localhost:${(site.address() as AddressInfo).port}/`;
    await page.goto(at);
    expect(page.frames()[1]?.url()).not.toContain('newsletter');
    const answers = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      page.getByRole('button', { name: 'win' }).click(),
    ]);
    expect(answers[0].status()).toBe(403);
    await page.goto(at);
    await page.getByRole('link', { name: 'see' }).click();
    await page.getByRole('heading', { level: 1, name: 'newsletter' }).waitFor();
    expect(await waitingIn(server, 'newsletter')).toBe('1420');
  });
});

/** What turns text around, as it is. */
const BIDI = '[\\u202A-\\u202E\\u2066-\\u2069]';

/** What is shown or told with what turns text around as it is, and how much wider the page is than the window. */
const LOOK = `(() => {
  const bidi = /${BIDI}/;
  const texts = [document.title, document.body.innerText,
    ...[...document.querySelectorAll('[title], [aria-label], [placeholder]')].flatMap((each) =>
      ['title', 'aria-label', 'placeholder'].map((name) => each.getAttribute(name) ?? ''))];
  return { bidi: texts.filter((text) => bidi.test(text)),
    marks: document.querySelectorAll('mark.hidden-character').length,
    wider: document.documentElement.scrollWidth - innerWidth };
})()`;

interface Look {
  readonly bidi: readonly string[];
  readonly marks: number;
  readonly wider: number;
}

withBrowser('what is somebody else’s attack', (it) => {
  it('is text on every page, which is no wider for it', async ({ open, stage }) => {
    const { server } = await stage(SCENES.hostile());
    const { url } = server;
    // What such a page runs would call `alert`, log an error, or ask for something elsewhere: all of that fails the test.
    const view = await open(url);
    const { page } = view;
    const list = async (path: string) =>
      (
        (await (await fetch(`${url}/api/v1${path}`)).json()) as {
          items: { key: string; ref: string; name: string }[];
        }
      ).items;
    const paths = Object.values(await pagePaths(url));
    paths.push('/failed?tab=messages', '/settings?tab=connections', '/search?q=alert(1)');
    for (const { key, name } of await list('/queues?limit=100')) {
      paths.push(`/queues/${key}`, `/queues/${key}?tab=failed`);
      if (!/script|img|\u202E|\u2066|W{9}|red/.test(name)) continue;
      for (const state of ['failed', 'reserved', 'delayed', 'ended'])
        for (const { ref } of await list(`/queues/${key}/messages?state=${state}&limit=1`))
          paths.push(`/queues/${key}/messages/${ref}`);
    }
    const wrong: Record<string, Partial<Look>> = {};
    let marks = 0;
    for (const path of paths) {
      await page.goto(url + path);
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 800 });
        await view.settled();
        const look = await page.evaluate<Look>(LOOK);
        if (look.bidi.length > 0 || look.wider > 0) wrong[`${path} at ${width}`] = look;
        marks += look.marks;
      }
    }
    expect(wrong).toEqual({});
    expect(marks).toBeGreaterThan(100);
  });
});
