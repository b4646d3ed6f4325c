import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { onTerminal } from '../../helpers/terminal.ts';
import { worker } from '../../helpers/worker-file.ts';
import { CONSUME } from './printing.ts';

const it = withWorkplace(['--backoff', 'fixed:60']);

it('tells in cron of failed jobs in one block, with the place in the code', async ({ workplace }) => {
  await workplace.enqueue("saveToLocal('a')", "fails('no such address')", "evil('\u001b[2J')");
  const { code, stdout, stderr } = await workplace.consume();
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  const [heading, ...blocks] = stderr.split('\n\n');
  expect(heading).toMatch(/^memq-consume: q: 3 jobs ran in [^:]+: 1 done, 1 failed, 1 refused$/);
  expect(blocks).toHaveLength(3);
  expect(blocks[2]).toContain(
    '"get q/failed/peek/info" shows the next one, "touch q/failed 0" tries all again',
  );
  const failed = blocks.find((block) => block.includes('failed after'));
  expect(failed?.split('\n')).toEqual([
    expect.stringMatching(/^job \d+ of q, attempt 1, failed after \S+ m?s, is tried again$/),
    "  call   fails('no such address')",
    '  error  Error: no such address',
    expect.stringMatching(/^ {2}at {5}\S+\/worker\.mjs:\d+:\d+$/),
  ]);
  const refused = blocks.find((block) => block.includes('refused,'));
  expect(refused?.split('\n')).toEqual([
    expect.stringMatching(/^job \d+ of q, attempt 1, refused, kept as failed$/),
    "  call   evil('\\u001b[2J')",
    expect.stringContaining('"evil" may not be called'),
  ]);
});

it('tells in cron, and keeps, why a request failed in the end', async ({ workplace }) => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as { port: number };
  closed.close();
  await once(closed, 'close');
  await workplace.setWorker(
    worker("async load(port) { await fetch('http://127.0.0.1:' + port); }", "['load']"),
  );
  const connection = workplace.connect();
  await connection.set('q/id=k', `load(${port})`);
  const { code, stderr } = await workplace.consume();
  expect(code).toBe(0);
  // Node.js 24 does not tell where a fetch failed.
  const tellsPlace = await fetch(`http://127.0.0.1:${port}`).then(
    () => false,
    (error: Error) => /\n +at async /.test(String(error.stack)),
  );
  expect(stderr.trim().split('\n\n')[1]?.split('\n').slice(2)).toEqual([
    '  error  TypeError: fetch failed',
    ...(tellsPlace ? [expect.stringMatching(/^ {2}at {5}\S+\/worker\.mjs:\d+:\d+$/)] : []),
    expect.stringMatching(
      /^ {2}cause {2}Error: connect ECONNREFUSED 127\.0\.0\.1:\d+ \[.*code: ECONNREFUSED/,
    ),
  ]);
  const status = await connection.get('q/id=k');
  connection.close();
  expect(status?.value.toString()).toContain('caused by: Error: connect ECONNREFUSED');
});

it('shows a bar on a terminal, and a line for each failed job', async ({ workplace }) => {
  await workplace.enqueue(...Array(20).fill("saveToLocal('a')"), "fails('no such address')");
  const text = await onTerminal(workplace.directory, [CONSUME]);
  if (text === undefined) return;
  expect(text).toMatch(/q .*20 done, 1 failed, \d+/);
  expect(text).toMatch(
    /WARN.*job \d+ of q, attempt 1, failed after .*: Error: no such address \(\S+worker\.mjs:/,
  );
  expect(text).toMatch(/INFO.*q: 21 jobs ran in .*: 20 done, 1 failed/);
});

it('a person at a terminal reads what is wrong in lines, cron in plain text', async ({ workplace }) => {
  const args = [CONSUME, '--config', join(workplace.directory, 'none.ini')];
  const cron = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(cron).toMatchObject({ status: 78, stdout: '' });
  expect(cron.stderr).toMatch(/^memq-consume: error: .*none\.ini cannot be read: .*\n$/);
  const words = [process.execPath, ...args].map((word) => `'${word}'`).join(' ');
  const terminal = spawnSync('script', ['-qec', words, '/dev/null'], { encoding: 'utf8' });
  if (terminal.error !== undefined) return console.warn('no pseudo terminal: script not installed');
  expect(terminal.status).toBe(78);
  expect(terminal.stdout).toMatch(/\[\d\d:\d\d:\d\d\] .*ERROR.*none\.ini cannot be read/);
});
