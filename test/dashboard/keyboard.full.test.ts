import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { withBrowser } from '../fixtures/browser.ts';
import { SCENES } from '../helpers/scenes/scenes.ts';

const SOON = { timeout: 30_000 };

/** What has the focus: its tag, and how it is called. */
const FOCUSED = `(() => {
  const at = document.activeElement;
  return [at.localName, (at.getAttribute('aria-label') ?? at.innerText ?? '').trim()];
})()`;

const focused = (page: Page) => page.evaluate<[tag: string, name: string]>(FOCUSED);
const title = (page: Page, name: string | RegExp) =>
  page.getByRole('main').getByRole('heading', { level: 1, name });

/** Whether somebody sees where the focus is: an outline, a ring, or a colour that the element else has not. */
const IS_SEEN = `(() => {
  const look = () => {
    const { outlineStyle, outlineWidth, boxShadow, backgroundColor, borderColor } = getComputedStyle(at);
    return [outlineStyle === 'none' ? '0px' : outlineWidth, boxShadow, backgroundColor, borderColor].join();
  };
  const at = document.activeElement;
  const now = look();
  at.blur();
  const without = look();
  at.focus({ preventScroll: true });
  return now !== without;
})()`;

/** Presses Tab until this has the focus, which has to come before it went around. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const isIt = (text: string) => (typeof name === 'string' ? text === name : name.test(text));
  const passed: string[] = [];
  for (let i = 0; i < 150; i++) {
    await page.keyboard.press('Tab');
    const [tag, text] = await focused(page);
    expect(tag, `the focus is lost behind ${passed.at(-1)}`).not.toBe('body');
    if (isIt(text)) return;
    passed.push(text);
  }
  throw new Error(`Tab does not lead to ${name}: ${passed.join(', ')}`);
}

withBrowser('by keyboard alone', (it) => {
  it('a job is found, looked at, and tried again', async ({ open, stage }) => {
    const { server } = await stage(SCENES.failing());
    const { page } = await open(server.url);
    await title(page, 'Overview').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('report-42');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Exactly this' }).getByRole('listitem').waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.type'), SOON).toBe('search');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await title(page, 'report-42')
      .or(title(page, /buildReport/))
      .waitFor();
    expect((await focused(page))[0]).toBe('main');
    await tabTo(page, 'Retry now');
    expect(await page.evaluate(IS_SEEN)).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('main').getByText('Waiting', { exact: true }).first().waitFor();
    const found = await fetch(`${server.url}/api/v1/queues/reports/jobs/report-42`);
    expect(await found.json()).toMatchObject({ status: 'waiting' });
    // The button that was pressed is gone.
    await expect.poll(async () => (await focused(page))[0], SOON).not.toBe('body');
  });

  it('all pages are reached, and the focus is at the beginning of each', async ({ open, stage }) => {
    const { server } = await stage(SCENES.failing());
    const { page } = await open(server.url);
    await title(page, 'Overview').waitFor();
    for (const [letter, name] of [
      ['q', 'Queues'],
      ['f', 'Failed'],
      ['r', 'Running'],
      ['w', 'Workers'],
      ['s', 'Schedule'],
      [',', 'Settings'],
      ['o', 'Overview'],
    ] as const) {
      await page.keyboard.press('g');
      await page.keyboard.press(letter);
      await title(page, name).waitFor();
      expect([name, (await focused(page))[0]]).toEqual([name, 'main']);
    }
    await page.keyboard.press('Control+K');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('webhooks');
    await page
      .getByRole('dialog')
      .getByRole('option', { name: /^webhooks/ })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    await title(page, /^webhooks$/).waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(async () => (await focused(page))[0], SOON).toBe('main');
  });

  it('the focus is where it was once a question is answered', async ({ open, stage }) => {
    const { server } = await stage(SCENES.failing());
    const { page } = await open(`${server.url}/queues/webhooks?tab=failed`);
    await page.getByRole('table', { name: 'Failed' }).getByRole('row').nth(3).waitFor();
    for (const name of ['Enqueue a test job', 'Move', 'Delete']) {
      await page.getByRole('main').getByRole('button', { name, exact: true }).first().focus();
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      // It stays within: all of it is passed, and then it begins anew.
      for (let i = 0; i < 20; i++) {
        await page.keyboard.press('Tab');
        // Between its end and its beginning is the browser itself.
        const inside = await page.evaluate(
          `document.activeElement === document.body || document.activeElement.closest('dialog') !== null`,
        );
        expect(inside).toBe(true);
      }
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      expect(await focused(page)).toEqual(['button', name]);
    }
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused(page)).toEqual(['button', 'Delete']);
  });

  it('what is selected is tried again, and the focus stays on the page', async ({ open, stage }) => {
    const { server } = await stage(SCENES.failing());
    const { page } = await open(`${server.url}/queues/thumbnails?tab=failed`);
    const boxes = page.getByRole('row').getByRole('checkbox');
    await boxes.nth(1).waitFor();
    const total = 221;
    for (const i of [0, 1]) {
      await boxes.nth(i).focus();
      await page.keyboard.press('Space');
      expect(await boxes.nth(i).isChecked()).toBe(true);
    }
    await page.getByRole('main').getByRole('button', { name: 'Retry', exact: true }).first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Retry 2 messages' }).waitFor();
    await tabTo(page, 'Retry 2');
    await page.keyboard.press('Enter');
    await page
      .locator('.tabs')
      .getByRole('link', { name: new RegExp(`^Failed ?${total - 2}$`) })
      .waitFor();
    await expect.poll(async () => (await focused(page))[0], SOON).not.toBe('body');
  });
});
