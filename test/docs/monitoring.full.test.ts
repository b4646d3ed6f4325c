import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { withPackages } from '../clients/packages.ts';
import { withWorkplace } from '../fixtures/workplace.ts';
import { readBlocks } from '../helpers/pages.ts';
import { startServer } from '../helpers/server.ts';

const ROOT = join(import.meta.dirname, '../..');

const it = withWorkplace(['--memory', '--max-attempts', '1']);

const WORKER = `
import { defineWorker } from ${JSON.stringify(join(ROOT, 'dist/index.js'))};
class Worker {
  fails(why) {
    console.log('tries');
    throw new Error(why);
  }
}
export default defineWorker(Worker, { methods: ['fails'] });
`;

const blocks = readBlocks('docs/monitoring.md');
/** The one that has this in it. */
const block = (text: string): string => {
  const found = blocks.filter((each) => each.text.includes(text));
  expect(found, text).toHaveLength(1);
  return (found[0]?.text ?? '').replaceAll(/^\$ /gm, '');
};

/** Runs lines of a page, of which what was shown to come out is cut off. */
function sh(command: string, port: number, cwd = ROOT) {
  const here = command.replaceAll('22201', String(port));
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', here], { cwd, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const firstLine = (text: string): string => text.split('\n', 1)[0] as string;

it.beforeEach(async ({ client }) => {
  await client.exchange('flush_all\r\n');
});

withPackages('docs/monitoring.md', ['netcat-openbsd', 'jq'], () => {
  it('asks for the statistics', ({ server }) => {
    const { status, stdout } = sh(block("printf 'stats\\r\\n' | nc"), server.port);
    expect(status).toBe(0);
    expect(stdout).toContain('STAT journal_failure none');
  });

  it('checks as a plug-in of Nagios', async ({ server, client }) => {
    const command = firstLine(block('check_memq'));
    await client.set('mail', 'job');
    const fine = sh(command, server.port);
    expect(fine).toMatchObject({ status: 0, stderr: '' });
    expect(fine.stdout).toMatch(
      /^MEMQ OK - \S+: oldest \d+ s, \d+ failed \| oldest=\d+s;60;300 failed=\d+;20\n$/,
    );
    await client.getText('mail/open');
    await client.ask('set mail/fail/final 0 0 2\r\nno');
    expect(sh(command.replace(/ 20$/, ' 0'), server.port)).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^MEMQ WARNING - /),
    });
    expect(sh(command.replace(' 60 300', ' 0 0'), server.port)).toMatchObject({ status: 2 });
    expect(sh(command, 1)).toMatchObject({ status: 3, stdout: expect.stringContaining('UNKNOWN') });
  });

  it('tells of a login that check_memq does not have', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'memq-monitoring-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, 'users'), 'web:secret\n');
    await using server = await startServer({ args: ['--memory', '-Y', join(directory, 'users')] });
    expect(sh(firstLine(block('check_memq')), server.port)).toMatchObject({
      status: 3,
      stdout: 'MEMQ UNKNOWN - the server wants a login\n',
    });
  });

  it('finds the oldest also behind a thousand queues', async ({ server, client }) => {
    await client.exchange(Array.from({ length: 1500 }, (_, i) => `set many.${i} 0 0 1\r\nx\r\n`).join(''));
    const { stdout } = sh(firstLine(block('check_memq')), server.port);
    expect(stdout).toMatch(/^MEMQ OK - \S+: oldest/);
    await client.exchange(Array.from({ length: 1500 }, (_, i) => `delete many.${i}\r\n`).join(''));
  });

  it("reads the worker's log", async ({ workplace }) => {
    await workplace.configure('output = log\n');
    await workplace.setWorker(WORKER);
    await workplace.enqueue("fails('no such address')", 'secret()', "fails('no such address')");
    await workplace.consume('--log-file', 'shop.log');
    const run = (text: string): string[] => {
      const { status, stdout, stderr } = sh(block(text), 0, workplace.directory);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return stdout.trim().split('\n');
    };
    const all = run('todate) \\(.queue');
    expect(all).toContainEqual(expect.stringMatching(/^\d{4}-\d\d-\d\dT\S+Z q \d+ a job failed/));
    const failed = run('.kind) | "\\(.queue)');
    expect(failed).toHaveLength(3);
    expect(failed).toContainEqual(
      expect.stringMatching(/^q \d+ failed fails\('no such address'\): Error: no such address$/),
    );
    expect(failed).toContainEqual(expect.stringMatching(/^q \d+ rejected secret\(\): method "secret"/));
    expect(run('uniq -c')[0]).toMatch(/^2 Error: no such address$/);
    expect(run('.stream and')).toEqual(['']);
    const log = readFileSync(join(workplace.directory, 'shop.log'), 'utf8');
    const printed = log.split('\n').find((line) => line.includes('"stream"')) as string;
    const { message } = JSON.parse(printed) as { message: string };
    const ofJob = block('.stream and').replace('4711', message);
    expect(sh(ofJob, 0, workplace.directory).stdout).toBe('tries\n');
    expect(run('(.kind | not)')).toEqual(['']);
  });

  it("reads the server's log", ({ workplace }) => {
    const warning = { level: 40, time: Date.now(), msg: 'whoever reaches this address may use the queues' };
    const info = { level: 30, time: Date.now(), msg: 'listening' };
    const command = `printf '%s\\n' '${JSON.stringify(info)}' '${JSON.stringify(warning)}' > memq.log; ${block('memq.log')}`;
    const { status, stdout } = sh(command, 0, workplace.directory);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\S+Z whoever reaches this address may use the queues \n$/);
  });
});
