import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { connect } from '../../shared/client.ts';
import { withWorkplace } from '../fixtures/workplace.ts';

const it = withWorkplace(['--backoff', 'fixed:1', '--max-attempts', '3']);

it('runs a thousand jobs that memjs enqueued, each once, with two runs at a time', async ({ workplace }) => {
  await workplace.configure('overlap = 2\n');
  const messages = Array.from({ length: 1000 }, (_, i) => `哈哈哈哈哈啊哈哈哈,尴尬不? ${i}`);
  await workplace.enqueue(...messages.map((message) => `saveToLocal('${message}')`));
  const ended = await Promise.all([workplace.consume(), workplace.consume()]);
  expect(ended.map(({ code }) => code)).toEqual([0, 0]);
  expect((await workplace.logged()).sort()).toEqual(messages.sort());
});

it('runs what the producer enqueues, in order and with any text', async ({ server, workplace }) => {
  const texts = ["it's", '"); evil("', 'line\nbreak\0', '$x {$y}', '\\', '哈😀'];
  const queue = connect({ port: server.port, timeout: 60 });
  await Promise.all(texts.map((text) => queue.enqueue('q', 'saveToLocal', [text])));
  queue.close();
  expect((await workplace.consume()).code).toBe(0);
  expect((await workplace.logged()).join('\n')).toBe(texts.join('\n'));
});

it('says not a word when there is nothing to do', async ({ workplace }) => {
  expect(await workplace.consume()).toEqual({ code: 0, stdout: '', stderr: '' });
});

it('says not a word either when it ran jobs without trouble, but in its log file', async ({ workplace }) => {
  await workplace.enqueue("saveToLocal('a')", "saveToLocal('b')");
  const ended = await workplace.consume('--log-file', 'memq.log');
  expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
  const lines = (await readFile(join(workplace.directory, 'memq.log'), 'utf8')).trim().split('\n');
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ done: 2, failed: 0, rejected: 0 });
});

it('leaves a failed job to the server, which tries again and then keeps it with the reason', async ({
  workplace,
}) => {
  await workplace.enqueue("fails('no such address')", "saveToLocal('after')");
  // On a slow machine the failed one may come back within the run.
  const first = await workplace.consume('--max-jobs', '2');
  expect(first.code).toBe(0);
  expect(first.stderr).toContain('no such address');
  expect(await workplace.logged()).toEqual(['after']);
  expect(await workplace.failed()).toBeUndefined();

  expect(await workplace.comesBack()).toBe(1);
  expect((await workplace.consume()).code).toBe(0);
  expect(await workplace.failed()).toMatchObject({
    error: expect.stringContaining('no such address'),
    by: { program: 'memq-consume', pid: expect.any(Number) },
  });
});

it('keeps what it may not call, or is no call, as failed at once, with the reason, and goes on', async ({
  workplace,
}) => {
  const refused = [
    ['evil()', 'may not be called'],
    ['secret()', 'may not be called'],
    ["constructor('x')", 'may not be called'],
    ['saveToLocal(process.exit(3))', 'position 12'],
    ["saveToLocal('a'); secret()", 'position 18'],
    ['O:6:"Worker":0:{}', 'serialize() of PHP'],
  ] as const;
  await workplace.enqueue(...refused.map(([payload]) => payload), "saveToLocal('after')");
  const { code, stderr } = await workplace.consume();
  expect(code).toBe(0);
  for (const [, reason] of refused) {
    expect(stderr).toContain(reason);
    expect(await workplace.failed()).toMatchObject({ error: expect.stringContaining(reason) });
  }
  expect(await workplace.failed()).toBeUndefined();
  expect(await workplace.logged()).toEqual(['after']);
});

it('ends with 1 for a failed job, when it was asked to', async ({ workplace }) => {
  await workplace.enqueue('evil()');
  expect((await workplace.consume('--fail-on-job-error')).code).toBe(1);
  await workplace.enqueue("saveToLocal('a')");
  expect((await workplace.consume('--fail-on-job-error')).code).toBe(0);
});

