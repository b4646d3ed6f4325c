import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { expectAccessible } from '../helpers/browser/axe.ts';
import { MEMQ_BINARY } from '../helpers/memq.ts';
import { Bulk } from '../helpers/scenes/bulk.ts';
import { type ServerOptions, startServer } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';

const ERROR = `Error: connect ECONNREFUSED 10.0.1.25:587
    at afterConnect (node:net:1637:16)
    at sendMail (/srv/app/jobs/mail.js:41:11)
caused by: Error: socket closed
    at onClose (/srv/app/lib/smtp.js:77:9)`;

/** A server of the test's own, a client of it, and what its API says. */
async function stage(options: ServerOptions = {}) {
  const server = await startServer({ http: true, ...options, args: ['--memory', ...(options.args ?? [])] });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const client = await Bulk.to(server.port);
  onTestFinished(() => client.close());
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it, it says itself
  const read = async (path: string): Promise<any> => (await fetch(`${server.url}/api/v1${path}`)).json();
  const one = async (queue: string, state: string) =>
    ((await read(`/queues/${queue}/messages?state=${state}`)) as { items: { ref: string }[] }).items[0]?.ref;
  const urlOf = async (queue: string, state: string, query = '') =>
    `${server.url}/queues/${queue}/messages/${await one(queue, state)}${query}`;
  return { server, client, read, one, urlOf };
}

async function failed(
  client: Bulk,
  queue = 'mail',
  payload = "sendMail('ann@example.org', 3)",
): Promise<void> {
  await client.set(`${queue}/attempts=2/backoff=none`, payload);
  await client.fail(queue, 'Error: 421 try again later', '');
  await client.fail(queue, ERROR);
  await client.done();
}

const part = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });

