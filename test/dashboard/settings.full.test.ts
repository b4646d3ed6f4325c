import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { hashPassword } from '../../server/http/passwords.ts';
import { withBrowser } from '../fixtures/browser.ts';
import { expectAccessible } from '../helpers/browser/axe.ts';
import { ask } from '../helpers/http.ts';
import { onStage } from '../helpers/scenes/on-stage.ts';
import { SCENES } from '../helpers/scenes/scenes.ts';

const SLOW = { timeout: 30_000 };

/** A file with one user of each role, whose password is `correct horse`. */
async function usersFile(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'memq-settings-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'users');
  const hash = await hashPassword('correct horse');
  writeFileSync(file, `ann:admin:${hash}\nvic:viewer:${hash}\n`, { mode: 0o600 });
  return file;
}

withBrowser('the page of settings', (it) => {
  it('shows what is in force, in groups, and finds some of it', async ({ open }) => {
    const staged = await onStage(SCENES.busy());
    const { page } = await open(`${staged.server.url}/settings`);
    await page
      .getByRole('region', { name: 'This server' })
      .getByText(/^memq \d+\.\d+\.\d+/)
      .waitFor();
    await page.getByRole('link', { name: 'The API document' }).waitFor();
    await page.getByRole('link', { name: 'In force' }).click();
    const rules = page.getByRole('region', { name: 'Rules of queues' });
    await rules.getByRole('row', { name: /webhooks.*rate/ }).waitFor();
    await page.getByRole('region', { name: 'Lines of the schedule' }).getByText('nightly-report').waitFor();
    await page.getByRole('searchbox', { name: 'Filter settings' }).fill('webhooks');
    await expect.poll(() => rules.getByRole('row').count(), SLOW).toBe(2);
    expect(new URL(page.url()).search).toBe('?tab=settings&q=webhooks');
    await page.reload();
    await expect.poll(() => rules.getByRole('row').count(), SLOW).toBe(2);
  });

  it('tells who has done what in words, and finds it', async ({ open }) => {
    const staged = await onStage(SCENES.busy());
    const { url } = staged.server;
    await ask(url, '/api/v1/queues/mail/pause', { method: 'PUT' });
    await ask(url, '/api/v1/queues/mail/pause', { method: 'DELETE' });
    await ask(url, '/api/v1/schedule/nope/run', { method: 'POST' });
    const { page } = await open(`${url}/settings?tab=audit`);
    const paused = page.getByRole('row', { name: /Paused a queue mail Done 204/ });
    await paused.waitFor();
    await page.getByRole('row', { name: /Resumed a queue mail/ }).waitFor();
    await page.getByRole('row', { name: /Ran a scheduled job nope Not there 404/ }).waitFor();
    const filter = page.getByRole('searchbox', { name: 'Filter by who, what or to what' });
    await filter.fill('resumed');
    await expect.poll(() => page.getByRole('row').count(), SLOW).toBe(2);
    await filter.fill('nobody has done this');
    await page.getByText('Nothing fits').waitFor();
    await filter.fill('');
    await paused.getByRole('link', { name: 'mail' }).click();
    await page.waitForURL('**/queues/mail');
  });

  it('says to a viewer that it is not for him, and asks for nothing', async ({ open }) => {
    const args = ['--http-auth-file', await usersFile()];
    const staged = await onStage(SCENES.empty(), { args });
    const viewer = { login: { username: 'vic', password: 'correct horse' } };
    const first = await open(`${staged.server.url}/settings?tab=audit`, viewer);
    await first.page.getByText('Only an admin may read this').waitFor();
    await first.page.getByText('Your role is Viewer.').waitFor();
    await first.page.getByRole('link', { name: 'Server' }).click();
    await first.page.getByText('vic', { exact: true }).waitFor();
    const admin = { login: { username: 'ann', password: 'correct horse' } };
    const second = await open(`${staged.server.url}/settings?tab=audit`, admin);
    await second.page.getByText('Nobody has changed anything yet').waitFor();
  });

  it('shows who is connected', async ({ open }) => {
    const staged = await onStage(SCENES.busy());
    const { page } = await open(`${staged.server.url}/settings?tab=connections`);
    await page.getByRole('link', { name: '07c4d9e21fa8b653' }).first().click();
    await page.getByRole('region', { name: 'media-1:733' }).waitFor();
  });

  it('is accessible in each of its parts, both themes, on a phone and on a desk', async ({ open }) => {
    const staged = await onStage(SCENES.hostile());
    await ask(staged.server.url, '/api/v1/queues/mail/pause', { method: 'PUT' });
    const { page } = await open(`${staged.server.url}/settings`, { language: 'zh-CN' });
    for (const title of ['服务器', '生效的设置', '审计', '连接']) {
      await page.getByRole('link', { name: title, exact: true }).click();
      await expect.poll(() => page.locator('main [aria-busy=true]').count(), SLOW).toBe(0);
      for (const theme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: theme });
        for (const width of [1280, 360]) {
          await page.setViewportSize({ width, height: 800 });
          await expectAccessible(page);
          expect(await page.evaluate('document.documentElement.scrollWidth'), title).toBe(width);
        }
      }
    }
  });
});