it('shows a job on a dry run, and changes nothing', async ({ workplace }) => {
  expect(await workplace.consume('--dry-run')).toEqual({ code: 0, stdout: '', stderr: '' });
  await workplace.enqueue("saveToLocal('a\u001b[31m')", "saveToLocal('b')");
  const before = await workplace.peek();
  const { code, stdout, stderr } = await workplace.consume('--dry-run');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain("would call Worker.saveToLocal('a\\u001b[31m')");
  expect(await workplace.peek()).toEqual(before);
  expect(await workplace.logged()).toEqual([]);
  expect((await workplace.consume()).code).toBe(0);
  expect(await workplace.logged()).toEqual(['a\u001b[31m', 'b']);
});

it('says on a dry run why a job would be refused', async ({ workplace }) => {
  await workplace.enqueue('secret()');
  const { stdout } = await workplace.consume('--dry-run');
  expect(stdout).toContain('would be refused: method "secret" may not be called');
});

it('runs no more jobs than it was told', async ({ workplace }) => {
  await workplace.enqueue(...['a', 'b', 'c', 'd', 'e'].map((name) => `saveToLocal('${name}')`));
  expect((await workplace.consume('--max-jobs', '3')).code).toBe(0);
  expect(await workplace.logged()).toEqual(['a', 'b', 'c']);
  expect((await workplace.consume('--max-time', '60')).code).toBe(0);
  expect(await workplace.logged()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

it('takes no job when its time is up', async ({ workplace }) => {
  await workplace.enqueue("saveToLocal('a')");
  expect(await workplace.consume('--max-time', '0')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await workplace.peek()).toBeDefined();
});

it('takes no more jobs once it was told to stop', async ({ workplace }) => {
  await workplace.enqueue("untilStopped('first')", "saveToLocal('second')");
  const run = workplace.start();
  await run.started();
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
  expect(await workplace.logged()).toEqual(['first']);
  expect(await workplace.peek()).toMatchObject({ attempt: 1 });
});

it('runs jobs in their order, also quick ones that are taken ahead', async ({ workplace }) => {
  const texts = Array.from({ length: 300 }, (_, i) => String(i));
  await workplace.enqueue(...texts.map((text) => `saveToLocal('${text}')`));
  expect((await workplace.consume()).code).toBe(0);
  expect(await workplace.logged()).toEqual(texts);
});

it('takes no job ahead of one that is not quick', async ({ workplace }) => {
  await workplace.enqueue("until('go', 'first')", "saveToLocal('second')");
  const run = workplace.start();
  await run.started();
  expect(await workplace.peek()).toMatchObject({ attempt: 1 });
  await workplace.touch('go');
  expect((await run.ended).code).toBe(0);
});

it('leaves the work to the run that is at it', async ({ workplace }) => {
  await workplace.enqueue("until('go', 'first')", "saveToLocal('second')");
  const run = workplace.start();
  await run.started();
  expect(await workplace.consume()).toEqual({ code: 0, stdout: '', stderr: '' });
  await workplace.touch('go');
  expect((await run.ended).code).toBe(0);
  expect(await workplace.logged()).toEqual(['first', 'second']);
});

it('calls no more than the methods that the configuration leaves', async ({ workplace }) => {
  await workplace.configure('methods = fails\n');
  await workplace.enqueue("saveToLocal('a')");
  expect((await workplace.consume()).stderr).toContain('may not be called (allowed: fails)');
  expect(await workplace.logged()).toEqual([]);
});

it('reads payloads in the charset of the configuration', async ({ workplace }) => {
  await workplace.configure('charset = gbk\n');
  await workplace.enqueue(Buffer.from("saveToLocal('\xb9\xfe')", 'latin1'));
  expect((await workplace.consume()).code).toBe(0);
  expect(await workplace.logged()).toEqual(['哈']);
});

it('goes to another server when it is told', async ({ server, workplace }) => {
  await workplace.enqueue("saveToLocal('a')");
  await workplace.configure('', 1);
  expect((await workplace.consume('--server', `127.0.0.1:${server.port}`)).code).toBe(0);
  expect(await workplace.logged()).toEqual(['a']);
});
