import { expect } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import type { View } from '../helpers/browser/view.ts';
import { pagePaths } from '../helpers/scenes/page-paths.ts';
import { SCENES } from '../helpers/scenes/scenes.ts';
import { until } from '../helpers/until.ts';

withBrowser('the frame of the pages', (it) => {
  it('shows each page at its own address, also when it is loaded again', async ({ open, stage }) => {
    const scene = await stage(SCENES.busy());
    const { url } = scene.server;
    const { page, settled, title } = use(await open(url));
    const titles = new Set<string>();
    const paths = Object.values(await pagePaths(url));
    for (const path of paths) {
      await page.goto(url + path);
      await settled();
      const shown = await title();
      titles.add(shown);
      await page.reload();
      await settled();
      expect([await title(), new URL(page.url()).pathname]).toEqual([shown, path]);
      expect(await page.title()).toBe(`${shown} · memq`);
    }
    expect(titles.size).toBe(paths.length);
  });

  it('goes from page to page without loading, and back and forward', async ({ open, stage }) => {
    const scene = await stage(SCENES.empty());
    const { page, settled, title } = use(await open(scene.server.url));
    await settled();
    await page.evaluate('globalThis.isSame = true');
    const links = page.locator('.rail').getByRole('link');
    const titles: string[] = [await title()];
    // The first two lead to the Overview, where we are.
    for (let i = 2; i < (await links.count()); i++) {
      await links.nth(i).click();
      await until(async () => (await title()) !== titles.at(-1));
      await settled();
      titles.push(await title());
      expect(await links.nth(i).getAttribute('aria-current')).toBe('page');
      // Who listens hears the new page from its beginning; who wants to search types at once.
      const isSearch = (await links.nth(i).getAttribute('href'))?.endsWith('/search');
      expect(await page.evaluate('document.activeElement.localName')).toBe(isSearch ? 'input' : 'main');
    }
    expect(titles.length).toBeGreaterThan(5);
    for (const back of titles.slice(0, -1).reverse()) {
      await page.goBack();
      await until(async () => (await title()) === back);
    }
    for (const forward of titles.slice(1)) {
      await page.goForward();
      await until(async () => (await title()) === forward);
    }
    expect(await page.evaluate('globalThis.isSame')).toBe(true);
  });

  it('says so where there is no page, and leads on', async ({ open, stage }) => {
    const scene = await stage(SCENES.empty());
    const { url } = scene.server;
    const { page, settled, title } = use(
      await open(`${url}/nothing`, { expected: [/^answer: 404 GET \/nothing$/] }),
    );
    await settled();
    const shown = await title();
    await page.locator('main a').click();
    await until(async () => (await title()) !== shown);
    expect(page.url()).toBe(`${url}/`);
  });

  it('lets those who use the keyboard skip what all pages have', async ({ open, stage }) => {
    const scene = await stage(SCENES.busy());
    const { page, settled } = use(await open(scene.server.url));
    await settled();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.localName')).toBe('main');
  });

  it('keeps the theme, the language and the clock that somebody has chosen', async ({ open, stage }) => {
    const scene = await stage(SCENES.busy());
    const view = await open(scene.server.url);
    const { page, settled } = use(view);
    await settled();
    await page.locator('.preferences summary').click();
    await page.locator('.preferences').getByText('Dark').click();
    await page.locator('.preferences').getByText('中文').click();
    const root = page.locator('html');
    await until(async () => (await root.getAttribute('lang')) === 'zh-CN');
    const dark = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    await page.reload();
    await settled();
    expect([await root.getAttribute('lang'), await root.getAttribute('data-theme')]).toEqual([
      'zh-CN',
      'dark',
    ]);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(dark);
    // Another tab has it at once.
    const other = use(await open(scene.server.url, { beside: view }));
    await other.settled();
    await page.locator('.preferences summary').click();
    await page.locator('.preferences').getByText('English').click();
    await until(async () => (await other.page.locator('html').getAttribute('lang')) === 'en');
  });
});

/** What most steps need of a view. */
function use(view: View) {
  const { page } = view;
  const title = () => page.locator('main h1').innerText();
  return { page, title, settled: () => view.settled() };
}
