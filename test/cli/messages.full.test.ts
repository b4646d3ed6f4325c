import { describe, expect } from 'vitest';
import { withMemq } from '../fixtures/memq.ts';
import type { Result } from '../helpers/command.ts';

const it = withMemq();

const rows = ({ stdout }: Result): string[][] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
const values = (result: Result): Record<string, string> => Object.fromEntries(rows(result));

describe('enqueue', () => {
  it('stores a call, and says what it is', async ({ memq, client }) => {
    const enqueued = await memq(['enqueue', 'calls', "saveToLocal('hi')"]);
    expect(enqueued).toMatchObject({ code: 0, stderr: '' });
    expect(values(enqueued)).toEqual({
      ref: expect.stringMatching(/^\w+-\w+$/),
      message: expect.any(String),
    });
    expect(await client.getText('calls')).toBe("saveToLocal('hi')");
  });

  it('stores the bytes of standard input as they are', async ({ memq }) => {
    const input = Buffer.from([0, 10, 13, 255, 254, 10]);
    expect(await memq(['enqueue', 'bytes'], { input })).toMatchObject({ code: 0 });
    expect(await memq(['enqueue', 'bytes', '-'], { input: 'text' })).toMatchObject({ code: 0 });
    const [first] = rows(await memq(['list', 'bytes']));
    const shown = JSON.parse((await memq(['show', 'bytes', first?.[0] as string, '--json'])).stdout);
    expect(Buffer.from(shown.payload_base64, 'base64')).toEqual(input);
    expect(values(await memq(['show', 'bytes', first?.[0] as string])).payload).toContain('--raw');
  });

  it('has the options of a message', async ({ memq }) => {
    const words = ['--delay', '5m', '--priority', '7', '--id', 'job', '--attempts', '3', '--group', 'g'];
    expect(await memq(['enqueue', 'options', 'x()', ...words])).toMatchObject({ code: 0 });
    const { stdout } = await memq(['show', 'options', '--id', 'job', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      state: 'delayed',
      priority: 7,
      id: 'job',
      max_attempts: 3,
      group: 'g',
    });
  });

  it('is refused where a job of that id is live', async ({ memq }) => {
    const words = ['enqueue', 'unique', 'x()', '--id', 'one', '--unique'];
    expect(await memq(words)).toMatchObject({ code: 0 });
    expect(await memq(words)).toEqual({ code: 73, stdout: '', stderr: expect.stringContaining('"one"') });
    expect(await memq(['enqueue', 'unique', '--unique', 'x()'])).toMatchObject({ code: 64 });
  });

  it('names what the server refuses', async ({ memq }) => {
    const { code, stderr } = await memq(['enqueue', 'refused', 'x', '--delay', 'soon']);
    expect({ code, stderr }).toEqual({ code: 65, stderr: expect.stringContaining('"soon"') });
    expect(await memq(['enqueue', 'a b', 'x'])).toMatchObject({ code: 65 });
  });

  it('stores many, and says which of them it could not', async ({ memq, client }) => {
    const input = ['{"payload":"a"}', '', '{"nonsense":1}', '{"call":{"method":"f","args":[1]}}'].join('\n');
    const { code, stdout, stderr } = await memq(['enqueue', 'many', '--batch'], { input });
    expect({ code, stdout }).toEqual({ code: 65, stdout: 'enqueued\t2\nrefused\t1\n' });
    expect(stderr).toMatch(/^message 2: .*"nonsense".*\nmemq: .+\n$/);
    expect(await client.getText('many')).toBe('a');
    expect(await client.getText('many')).toBe('f(1)');
    expect(await memq(['enqueue', 'many', '--batch', '--id', 'x'])).toMatchObject({ code: 64 });
  });

  it('stores more than a request may have', async ({ memq }) => {
    const input = Array.from({ length: 2500 }, (_, i) => `{"payload":"${i}"}`).join('\n');
    expect(await memq(['enqueue', 'more', '--batch'], { input })).toEqual({
      code: 0,
      stdout: 'enqueued\t2500\n',
      stderr: '',
    });
    const all = rows(await memq(['list', 'more', '--limit', '10000']));
    expect(all.map((row) => row[7])).toEqual(Array.from({ length: 2500 }, (_, i) => `${i}`));
    expect(rows(await memq(['list', 'more', '--limit', '1001']))).toHaveLength(1001);
  });
});

