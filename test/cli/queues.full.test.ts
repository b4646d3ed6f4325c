import { describe, expect } from 'vitest';
import { utf8AsLatin1 } from '../../shared/latin1.ts';
import { withMemq } from '../fixtures/memq.ts';

const it = withMemq();

describe('queues', () => {
  it('are those that a pattern fits, sorted', async ({ memq, client }) => {
    for (const name of ['list:a', 'list:b', 'list:b', 'other']) await client.set(name, 'x');
    const names = async (...words: string[]) =>
      (await memq(['queues', ...words])).stdout.split('\n').map((line) => line.split('\t')[0]);
    expect(await names('list:*')).toEqual(['list:a', 'list:b', '']);
    expect(await names('list:*', '--sort', 'ready')).toEqual(['list:b', 'list:a', '']);
    expect(await names('list:*', '--limit', '1')).toEqual(['list:a', '']);
    expect(await memq(['queues', 'none:*'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'memq: no queue fits none:*\n',
    });
  });

  it('have names of any bytes: shown so that they do nothing, and named by their keys', async ({
    memq,
    client,
  }) => {
    await client.set(utf8AsLatin1('wild\u001b[31m\u202e'), 'x');
    const { stdout } = await memq(['queues', 'wild*']);
    const [name, ...others] = stdout.trimEnd().split('\t');
    expect(name).toBe('wild\\u{1b}[31m\\u{202e}');
    const key = others.at(-1) as string;
    expect(key).toMatch(/^~[\w-]+$/);
    for (const named of [key, 'wild\u001b[31m\u202e'])
      expect(await memq(['peek', named, '--raw'])).toMatchObject({ code: 0, stdout: 'x' });
    const [line] = (await memq(['queues', 'wild*', '--json'])).stdout.split('\n');
    expect(JSON.parse(line as string)).toMatchObject({ name: 'wild\u001b[31m\u202e', key });
  });

  it('are shown one by one, with their policy', async ({ memq, client }) => {
    await client.set('one', 'x');
    const shown = await memq(['queue', 'one']);
    expect(shown.stdout).toMatch(/^queue\tone\nready\t1\n/);
    expect(shown.stdout).toMatch(/^max_attempts\t\d+$/m);
    expect(JSON.parse((await memq(['queue', 'one', '--json'])).stdout)).toMatchObject({
      name: 'one',
      ready: 1,
    });
    expect(await memq(['queue', 'none'])).toMatchObject({ code: 1, stdout: '' });
  });
});

it('pause and resume', async ({ memq, client }) => {
  await client.set('held', 'x');
  expect(await memq(['pause', 'held'])).toMatchObject({ code: 0, stderr: 'held is paused\n' });
  expect(await client.getText('held')).toBeUndefined();
  expect((await memq(['queues', '--state', 'paused'])).stdout).toMatch(/^held\t/);
  expect(await memq(['resume', 'held'])).toMatchObject({ code: 0 });
  expect(await client.getText('held')).toBe('x');
});

it('wait until a queue is empty, or its time is over', async ({ memq, client }) => {
  await client.set('waited', 'x');
  expect(await memq(['wait', 'waited', '--timeout', '0.1'])).toEqual({
    code: 124,
    stdout: '',
    stderr: 'memq: 1 message waits or runs in waited still\n',
  });
  const waiting = memq(['wait', 'waited', '--empty']);
  expect(await client.getText('waited')).toBe('x');
  expect(await waiting).toEqual({ code: 0, stdout: '', stderr: '' });
});

describe('move, purge and delete', () => {
  it('say how many it is, and want a yes', async ({ memq, client }) => {
    await client.set('asked', 'x');
    await client.set('asked', 'y');
    for (const words of [
      ['purge', 'asked'],
      ['delete', 'asked'],
      ['move', 'asked', 'to'],
    ]) {
      expect(await memq([...words, '--dry-run'])).toEqual({ code: 0, stdout: 'would be\t2\n', stderr: '' });
      expect(await memq(words)).toEqual({
        code: 64,
        stdout: '',
        stderr: expect.stringMatching(/2 messages\? There is no terminal to ask on: say --yes/),
      });
    }
    expect((await memq(['queue', 'asked'])).stdout).toMatch(/^ready\t2$/m);
  });

  it('do it', async ({ memq, client }) => {
    for (const body of ['a', 'b']) await client.set('from', body);
    expect(await memq(['move', 'from', 'to', '--yes'])).toEqual({ code: 0, stdout: 'done\t2\n', stderr: '' });
    expect(await client.getText('to')).toBe('a');
    expect(await memq(['purge', 'to', '--yes'])).toMatchObject({ code: 0, stdout: 'done\t1\n' });
    expect(await client.getText('to')).toBeUndefined();
    expect(await memq(['purge', 'to', '--yes'])).toMatchObject({ code: 1, stdout: '' });
    await client.set('to', 'c');
    expect(await memq(['delete', 'to', '--yes'])).toMatchObject({ code: 0, stdout: 'done\t1\n' });
    expect(await memq(['queue', 'to'])).toMatchObject({ code: 1 });
  });
});
