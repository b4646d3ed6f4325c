import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { behindNginx, HOST, PASSWORD } from '../helpers/proxies.ts';
import { TextClient } from '../helpers/text-client.ts';
import { openTunnel } from '../helpers/tunnel.ts';

const isThere = spawnSync('nginx', ['-v']).error === undefined;
if (!isThere) console.warn('no page is looked at behind nginx: it is not installed');

withBrowser(
  'the pages behind nginx',
  (it) => {
    it.runIf(isThere).for([
      ['keeps', false],
      ['takes away', true],
    ] as const)('that %s the path: deep links, what is live, actions', async ([, stripped], { open }) => {
      const { server, url } = await behindNginx({ stripped });
      const tunnel = await openTunnel(() => connect(url.slice('unix:'.length)));
      onTestFinished(() => tunnel[Symbol.asyncDispose]());
      using client = await TextClient.connect(server.port);
      await client.set('mail', 'run(1)');
      const base = `http://${HOST}:${tunnel.port}/memq`;
      const view = await open(`${base}/queues/mail?tab=delayed`, {
        login: { username: 'alice', password: PASSWORD },
      });
      const { page } = view;
      const tab = (name: RegExp) => page.locator('.tabs').getByRole('link', { name });
      await page.getByRole('heading', { level: 1, name: 'mail' }).waitFor();
      expect(await tab(/^Delayed/).getAttribute('aria-current')).toBe('page');
      await page.locator('.connection.live').waitFor();
      await client.set('mail', 'run(2)');
      await tab(/^Waiting ?2$/).waitFor();

      await page.reload();
      await tab(/^Waiting ?2$/).click();
      await page.waitForURL(`${base}/queues/mail`);
      await page.getByRole('link', { name: 'run(1)' }).click();
      await page.getByRole('heading', { level: 1 }).getByText('run(1)').waitFor();
      await page.reload();
      await page.getByRole('heading', { level: 1 }).getByText('run(1)').waitFor();
      await page.goBack();
      await page.waitForURL(`${base}/queues/mail`);

      await page.getByRole('main').getByRole('button', { name: 'Pause', exact: true }).click();
      await page.getByRole('main').getByRole('button', { name: 'Resume', exact: true }).waitFor();
      expect(await client.getText('mail')).toBeUndefined();
      for (const name of ['Failed', 'Schedule', 'Overview']) {
        await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
        await page.getByRole('main').getByRole('heading', { level: 1, name }).waitFor();
      }
      expect(page.url()).toBe(`${base}/`);
    });
  },
  [`--host-resolver-rules=MAP ${HOST} 127.0.0.1`],
);
