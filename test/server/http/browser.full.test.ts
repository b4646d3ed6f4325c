import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { hashPassword } from '../../../server/http/passwords.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

const SCRIPT = readFileSync(join(import.meta.dirname, 'foreign-site.js'), 'utf8');
let browser: Browser;

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    // Names of other sites lead here, as a name that somebody has rebound does.
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--host-resolver-rules=MAP evil.example 127.0.0.1, MAP memq.example 127.0.0.1',
    ],
  });
});
afterAll(() => browser.close());

/** A page of another site, on another port of this machine. */
async function foreignPage(host: string, options = {}): Promise<Page> {
  const site = createServer((_request, response) =>
    response
      .setHeader('content-type', 'text/html')
      .end(`<!doctype html><title>elsewhere</title><body><script>${SCRIPT}</script>`),
  );
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    site.close().closeAllConnections();
  });
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(`http://${host}:${(site.address() as AddressInfo).port}/`);
  return page;
}

function readAll(page: Page, url: string): Promise<Record<string, string>> {
  return page.evaluate(`readAll(${JSON.stringify(url)})`);
}

function writeAll(page: Page, url: string): Promise<void> {
  return page.evaluate(`writeAll(${JSON.stringify(url)})`);
}

/** Requests that came to where something could have been changed, by how they were answered. */
function actions(server: TestServer): unknown[] {
  return server.log.filter(({ msg }) => msg === 'action');
}

async function messages(server: TestServer): Promise<number> {
  using client = await TextClient.connect(server.port);
  return Number((await client.stats('queues')).get('mail:waiting') ?? 0);
}

describe('a page of another origin', () => {
  it.each(['localhost', '127.0.0.1', 'evil.example'])(
    'at %s can read nothing and change nothing',
    async (host) => {
      await using server = await startServer({
        http: true,
        args: ['--memory', '--http-host', 'memq.example'],
      });
      const page = await foreignPage(host);
      const { port } = new URL(server.url);
      for (const own of ['127.0.0.1', 'localhost', 'memq.example']) {
        const url = `http://${own}:${port}`;
        const got = await readAll(page, url);
        expect(Object.entries(got).filter(([, text]) => text !== '')).toEqual([]);
        await writeAll(page, url);
      }
      expect(actions(server)).toEqual([]);
      expect(await messages(server)).toBe(0);
    },
  );

  it('cannot with the password that the browser knows either', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'memq-browser-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const users = join(directory, 'users');
    writeFileSync(users, `alice:admin:${await hashPassword('correct horse')}\n`, { mode: 0o600 });
    await using server = await startServer({ http: true, args: ['--memory', '--http-auth-file', users] });
    const page = await foreignPage('localhost', {
      httpCredentials: { username: 'alice', password: 'correct horse' },
    });
    expect(Object.values(await readAll(page, server.url)).join('')).toBe('');
    await writeAll(page, server.url);
    expect(actions(server)).toEqual([]);
    expect(await messages(server)).toBe(0);
  });

  it('that has bound its name to this address can read nothing and change nothing', async () => {
    await using server = await startServer({ http: true, args: ['--memory'] });
    const { port } = new URL(server.url);
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const response = await page.goto(`http://evil.example:${port}/api/openapi.json`);
    expect(response?.status()).toBe(421);
    // It is a page of that site now, for which all of this is its own.
    const got = await page.evaluate(async () => {
      const read = await fetch('/api/openapi.json');
      const write = await fetch('/api/v1/queues/mail/messages', { method: 'POST', body: 'x' });
      return [read.status, write.status];
    });
    expect(got).toEqual([421, 421]);
    expect(await messages(server)).toBe(0);
  });
});

it('a page of this server itself may do all', async () => {
  await using server = await startServer({ http: true, args: ['--memory'] });
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(`${server.url}/api/openapi.json`);
  const got = await page.evaluate(async () => {
    const read = await fetch('/api/openapi.json');
    const write = await fetch('/api/v1/nothing-there', { method: 'POST', body: 'x' });
    return [read.status, write.status];
  });
  expect(got).toEqual([200, 404]);
});
