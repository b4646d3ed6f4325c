import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { withBrowser } from '../../fixtures/browser.ts';
import { until } from '../until.ts';
import { accessibilityProblems } from './axe.ts';
import { asTabs } from './tabs.ts';

const SCRIPT = `
  console.error('the script is not content');
  fetch('missing');
  fetch('http://127.0.0.2:9/beacon').catch(() => {});
  new EventSource('stream');
  setTimeout(() => { throw new Error('nobody catches this'); });
  setTimeout(() => alert(1));
`;

/** Serves these bodies by their paths, with a policy as the server's, until the test is over. */
async function site(bodies: Record<string, string>): Promise<string> {
  const server: Server = createServer((request, response) => {
    const body = bodies[request.url as string];
    response.statusCode = body === undefined ? 404 : 200;
    const type = request.url?.endsWith('.js') ? 'text/javascript' : 'text/html';
    response.setHeader('content-type', request.url === '/stream' ? 'text/event-stream' : type);
    response.setHeader('content-security-policy', "default-src 'none'; script-src 'self'; connect-src *");
    if (request.url === '/stream') response.write('retry: 10\n\n');
    else response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close().closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const page = (body: string, head = '') =>
  `<!doctype html><html lang="en"><head><title>a page</title>${head}</head><body><main><h1>A page</h1>${body}</main></body></html>`;

withBrowser('what pages should not do', (it) => {
  it('is seen, whatever it is', async ({ open }) => {
    const url = await site({
      '/': page('<p style="color: red">red</p>', '<script src="bad.js"></script>'),
      '/bad.js': SCRIPT,
      '/stream': '',
    });
    const view = await open(url, { expected: [/./] });
    const patterns = [
      /^console: the script is not content/,
      /^console: .*inline style violates/,
      /^answer: 404 GET \/missing$/,
      /^elsewhere: http:\/\/127\.0\.0\.2:9\/beacon$/,
      /^failed: GET http:\/\/127\.0\.0\.2:9\/beacon net::/,
      /^thrown: Error: nobody catches this/,
      /^alert: 1$/,
    ];
    await until(() => patterns.every((pattern) => view.problems.some((problem) => pattern.test(problem))));
    const others = view.problems.filter((problem) => !patterns.some((pattern) => pattern.test(problem)));
    expect(others).toEqual([]);
  });

  it.fails('fails the test', async ({ open }) => {
    const url = await site({ '/': page('<p style="color: red">red</p>') });
    const view = await open(url, { expected: [/something else/] });
    // A test that ends before would fail here, which is what is expected of all of it.
    await until(() => view.unexpected.length === 1);
  });

  it('is not that a page is as it should be', async ({ open }) => {
    const url = await site({ '/': page('<p>all is well</p>') });
    const view = await open(url);
    expect(await accessibilityProblems(view.page)).toEqual([]);
    expect(await view.layoutShift()).toEqual({ sum: 0, moved: [] });
  });

  it('is what axe-core finds, under the policy of the server', async ({ open }) => {
    const url = await site({ '/': page('<input><button></button>') });
    const { page: bad } = await open(url);
    const problems = await accessibilityProblems(bad);
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual(['button-name', 'label']);
    expect(problems.join()).toContain('button');
  });

  it('is to move what somebody reads', async ({ open }) => {
    const url = await site({
      '/': page('<p id="late"></p><p>read me</p>', '<script defer src="late.js"></script>'),
      '/late.js': `requestAnimationFrame(() => setTimeout(() => { late.textContent = 'late '.repeat(900); done = true; }, 50));`,
    });
    const view = await open(url);
    await view.page.waitForFunction('globalThis.done');
    const { sum, moved } = await view.layoutShift();
    expect(sum).toBeGreaterThan(0.01);
    expect(moved[0]).toMatch(/^p\./);
  });
});

withBrowser('a view', (it) => {
  it('counts what comes over the wire', async ({ open }) => {
    const url = await site({
      '/': page('', '<script src="large.js"></script>'),
      '/large.js': `/*${'x'.repeat(50_000)}*/`,
    });
    const { transferred } = await open(url);
    expect(transferred).toBeGreaterThan(50_000);
    expect(transferred).toBeLessThan(51_500);
  });

  it('has the width, theme, language and motion that it was asked for', async ({ open }) => {
    const url = await site({ '/': page('') });
    const seen = `[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches, navigator.language,
      matchMedia('(prefers-reduced-motion: reduce)').matches]`;
    const first = await open(url, { width: 360, theme: 'dark', language: 'zh-CN', reducedMotion: true });
    expect(await first.page.evaluate(seen)).toEqual([360, true, 'zh-CN', true]);
    const second = await open(url);
    expect(await second.page.evaluate(seen)).toEqual([1280, false, 'en-US', false]);
  });

  it('is hidden behind another tab of its window', async ({ open }) => {
    const url = await site({ '/': page('') });
    const first = await open(url);
    const second = await open(url, { beside: first });
    await asTabs(first.page, second.page);
    const state = () =>
      Promise.all([first, second].map((view) => view.page.evaluate('document.visibilityState')));
    await until(async () => (await state()).join() === 'hidden,visible');
    await first.page.bringToFront();
    await until(async () => (await state()).join() === 'visible,hidden');
  });
});
