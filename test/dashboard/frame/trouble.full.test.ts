import { expect, onTestFinished } from 'vitest';
import { withBrowser } from '../../fixtures/browser.ts';
import { expectAccessible } from '../../helpers/browser/axe.ts';
import { SCENES, type Staged, stage } from '../../helpers/scenes/scenes.ts';
import { startServer } from '../../helpers/server.ts';

const SLOW = { timeout: 30_000 };

/** A scene on a server that ends when no page looks at it any more. */
async function play(...[scene, options]: Parameters<typeof stage>): Promise<Staged> {
  const staged = await stage(scene, options);
  onTestFinished(() => staged[Symbol.asyncDispose]());
  return staged;
}

withBrowser('the frame on a phone, and in trouble', (it) => {
  it('has five places on a phone, and the others behind "More"', async ({ open }) => {
    const { server } = await play(SCENES.busy());
    const { page } = await open(`${server.url}/queues`, { width: 360, height: 740 });
    const places = page.getByRole('navigation', { name: 'Pages' });
    await expect.poll(() => places.getByRole('link').count(), SLOW).toBe(5);
    const more = places.getByRole('button', { name: 'More' });
    await more.click();
    expect(await more.getAttribute('aria-expanded')).toBe('true');
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect.poll(() => places.getByRole('link').count(), SLOW).toBe(5);
    await more.click();
    await places.getByRole('link', { name: 'Schedule' }).click();
    await page.waitForURL('**/schedule');
    await expect.poll(() => places.getByRole('link').count(), SLOW).toBe(5);
  }, 60_000);

  it('says that the server is lost, tries again when told to, and that it is back', async ({ open }) => {
    const server = await startServer({ args: ['--memory'], http: true });
    onTestFinished(() => server[Symbol.asyncDispose]());
    const { page } = await open(`${server.url}/queues`, { expected: [/./] });
    await page.getByText('Live', { exact: true }).waitFor();
    const { host } = new URL(server.url);
    await server.stop();
    await page.getByText('The server cannot be reached.').first().waitFor({ timeout: 30_000 });
    await page.getByText('Connection lost').waitFor();
    await expectAccessible(page);
    const asked = page.waitForRequest('**/api/v1/live?*');
    await page.getByRole('button', { name: 'Try now' }).click();
    await asked;
    const again = await startServer({ args: ['--memory', '--http', host] });
    onTestFinished(() => again[Symbol.asyncDispose]());
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 30_000 });
    expect(await page.getByText('The server cannot be reached.').count()).toBe(0);
  }, 120_000);

  it('shows an error of a page in its place, and the way on', async ({ open }) => {
    const { server } = await play(SCENES.empty());
    const { page } = await open(`${server.url}/`, { expected: [/^console: /] });
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.route('**/api/v1/queues?*', (route) =>
      route.fulfill({ json: { items: [{ name: null }], next: null } }),
    );
    await page.getByRole('link', { name: 'Queues' }).first().click();
    await page.getByRole('alert').getByText('The page has failed').waitFor();
    await expectAccessible(page);
    // The other page asks for queues as well.
    await page.unroute('**/api/v1/queues?*');
    await page.getByRole('link', { name: 'Failed' }).first().click();
    await page.getByRole('heading', { name: 'Failed', level: 1 }).waitFor();
  }, 60_000);

  it('loads all anew once where the code of a page is gone, and then says so', async ({ open }) => {
    const { server } = await play(SCENES.empty());
    const { page } = await open(`${server.url}/`, { expected: [/queues-page/, /^console: /] });
    await page.getByRole('heading', { level: 1 }).waitFor();
    let loads = 0;
    page.on('load', () => loads++);
    await page.route('**/assets/queues-page-*.js', (route) => route.fulfill({ status: 404, body: '' }));
    await page.getByRole('link', { name: 'Queues' }).first().click();
    await page.getByText('The page could not be loaded').waitFor({ timeout: 30_000 });
    expect(loads).toBe(1);
    await page.unroute('**/assets/queues-page-*.js');
    await page.getByRole('button', { name: 'Load again' }).click();
    await page.getByText('No queue yet').waitFor();
  }, 60_000);
});
