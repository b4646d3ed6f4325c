import { expect, onTestFinished } from 'vitest';
import { RefusedLogins } from '../../../server/commands/refused-logins.ts';
import { readConfig } from '../../../server/config/config.ts';
import type { HttpContext } from '../../../server/http/context.ts';
import { HttpSide } from '../../../server/http-side.ts';
import { createLogger } from '../../../shared/logger.ts';
import { withBrowser } from '../../fixtures/browser.ts';
import { startServer } from '../../helpers/server.ts';

withBrowser('the server of the pages', (it) => {
  it.for(['', '/a/memq'])('has all that a page loads, below %j', async (base, { open }) => {
    await using server = await startServer({
      http: true,
      args: ['--memory', ...(base === '' ? [] : ['--http-base-path', base])],
    });
    const { page } = await open(`${server.url}/queues/none`, {
      expected: [/404 GET .*\/api\/v1\/queues\/none/],
    });
    await page.waitForSelector('h1');
    const loaded = await page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => name),
    );
    const paths = loaded.map((url) => new URL(url).pathname);
    expect(paths.filter((path) => path.startsWith(`${base}/assets/`)).length).toBeGreaterThan(1);
    expect(paths.filter((path) => !path.startsWith(`${base}/`))).toEqual([]);
    // It has a stream, which ends with the server.
    await page.close();
  });

  it('answers a page where there is nothing, whose files are found', async ({ open }) => {
    await using server = await startServer({ http: true, args: ['--memory'] });
    const { page } = await open(`${server.url}/no/such/page`, {
      expected: [/^answer: 404 GET \/no\/such\/page$/],
    });
    await page.waitForSelector('h1');
    await page.close();
  });

  it('has a browser ask again once it has read its log', async ({ open }) => {
    const lines: Record<string, unknown>[] = [];
    const logger = createLogger('test', 'silent');
    logger.info = ((line: Record<string, unknown>) => lines.push(line)) as never;
    const address = { name: 'http', text: '127.0.0.1:0', where: '--http', directory: '' };
    const config = await readConfig([address], undefined);
    const side = await HttpSide.open(
      { config, httpUsers: undefined },
      1024,
      logger,
      new RefusedLogins(logger),
    );
    onTestFinished(() => side.close());
    // There is no engine that the API could answer from.
    const { page } = await open(lines[0]?.url as string, { expected: [/./] });
    expect(await page.textContent('p')).toContain('the server reads its log');
    side.serve({ engine: {}, sampler: { start() {}, stop() {} } } as unknown as HttpContext);
    await page.waitForSelector('#app', { state: 'attached' });
  });
});
