import type { Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { expectAccessible } from '../helpers/browser/axe.ts';
import { SCENES, type Staged, stage } from '../helpers/scenes/scenes.ts';
import { TextClient } from '../helpers/text-client.ts';

const SLOW = { timeout: 20_000 };

/** A scene on a server that ends when no page looks at it any more. */
async function play(...[scene, options]: Parameters<typeof stage>): Promise<Staged> {
  const staged = await stage(scene, options);
  onTestFinished(() => staged[Symbol.asyncDispose]());
  return staged;
}

async function openPalette(page: Page) {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Commands' });
  const field = palette.getByRole('combobox');
  await field.waitFor();
  /** What Enter would do, as the field tells those who listen. */
  const active = async (): Promise<string> => {
    const id = await field.getAttribute('aria-activedescendant');
    return id === null ? '' : palette.locator(`[id="${id}"] .palette-title`).innerText();
  };
  return { palette, field, active };
}

withBrowser('the palette', (it) => {
  it('goes to pages and queues by their names, with the keyboard alone', async ({ open }) => {
    const { server } = await play(SCENES['many-queues'](200));
    const { page } = await open(`${server.url}/`);
    const { palette, field, active } = await openPalette(page);
    await expectAccessible(page);
    expect(await active()).toBe('Overview');
    await page.keyboard.press('ArrowDown');
    expect(await active()).toBe('Queues');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    expect(await active()).toBe('Keyboard shortcuts');
    await field.fill('work');
    await expect.poll(active, SLOW).toBe('Workers');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/workers');
    expect(await palette.count()).toBe(0);
    await openPalette(page);
    await field.fill('00012:re');
    await expect.poll(active, SLOW).toBe('tenant-00012:reports');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/queues/tenant-00012:reports');
    await page.keyboard.press('Control+k');
    const recent = palette.getByRole('group', { name: 'Lately used' }).getByRole('option');
    expect(await recent.allInnerTexts()).toEqual([
      'tenant-00012:reports',
      expect.stringContaining('Workers'),
    ]);
    await page.keyboard.press('Escape');
    expect(await palette.count()).toBe(0);
  }, 60_000);

  it('pauses a queue, and tries again what has failed in one after a question with the number', async ({
    open,
  }) => {
    const { server } = await play(SCENES.empty());
    using client = await TextClient.connect(server.port);
    for (let i = 0; i < 3; i++) {
      await client.set('mail', `job(${i})`);
      await client.getText('mail/open');
      await client.set('mail/fail/final', 'Error: no');
    }
    await client.set('push', 'job');
    const { page } = await open(`${server.url}/schedule`);
    const { palette, field, active } = await openPalette(page);
    await field.fill('pause');
    await expect.poll(active, SLOW).toBe('Pause a queue…');
    await page.keyboard.press('Enter');
    await field.fill('pus');
    await expect.poll(active, SLOW).toBe('push');
    await page.keyboard.press('Enter');
    await page.getByRole('region').getByText('Pause push').or(page.getByText('Pause push')).first().waitFor();
    await expect.poll(() => client.getText('push'), SLOW).toBeUndefined();

    await openPalette(page);
    await field.fill('retry');
    await expect.poll(active, SLOW).toBe('Retry all failed of a queue…');
    await page.keyboard.press('Enter');
    // Only those in which something has failed.
    await expect.poll(() => palette.getByRole('option').allInnerTexts(), SLOW).toHaveLength(1);
    await expect.poll(active, SLOW).toBe('mail');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Retry 3 messages?' }).getByText('3 messages go back').waitFor();
    await page.getByRole('button', { name: 'Retry 3' }).click();
    await expect.poll(() => client.getText('mail'), SLOW).toBe('job(0)');
  }, 60_000);

  it('goes to a queue that is not found yet when Enter is pressed', async ({ open }) => {
    const { server } = await play(SCENES.empty());
    using client = await TextClient.connect(server.port);
    await client.set('mail', 'job');
    const { page } = await open(`${server.url}/schedule`);
    const { palette, field, active } = await openPalette(page);
    let come = () => {};
    const mayCome = new Promise<void>((resolve) => {
      come = resolve;
    });
    await page.route('**/api/v1/queues?*', async (route) => {
      await mayCome;
      await route.continue();
    });
    await field.fill('mai');
    await expect.poll(active, SLOW).toContain('mai');
    await field.press('Enter');
    expect(await palette.count()).toBe(1);
    come();
    await page.waitForURL('**/queues/mail');
    expect(await palette.count()).toBe(0);
  }, 60_000);

  it('changes how the pages look', async ({ open }) => {
    const { server } = await play(SCENES.empty());
    const { page } = await open(`${server.url}/queues`);
    const { field, active } = await openPalette(page);
    await field.fill('dark');
    await expect.poll(active, SLOW).toBe('Theme: Dark');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('html').getAttribute('data-theme'), SLOW).toBe('dark');
    await openPalette(page);
    await expectAccessible(page);
    await field.fill('language');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '队列', level: 1 }).waitFor();
  }, 60_000);

  it('leaves a viewer what he may do, and says why not the rest', async ({ open }) => {
    const { server } = await play(SCENES.empty(), { args: ['--http-readonly'] });
    const { page } = await open(`${server.url}/queues`);
    const { palette } = await openPalette(page);
    const option = palette.getByRole('option', { name: 'Pause a queue…' });
    await expect.poll(() => option.innerText(), SLOW).toContain('The server is read-only.');
    expect(await option.getAttribute('aria-disabled')).toBe('true');
  });
});

