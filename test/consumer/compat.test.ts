import { expect } from 'vitest';
import { connect } from '../../shared/client.ts';
import { ServerError } from '../../shared/errors.ts';
import { withWorkplace } from '../fixtures/workplace.ts';
import { startServer } from '../helpers/server.ts';

const it = withWorkplace(['--memory', '--compat', 'memcacheq', '--backoff', 'fixed:0.001']);

/** One whose jobs tell how far they are, and what came out. */
const TELLING = `
import { defineWorker } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
class Worker {
  adds(context, a, b) {
    context.progress(50);
    return a + b;
  }
}
export default defineWorker(Worker, { methods: [{ name: 'adds', context: true }] });
`;

it('has its jobs run, also of queues with "/" in their names', async ({ client, workplace }) => {
  await workplace.configure('queuename = a/b,mail/delay=60\n');
  await client.set('a/b', "saveToLocal('first')");
  await client.set('mail/delay=60', "saveToLocal('second')");
  await client.set('a/b/c', "saveToLocal('of another queue')");
  expect(await workplace.consume()).toEqual({ code: 0, stdout: '', stderr: expect.any(String) });
  expect(await workplace.logged()).toEqual(['first', 'second']);
  await workplace.configure('queuename = *,!q\n');
  expect((await workplace.consume()).code).toBe(0);
  expect(await workplace.logged()).toEqual(['first', 'second', 'of another queue']);
});

it('has them run as they come, with --watch', async ({ client, workplace }) => {
  await workplace.configure('queuename = a/b:2,c:1\n');
  const run = workplace.start('--watch', '--max-jobs', '2');
  await run.says('jobs start as they come');
  await client.set('a/b', "saveToLocal('first')");
  await workplace.logs(1);
  await client.set('c', "saveToLocal('second')");
  expect((await run.ended).code).toBe(0);
  expect(await workplace.logged()).toEqual(['first', 'second']);
});

it('is told of progress and results, and of jobs that fail', async ({ client, workplace }) => {
  await workplace.setWorker(TELLING);
  await workplace.configure('queuename = sums\n');
  await client.set('sums', 'adds(1, 2)');
  await client.set('sums', 'subtracts(1, 2)');
  const { code, stderr } = await workplace.consume();
  expect(code).toBe(0);
  expect(stderr).toContain('method "subtracts" may not be called');
  expect(await client.figure('sums:acknowledged')).toBe('1');
  expect(await client.figure('sums:failed')).toBe('1');
});

it('has jobs tried again that failed', async ({ client, workplace }) => {
  await workplace.configure('queuename = a/b\n');
  await client.set('a/b', "fails('once more')");
  const run = workplace.start('--watch');
  await run.says('once more', 2);
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
  expect(await client.ask('delete a/b')).toBe('DELETED');
});

it('is asked by --check and --dry-run, which take nothing', async ({ client, workplace }) => {
  await workplace.configure('queuename = none,a/b\n');
  expect(await workplace.consume('--dry-run')).toEqual({ code: 0, stdout: '', stderr: '' });
  await client.set('a/b', "saveToLocal('a')");
  const check = await workplace.consume('--check');
  expect(check).toMatchObject({ code: 0, stdout: expect.stringContaining('; 1 job waits, in 1 queue\n') });
  const dryRun = await workplace.consume('--dry-run');
  expect(dryRun.stdout).toMatch(/^job \d+ of a\/b, attempt 1: would call Worker\.saveToLocal\('a'\)\n$/);
  expect(await client.drain('a/b')).toEqual(["saveToLocal('a')"]);
});

it('takes jobs of connect(), which refuses what needs options', async ({ server, client }) => {
  const producer = connect({ port: server.port, timeout: 60 });
  try {
    await Promise.all([
      producer.enqueue('q', 'f', [1]),
      expect(producer.enqueue('q', 'f', [], { delay: 5 })).rejects.toThrow('runs with --compat memcacheq'),
      producer.enqueue('q', 'f', [2], { ttl: 60 }),
      expect(producer.enqueue('q', 'f', [], { id: 'a', unique: true })).rejects.toThrow(ServerError),
      producer.enqueue('q', 'f', [3]),
    ]);
    for (const refused of [
      () => producer.status('q', 'a'),
      () => producer.cancel('q', 'a'),
      () => producer.failed('q'),
      () => producer.retryFailed('q', 'a'),
      () => producer.retryAllFailed('q'),
      () => producer.discardFailed('q', 'a'),
    ])
      await expect(refused()).rejects.toThrow('it takes no options and knows no ids: q/');
  } finally {
    producer.close();
  }
  expect(await client.drain()).toEqual(['f(1)', 'f(2)', 'f(3)']);
  expect([...(await client.stats('queue')).keys()].filter((name) => name.startsWith('q/'))).toEqual([]);
});

it.for(['', '--watch', '--dry-run', '--check'])(
  'any other server has no queue with "/" in its name, which %j says',
  async (flag, { workplace }) => {
    await using plain = await startServer({ args: ['--memory'] });
    await workplace.configure('queuename = mail,a/b\n', plain.port);
    const { code, stdout, stderr } = await workplace.consume(...(flag === '' ? [] : [flag]));
    expect(code).toBe(78);
    expect(stdout + stderr).toContain('queuename = mail,a/b: the server at 127.0.0.1:');
    expect(stdout + stderr).toMatch(/a name with \\?"\/\\?" needs --compat memcacheq/);
  },
);
