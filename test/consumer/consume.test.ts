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