describe('list', () => {
  it('shows what is in a state, or has a text in it', async ({ memq, client }) => {
    await client.set('list', 'first');
    await client.set('list', 'second');
    await client.set('list/delay=600', 'later');
    expect(rows(await memq(['list', 'list'])).map((row) => row[7])).toEqual(['first', 'second']);
    expect(rows(await memq(['list', 'list', '--state', 'delayed'])).map((row) => row[7])).toEqual(['later']);
    expect(rows(await memq(['list', 'list', '--q', 'sec'])).map((row) => row[7])).toEqual(['second']);
    const [line] = (await memq(['list', 'list', '--json', '--limit', '1'])).stdout.split('\n');
    expect(JSON.parse(line as string)).toMatchObject({ queue: { name: 'list' }, preview: 'first' });
  });

  it('ends with 1 where there is nothing', async ({ memq, client }) => {
    await client.set('empty-list', 'x');
    expect(await memq(['list', 'empty-list', '--state', 'failed'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'memq: nothing in empty-list is failed\n',
    });
    const filtered = await memq(['list', 'empty-list', '--q', 'y']);
    expect(filtered).toMatchObject({ code: 1, stderr: 'memq: nothing in empty-list is ready and fits\n' });
    expect(await memq(['list', 'nowhere'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nowhere'),
    });
  });
});

describe('peek and show', () => {
  it('leave a message where it is', async ({ memq, client }) => {
    await client.set('peek/id=job', 'line 1\nline 2\n');
    const peeked = values(await memq(['peek', 'peek']));
    expect(peeked).toMatchObject({ id: 'job', state: 'ready', payload: 'line 1\\nline 2\\n' });
    expect((await memq(['peek', 'peek', '--raw'])).stdout).toBe('line 1\nline 2\n');
    expect(values(await memq(['show', 'peek', peeked.ref as string]))).toEqual(peeked);
    expect(values(await memq(['show', 'peek', '--id', 'job']))).toEqual(peeked);
    expect((await memq(['show', 'peek', '--id', 'job', '--raw'])).stdout).toBe('line 1\nline 2\n');
    expect(await client.getText('peek')).toBe('line 1\nline 2\n');
    expect(await memq(['peek', 'peek'])).toMatchObject({ code: 1 });
  });

  it('want to know which', async ({ memq, client }) => {
    await client.set('which/id=job', 'x');
    expect(await memq(['show', 'which'])).toMatchObject({ code: 64 });
    expect(await memq(['show', 'which', '0-0', '--id', 'job'])).toMatchObject({ code: 64 });
    expect(await memq(['show', 'which', '--id', 'none'])).toMatchObject({ code: 1 });
  });
});

describe('cancel', () => {
  it('ends a job that waits', async ({ memq, client }) => {
    await client.set('cancel/id=job', 'x');
    expect(await memq(['cancel', 'cancel', 'job', '--dry-run'])).toMatchObject({
      code: 0,
      stdout: 'would be\t1\n',
    });
    expect(await memq(['cancel', 'cancel', 'job'])).toEqual({ code: 0, stdout: 'done\t1\n', stderr: '' });
    expect(await client.getText('cancel')).toBeUndefined();
    expect(await memq(['cancel', 'cancel', 'other'])).toMatchObject({ code: 1 });
    expect(await memq(['cancel', 'cancel'])).toMatchObject({ code: 64 });
  });
});