withBrowser('the page of a message', (it) => {
  it('shows what it is, what has happened to it, and why', async ({ open }) => {
    const { client, urlOf } = await stage();
    await failed(client);
    const { page } = await open(await urlOf('mail', 'failed'));
    await heading(page, 'sendMail("ann@example.org", 3)').waitFor();
    const steps = part(page, 'Timeline').getByRole('listitem');
    await steps.nth(2).waitFor();
    expect(await steps.count()).toBe(3);
    expect(await steps.nth(0).innerText()).toMatch(/^Enqueued/);
    expect(await steps.nth(1).innerText()).toMatch(/Attempt 1 failed[\s\S]*421 try again later/);
    expect(await steps.nth(2).innerText()).toMatch(/Attempt 2 failed[\s\S]*ECONNREFUSED/);
    const error = part(page, 'Error');
    expect(await error.innerText()).toContain('caused by: Error: socket closed');
    await button(page, 'Own code only').click();
    expect(await error.innerText()).not.toContain('node:net');
    expect(await error.innerText()).toContain('/srv/app/jobs/mail.js:41:11');
    const payload = part(page, 'Payload');
    expect(await payload.innerText()).toMatch(
      /Method\s+sendMail\s+Argument 1\s+"ann@example.org"\s+Argument 2\s+3/,
    );
    expect(await part(page, 'Details').innerText()).toMatch(/Attempts\s+2 of 2/);
  });

  it('shows its payload as text and as bytes, each at an address, and gives all of it away', async ({
    open,
  }) => {
    const { client, urlOf } = await stage();
    await client.set('binary', Buffer.from([0xff, 0x00, 0x41, 0x42]));
    await client.set('json', '{"order": 12345678901234567890}');
    await client.set('large', 'é'.repeat(50_000));
    await client.done();
    const { page } = await open(await urlOf('binary', 'ready'));
    const dump = page.getByRole('region', { name: 'Hex dump of the payload' });
    await dump.waitFor();
    expect(await dump.innerText()).toMatch(/^0000 {2}ff 00 41 42 +··AB$/);
    const arrived = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).click();
    const body = await (await arrived).createReadStream();
    expect(Buffer.concat(await body.toArray())).toEqual(Buffer.from([0xff, 0x00, 0x41, 0x42]));

    const { page: json } = await open(await urlOf('json', 'ready'));
    const text = json.getByRole('region', { name: 'Payload as text' });
    await text.waitFor();
    expect(await text.innerText()).toBe('{\n  "order": 12345678901234567890\n}');
    await json.getByRole('link', { name: 'Hex' }).click();
    await json.getByRole('region', { name: 'Hex dump of the payload' }).waitFor();
    expect(new URL(json.url()).searchParams.get('view')).toBe('hex');
    await json.goBack();
    await text.waitFor();

    const { page: large } = await open(await urlOf('large', 'ready', '?view=hex'));
    await large.getByText('The first 64 KiB of 97.7 KiB').waitFor();
    expect(await large.getByRole('region', { name: 'Hex dump of the payload' }).innerText()).toContain(
      'fff0  c3 a9',
    );
  });

  it('retries now and later, runs at once, and follows', async ({ open }) => {
    const { client, urlOf } = await stage();
    await failed(client);
    const { page } = await open(await urlOf('mail', 'failed'));
    await button(page, 'Retry later').click();
    const dialog = page.getByRole('dialog', { name: 'Retry 1 message?' });
    await dialog.getByRole('combobox', { name: 'When' }).selectOption('After another time');
    const field = dialog.getByRole('textbox', { name: 'After' });
    await field.fill('soon');
    await dialog.getByText('This is no time').waitFor();
    await field.fill('2h');
    await dialog.getByRole('button', { name: 'Retry 1' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('link', { name: 'Delayed' }).waitFor();
    expect(await part(page, 'Timeline').innerText()).toMatch(/Due[\s\S]*in 2 h/);
    await button(page, 'Run now').click();
    await page.getByRole('link', { name: 'Waiting', exact: true }).waitFor();

    await failed(client, 'other');
    const { page: other } = await open(await urlOf('other', 'failed'));
    await button(other, 'Retry now').click();
    await other.getByRole('link', { name: 'Waiting', exact: true }).waitFor();
    await part(other, 'Last error').waitFor();
  });

  it('moves it, and goes along', async ({ open }) => {
    const { client, server, urlOf, one } = await stage();
    await client.set('here', 'work()');
    await client.set('there', 'more()');
    await client.done();
    const ref = await one('here', 'ready');
    // It may ask for it once more where it was.
    const { page } = await open(await urlOf('here', 'ready'), { expected: [/^answer: 404/] });
    await button(page, 'Move').click();
    const dialog = page.getByRole('dialog', { name: 'Move 1 message' });
    await dialog.getByLabel('To the queue').fill('there');
    await dialog.getByRole('button', { name: 'Move' }).click();
    await page.waitForURL(`${server.url}/queues/there/messages/${ref}`);
    await page.getByRole('navigation', { name: 'Queues' }).getByRole('link', { name: 'there' }).waitFor();
    await heading(page, 'work()').waitFor();
  });

  it('discards and cancels only when one is sure', async ({ open }) => {
    const { client, read, urlOf, one } = await stage();
    await client.set('mail', 'work()');
    await client.set('jobs/id=order-1', 'work()');
    await client.done();
    const { page } = await open(await urlOf('mail', 'ready'), { expected: [/^answer: 404/] });
    await button(page, 'Discard').click();
    const question = page.getByRole('dialog', { name: 'Discard 1 message?' });
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'hidden' });
    expect(await one('mail', 'ready')).toBeDefined();
    await button(page, 'Discard').click();
    await question.getByRole('button', { name: 'Discard' }).click();
    await page.waitForURL(/\/queues\/mail\?tab=ready$/);
    expect(await one('mail', 'ready')).toBeUndefined();

    const { page: job } = await open(await urlOf('jobs', 'ready'));
    await button(job, 'Cancel the job').click();
    await job.getByRole('dialog').getByRole('button', { name: 'Cancel the job' }).click();
    await job.getByRole('main').getByText('Cancelled').first().waitFor();
    expect(await read('/queues/jobs/jobs/order-1')).toMatchObject({ status: 'cancelled' });
  });

  it('follows one that runs to its end, and tells one who runs it to stop', async ({ open }) => {
    const { client, urlOf } = await stage();
    await client.set('jobs/id=order-1', 'work()');
    await client.ask('get jobs/open');
    await client.set('jobs/progress', '{"percent": 40, "text": "page 4"}');
    await client.done();
    const { page } = await open(await urlOf('jobs', 'reserved'));
    const progress = part(page, 'Progress');
    await progress.getByText('page 4').waitFor();
    expect(await progress.getByRole('progressbar').getAttribute('value')).toBe('0.4');
    await client.set('jobs/close', 'sent 12 mails');
    await client.done();
    const result = part(page, 'Result');
    await result.getByText('sent 12 mails').first().waitFor();
    expect(await part(page, 'Timeline').innerText()).toContain('Attempt 1 complete');

    await client.set('jobs/id=order-2', 'work()');
    await client.ask('get jobs/open');
    await client.done();
    const { page: other } = await open(await urlOf('jobs', 'reserved'));
    await button(other, 'Cancel the job').click();
    await other.getByRole('dialog').getByRole('button', { name: 'Cancel the job' }).click();
    await other.getByText('Told to stop').waitFor();
  });

  it('does not change what is selected, until it is no more', async ({ open }) => {
    const { client, urlOf } = await stage();
    await client.set('jobs/id=order-1', "work('select me')");
    await client.ask('get jobs/open');
    await client.done();
    const { page } = await open(await urlOf('jobs', 'reserved'));
    await part(page, 'Payload').getByText('"select me"').click({ clickCount: 3 });
    await client.set('jobs/close', 'done');
    await client.done();
    await page.getByText('Something is selected').waitFor();
    expect(await page.evaluate('getSelection().toString()')).toContain('"select me"');
    expect(await part(page, 'Result').count()).toBe(0);
    await heading(page, /^work/).click();
    await part(page, 'Result').waitFor();
  });

  it('says what became of one that is gone', async ({ open }) => {
    const { client, server, urlOf, one } = await stage();
    await client.set('mail', 'work()');
    await client.set('here', 'work()');
    await client.done();
    const view = await open(await urlOf('mail', 'ready'), { expected: [/^answer: 404/] });
    const { page } = view;
    await heading(page, 'work()').waitFor();
    await client.ask('get mail');
    await client.done();
    await page.getByText('This message is gone').waitFor();
    await page.getByRole('link', { name: 'To its queue' }).waitFor();

    const ref = await one('here', 'ready');
    const moved = await open(`${server.url}/queues/mail/messages/${ref}`, { expected: [/^answer: 404/] });
    await moved.page.getByText('It is in another queue now:').waitFor();
    await moved.page.getByRole('main').getByRole('link', { name: 'here' }).click();
    await heading(moved.page, 'work()').waitFor();
  });

  it('tells what is known of a job that another one has taken the place of', async ({ open }) => {
    const { client, urlOf } = await stage({ config: '[queue:*]\nkeep_done = 60' });
    await client.set('jobs/id=order-1', 'work(1)');
    await client.done();
    const view = await open(await urlOf('jobs', 'ready'), { expected: [/^answer: 404/] });
    const { page } = view;
    await heading(page, 'work(1)').waitFor();
    await client.ask('delete jobs/id=order-1');
    await client.set('jobs/id=order-1', 'work(2)');
    await client.done();
    await page.getByText('Of the job order-1 this is known:').waitFor();
    await page.getByRole('main').getByText('It waits.').waitFor();
  });

  it('says why something cannot be done', async ({ open }) => {
    const { client, urlOf } = await stage({ args: ['--http-readonly'] });
    await failed(client);
    const { page } = await open(await urlOf('mail', 'failed'));
    const retry = button(page, 'Retry now');
    await expect.poll(() => retry.getAttribute('title')).toBe('The server is read-only.');
    expect(await retry.getAttribute('aria-disabled')).toBe('true');
  });

  it('shows what is hostile as text', async ({ open }) => {
    const { client, urlOf } = await stage();
    await failed(client, 'mail', `say('<img src=x onerror=alert(1)>\u202Egpj', 12345678901234567890)`);
    const { page } = await open(await urlOf('mail', 'failed'));
    await heading(page, /\[U\+202E\]gpj", "12345678901234567890"\)$/).waitFor();
    expect(await part(page, 'Payload').innerText()).toContain('[U+202E]');
    expect(await page.locator('main img').count()).toBe(0);
  });

  it('gives commands that enqueue the same once more', async ({ open }) => {
    const { client, server, read } = await stage();
    const payload = `say('it\\'s 100% "ünï\\\\x"', 12345678901234567890)`;
    const queue = "邮件:a%b'c";
    const key = `~${Buffer.from(queue).toString('base64url')}`;
    await client.set(`${queue}/group=g-1/pri=7`, payload);
    await client.set('binary', Buffer.from([0xff, 0x00, 0x27, 0x0a]));
    await client.done();
    const workshop = mkdtempSync(join(tmpdir(), 'memq-commands-'));
    onTestFinished(() => rmSync(workshop, { recursive: true }));
    writeFileSync(join(workshop, 'memq'), `#!/bin/sh\nexec '${process.execPath}' '${MEMQ_BINARY}' "$@"\n`);
    chmodSync(join(workshop, 'memq'), 0o755);
    let count = 1;
    for (const [name, where] of [
      ['payload', key],
      ['binary', 'binary'],
    ] as const) {
      const { items } = await read(`/queues/${where}/messages`);
      const url = `${server.url}/queues/${where}/messages/${items[0].ref}`;
      const { page } = await open(url);
      const commands = part(page, 'Enqueue it again by');
      count = 1;
      for (const language of ['memq', 'curl', 'PHP', 'Node', 'nc']) {
        await commands.getByRole('link', { name: language, exact: true }).click();
        await page.waitForURL((now) => now.searchParams.get('as') === language.toLowerCase());
        const command = await commands.getByRole('region', { name: 'Command' }).innerText();
        await run(language, command, workshop);
        count++;
        await until(async () => (await read(`/queues/${where}`)).ready === count);
      }
      const all = (await read(`/queues/${where}/messages?limit=10`)).items as { ref: string }[];
      for (const { ref } of all) {
        const message = await read(`/queues/${where}/messages/${ref}`);
        if (name === 'binary') expect(message).toMatchObject({ payload_base64: '/wAnCg==' });
        else expect(message).toMatchObject({ payload, group: 'g-1', priority: 7 });
      }
    }
  });

  it('is accessible, in both themes and languages, on a phone and on a desk', async ({ open }) => {
    const { client, urlOf } = await stage();
    await failed(client);
    const url = await urlOf('mail', 'failed');
    for (const [width, theme, language] of [
      [360, 'dark', 'zh-CN'],
      [360, 'light', 'en-US'],
      [1280, 'light', 'zh-CN'],
      [1280, 'dark', 'en-US'],
    ] as const) {
      const view = await open(`${url}?view=hex`, { width, theme, language });
      await part(view.page, language === 'en-US' ? 'Timeline' : '时间线').waitFor();
      await expectAccessible(view.page);
      expect(await view.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
  });

  it('does not jump when it has come', async ({ open }) => {
    const { client, urlOf } = await stage();
    await failed(client);
    const view = await open(await urlOf('mail', 'failed'));
    await part(view.page, 'Details').waitFor();
    const { sum, moved } = await view.layoutShift();
    expect(sum, moved.join('\n')).toBeLessThan(0.02);
  });
});

/** Runs what the page says, as somebody who has pasted it. */
async function run(language: string, command: string, cwd: string): Promise<void> {
  const comment = /^\/\/ (.*)\n/.exec(command)?.[1];
  const program = comment === undefined ? command : command.slice(comment.length + 4);
  if (comment !== undefined) await start('sh', ['-c', comment], cwd);
  if (language === 'PHP') await start('/usr/bin/php', ['-r', program], cwd);
  else if (language === 'Node') await start(process.execPath, ['--input-type=module', '-e', program], cwd);
  else await start('sh', ['-c', program], cwd);
}

async function start(command: string, args: readonly string[], cwd: string): Promise<void> {
  const env = { ...process.env, PATH: `${cwd}:${process.env.PATH}` };
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code, `${command} ${args.join(' ')}\n${output}`).toBe(0);
}
