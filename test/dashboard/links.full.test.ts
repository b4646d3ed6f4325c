import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { type BrowserFixtures, withBrowser } from '../fixtures/browser.ts';
import { pagePaths } from '../helpers/scenes/page-paths.ts';
import { SCENES } from '../helpers/scenes/scenes.ts';

/** Fails only where it is never so: the machine may be busy. */
const SLOW = { timeout: 30_000 };
const FAILED_REF = '/api/v1/queues/mail/messages?state=failed&limit=1';

const part = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });

/** A link between pages: where it is, and what is seen where it leads. */
interface Link {
  readonly from: string;
  readonly link: (page: Page) => Locator;
  readonly to: RegExp;
  readonly seen: (page: Page) => Locator;
}

const CURRENT_FAILED = (page: Page) =>
  page.locator('nav a[aria-current]').filter({ hasText: 'Failed' }).last();
const ERROR = (page: Page) => heading(page, /ECONNREFUSED/);

/** `{message}` is a failed message of mail. */
const FAILING: readonly Link[] = [
  {
    from: '/',
    link: (page) => part(page, 'What fails most').getByRole('link', { name: /ECONNREFUSED/ }),
    to: /^\/failed\?queue=mail&error=\w+$/,
    seen: ERROR,
  },
  {
    from: '/',
    link: (page) => part(page, 'What fails most').getByRole('link', { name: 'mail', exact: true }).first(),
    to: /^\/queues\/mail$/,
    seen: (page) => heading(page, 'mail'),
  },
  {
    from: '/',
    link: (page) => part(page, 'Without workers').getByRole('link', { name: 'All of them' }),
    to: /^\/queues\?state=no-readers$/,
    seen: (page) => heading(page, 'Queues'),
  },
  {
    from: '/failed',
    link: (page) =>
      page
        .getByRole('table')
        .getByRole('link', { name: /ECONNREFUSED/ })
        .first(),
    to: /^\/failed\?queue=mail&error=\w+$/,
    seen: ERROR,
  },
  {
    from: '/failed?tab=messages&queue=mail',
    link: (page) =>
      page
        .getByRole('table')
        .getByRole('link', { name: /ECONNREFUSED/ })
        .first(),
    to: /^\/failed\?queue=mail&error=\w+$/,
    seen: ERROR,
  },
  {
    from: '{message}',
    link: (page) => page.getByRole('link', { name: 'All that failed with this' }),
    to: /^\/queues\/mail\?tab=failed&error=\w+$/,
    seen: (page) => page.getByRole('button', { name: /^Take away the filter: Error / }),
  },
  {
    from: '{message}',
    link: (page) => page.getByRole('navigation', { name: 'Queues' }).getByRole('link', { name: 'Failed' }),
    to: /^\/queues\/mail\?tab=failed$/,
    seen: CURRENT_FAILED,
  },
];

const BUSY: readonly Link[] = [
  {
    from: '/running',
    link: (page) => page.getByRole('link', { name: 'media-1:733' }).first(),
    to: /^\/workers\?worker=\w+$/,
    seen: (page) => part(page, 'media-1:733'),
  },
  {
    from: '/running',
    link: (page) => page.getByRole('table').getByRole('link', { name: 'video', exact: true }).first(),
    to: /^\/running\?queue=video$/,
    seen: (page) => page.getByRole('button', { name: 'Cancel all of this queue' }),
  },
  {
    from: '/queues/video?tab=reserved',
    link: (page) => page.getByRole('table').getByRole('link', { name: 'media-1:733' }).first(),
    to: /^\/workers\?worker=\w+$/,
    seen: (page) => part(page, 'media-1:733'),
  },
  {
    from: '/queues/video?tab=reserved',
    link: (page) =>
      page
        .getByRole('table')
        .getByRole('link', { name: /transcode/ })
        .first(),
    to: /^\/queues\/video\/messages\/[\da-f]+-[\da-f]+$/,
    seen: (page) => heading(page, /transcode/),
  },
  {
    from: '/schedule',
    link: (page) => page.getByRole('table').getByRole('link', { name: 'sync:erp' }),
    to: /^\/queues\/sync:erp$/,
    seen: (page) => heading(page, 'sync:erp'),
  },
  {
    from: '/settings?tab=connections',
    link: (page) => page.getByRole('table').locator('a[href*="/workers?worker="]').first(),
    to: /^\/workers\?worker=\w+$/,
    seen: (page) => page.getByRole('region', { name: /^[\w-]+:\d+$/ }),
  },
];

type Open = BrowserFixtures['open'];

async function follow(open: Open, url: string, links: readonly Link[], message = ''): Promise<void> {
  const { page } = await open(url, { width: 1440 });
  for (const { from, link, to, seen } of links) {
    await page.goto(url + from.replace('{message}', message));
    await link(page).click();
    const address = () => page.url().slice(url.length);
    await expect.poll(address, { ...SLOW, message: `from ${from}` }).toMatch(to);
    await seen(page).waitFor(SLOW);
    // Whoever loads it anew sees the same.
    await page.reload();
    await seen(page).waitFor(SLOW);
  }
}

withBrowser('links between pages', (it) => {
  it('lead to errors, their messages and their queues', async ({ stage, open }) => {
    const { server } = await stage(SCENES.failing());
    const { items } = (await (await fetch(server.url + FAILED_REF)).json()) as { items: { ref: string }[] };
    await follow(open, server.url, FAILING, `/queues/mail/messages/${items[0]?.ref}`);
  }, 300_000);

  it('lead to workers, jobs and queues', async ({ stage, open }) => {
    const { server } = await stage(SCENES.busy());
    await follow(open, server.url, BUSY);
  }, 300_000);

  it('lead to pages that are there, of each kind one', async ({ stage, open }) => {
    const { server } = await stage(SCENES.busy());
    const { page } = await open(server.url, { width: 1440 });
    const kinds = new Map<string, string>();
    for (const path of Object.values(await pagePaths(server.url))) {
      await page.goto(server.url + path);
      await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor(SLOW);
      const hrefs = await page
        .getByRole('main')
        .locator('a:not([download])')
        .evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
      for (const href of hrefs) {
        const { origin, pathname, searchParams } = new URL(href);
        if (
          origin !== server.url ||
          !/^\/(?:$|queues|failed|running|workers|schedule|search|settings)/.test(pathname)
        )
          continue;
        const kind = pathname.replace(/^\/queues\/[^/]+/, '/queues/q').replace(/[^/]+-[^/]+$/, 'ref');
        kinds.set(`${kind}?${[...searchParams.keys()].sort().join('&')}`, href);
      }
    }
    expect([...kinds.keys()]).toEqual(expect.arrayContaining(['/queues/q?', '/queues/q/messages/ref?']));
    for (const href of kinds.values()) {
      await page.goto(href);
      await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor(SLOW);
      expect(await page.title(), href).not.toContain('There is no such page');
      expect(page.url()).toBe(href);
    }
  }, 300_000);
});
