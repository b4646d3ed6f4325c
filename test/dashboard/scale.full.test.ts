import { expect } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { SCENES } from '../helpers/scenes/scenes.ts';

const QUEUES = 100_000;
const MESSAGES = 1_000_000;
/** Nobody waits for so long but on a machine that is busy with other things. */
const SLOW = { timeout: 120_000 };

withBrowser('very many', (it) => {
  it('queues are shown, filtered and sorted', async ({ open, stage }) => {
    const { server, play } = await stage(SCENES['many-queues'](QUEUES));
    const { page } = await open(`${server.url}/queues`);
    const names = page.locator('tbody .queue-name > a');
    await page.getByText('100,000 queues').waitFor(SLOW);
    await page.getByText('50 shown').waitFor(SLOW);
    await play.tick();
    await page.getByRole('searchbox', { name: 'Filter by name' }).fill('19999');
    await expect.poll(() => names.allInnerTexts(), SLOW).toHaveLength(5);
    await page.getByRole('searchbox', { name: 'Filter by name' }).fill('');
    await page.getByText('50 shown').waitFor(SLOW);
    await page.getByRole('columnheader').getByRole('link', { name: 'Waiting', exact: true }).click();
    // One of a thousand has fifty more than the others.
    const column = async () => (await page.getByRole('row').nth(1).innerText()).split(/\s+/);
    await expect.poll(column, SLOW).toContain('51');
    await page.getByRole('button', { name: 'Failing' }).click();
    // Every hundredth has failed once, and has nothing left that waits.
    await expect.poll(async () => (await names.allInnerTexts())[0], SLOW).toBe('tenant-00000:push');
    await page.goto(`${server.url}/`);
    await page.getByRole('navigation', { name: 'Pages' }).getByText('100K').waitFor(SLOW);
  });

  it('messages of a queue are shown, the last of them as well as the first', async ({ open, stage }) => {
    const { server } = await stage(SCENES.deep(MESSAGES));
    const { page } = await open(`${server.url}/queues/events`);
    // The charts have tables, too.
    const first = page.getByRole('table', { name: 'Waiting' }).getByRole('row').nth(1);
    await first.getByRole('link', { name: "track('page-view', 0)" }).waitFor(SLOW);
    await page.getByRole('link', { name: 'Next page' }).click();
    await first.getByRole('link', { name: "track('page-view', 50)" }).waitFor(SLOW);
    // As far as somebody gets who goes on and on.
    const far = await cursorAt(`${server.url}/api/v1/queues/events/messages?state=ready&limit=1000`, 200);
    await page.goto(`${server.url}/queues/events?cursor=${encodeURIComponent(far)}`);
    await first.getByRole('link', { name: "track('page-view', 200000)" }).waitFor(SLOW);
    await page.getByRole('link', { name: 'First page' }).click();
    await first.getByRole('link', { name: "track('page-view', 0)" }).waitFor(SLOW);
  });
});

/** Where a list goes on after so many pages. */
async function cursorAt(url: string, pages: number): Promise<string> {
  let cursor = '';
  for (let page = 0; page < pages; page++) {
    const answer = await fetch(cursor === '' ? url : `${url}&cursor=${encodeURIComponent(cursor)}`);
    cursor = ((await answer.json()) as { next: string }).next;
  }
  return cursor;
}
