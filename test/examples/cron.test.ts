import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';

const ROOT = join(import.meta.dirname, '../..');

const it = withWorkplace();

/** The commands of the crontab, as cron gives them to the shell: five fields, the user, and the rest. */
const COMMANDS = [
  ...readFileSync(join(ROOT, 'examples/cron/crontab'), 'utf8').matchAll(
    /^(?:[*\d]\S*\s+){5}[a-z-]+\s+(.*)$/gm,
  ),
].map(([, command]) => (command as string).replaceAll('\\%', '%'));

async function run(command: string, paths: Readonly<Record<string, string>>) {
  const here = Object.entries(paths).reduce((all, [path, ours]) => all.replaceAll(path, ours), command);
  const child = spawn('/bin/sh', ['-c', here], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code, stdout, stderr };
}

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'memq-cron-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

it('the crontab runs what waits, and prints nothing', async ({ workplace }) => {
  const logs = directory();
  await workplace.enqueue("saveToLocal('hi')");
  const paths = { '/opt/memq': ROOT, '/srv/shop': workplace.directory, '/var/log/memq': logs };
  expect(COMMANDS).toHaveLength(2);
  expect(await run(COMMANDS[0] as string, paths)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await workplace.logged()).toEqual(['hi']);
  expect(existsSync(join(logs, 'shop.log'))).toBe(true);
});

it('the crontab makes a backup, and prints nothing', async ({ server, client }) => {
  const backups = directory();
  await client.set('q', 'job');
  const paths = { '/opt/memq': ROOT, '/var/lib/memq': server.dataDir, '/backup': backups };
  expect(await run(COMMANDS[1] as string, paths)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(readdirSync(backups)).toEqual([expect.stringMatching(/^memq-\d{4}-\d\d-\d\d$/)]);
});