withBrowser('shortcuts', (it) => {
  it('lead to pages, and are listed', async ({ open }) => {
    const { server } = await play(SCENES.empty());
    const { page } = await open(`${server.url}/queues`);
    await page.getByRole('heading', { name: 'Queues', level: 1 }).waitFor();
    for (const [letter, path] of [
      ['f', 'failed'],
      ['r', 'running'],
      ['w', 'workers'],
      ['s', 'schedule'],
      ['q', 'queues'],
    ] as const) {
      await page.keyboard.press('g');
      await page.keyboard.press(letter);
      await page.waitForURL(`**/${path}`);
    }
    await page.keyboard.press('?');
    const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await list.getByText('Overview').waitFor();
    await expectAccessible(page);
    // A dialog is no page to leave by accident.
    await page.keyboard.press('g');
    await page.keyboard.press('f');
    await page.keyboard.press('Escape');
    await expect.poll(() => list.count(), SLOW).toBe(0);
    expect(page.url()).toMatch(/\/queues$/);
    await page.keyboard.press('/');
    const search = page.getByRole('searchbox', { name: 'Search jobs' });
    await expect.poll(() => search.evaluate((field) => field.matches(':focus')), SLOW).toBe(true);
    await page.keyboard.type('g f?/');
    expect(await search.inputValue()).toBe('g f?/');
    expect(page.url()).toMatch(/\/queues$/);
  }, 60_000);

  it('do nothing with another key held, nor where the same key writes something else', async ({ open }) => {
    const { server } = await play(SCENES.empty());
    const { page } = await open(`${server.url}/queues`);
    await page.getByRole('heading', { name: 'Queues', level: 1 }).waitFor();
    const press = (key: string, code: string, more: object = {}) => {
      const init = JSON.stringify({ bubbles: true, key, code, ...more });
      return page.evaluate(`document.body.dispatchEvent(new KeyboardEvent('keydown', ${init}))`);
    };
    await press('g', 'KeyG');
    await press('f', 'KeyF', { altKey: true });
    await press('п', 'KeyG');
    await press('а', 'KeyF');
    await press('.', 'Slash');
    await press('g', 'KeyG', { isComposing: true });
    await press('f', 'KeyF', { isComposing: true });
    expect(page.url()).toMatch(/\/queues$/);
    expect(await page.locator('#search').evaluate((field) => field.matches(':focus'))).toBe(false);
    // Commands are given by the key's place there: there is no other way.
    await press('л', 'KeyK', { ctrlKey: true });
    await page.getByRole('dialog', { name: 'Commands' }).waitFor();
  }, 60_000);
});
