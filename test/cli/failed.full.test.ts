import { describe, expect } from 'vitest';
import { withMemq } from '../fixtures/memq.ts';
import type { TextClient } from '../helpers/text-client.ts';

const it = withMemq(['--memory', '--max-attempts', '1']);

async function fail(client: TextClient, queue: string, id: string, error: string): Promise<void> {
  await client.set(`${queue}/id=${id}`, `job ${id}`);
  expect(await client.getText(`${queue}/open`)).toBe(`job ${id}`);
  await client.set(`${queue}/fail`, error);
}

describe('what has failed', () => {
  it('is shown, and in groups', async ({ memq, client }) => {
    await fail(client, 'shown', 'a', 'no luck 1');
    await fail(client, 'shown', 'b', 'no luck 2');
    await fail(client, 'shown', 'c', 'something else');
    const { stdout } = await memq(['failed', 'shown']);
    expect(stdout.split('\n').map((line) => line.split('\t')[3])).toEqual(['c', 'b', 'a', undefined]);
    const groups = (await memq(['failed', 'shown', '--groups'])).stdout
      .split('\n')
      .map((line) => line.split('\t'));
    expect(groups.map((row) => row[2])).toEqual(['2', '1', undefined]);
    const group = groups[0]?.[1] as string;
    expect((await memq(['list', 'shown', '--state', 'failed', '--error-group', group])).stdout).not.toContain(
      '\tc\t',
    );
    expect(await memq(['retry', 'shown', '--group', group, '--dry-run'])).toMatchObject({
      stdout: 'would be\t2\n',
    });
    expect(await memq(['retry', 'shown', '--group', group, '--yes'])).toEqual({
      code: 0,
      stdout: 'done\t2\n',
      stderr: '',
    });
    expect((await memq(['failed', 'shown'])).stdout).toMatch(/\tc\t/);
    expect(await memq(['failed', 'nowhere'])).toMatchObject({ code: 1, stdout: '' });
  });

  it('is tried again one by one, and only in the queue that is named', async ({ memq, client }) => {
    await fail(client, 'one', 'a', 'x');
    await fail(client, 'one', 'b', 'x');
    const { ref } = JSON.parse((await memq(['show', 'one', '--id', 'a', '--json'])).stdout);
    await client.set('another', 'x');
    expect(await memq(['retry', 'another', '--ref', ref])).toMatchObject({ code: 1, stdout: '' });
    expect(await memq(['retry', 'one', '--ref', ref])).toEqual({ code: 0, stdout: 'done\t1\n', stderr: '' });
    expect(await client.getText('one')).toBe('job a');
    expect(await memq(['retry', 'one', '--id', 'b', '--delay', '10m'])).toMatchObject({ code: 0 });
    expect(await memq(['retry', 'one', '--id', 'b'])).toMatchObject({
      code: 73,
      stdout: '',
      stderr: expect.stringContaining('is delayed'),
    });
    for (const words of [[], ['--all', '--id', 'b'], ['--id', 'b', '--delay', 'soon']])
      expect(await memq(['retry', 'one', ...words])).toMatchObject({ code: 64, stdout: '' });
  });

  it('is discarded once somebody has agreed', async ({ memq, client }) => {
    await fail(client, 'gone', 'a', 'x');
    await fail(client, 'gone', 'b', 'x');
    expect(await memq(['discard', 'gone', '--id', 'a'])).toMatchObject({ code: 64 });
    expect(await memq(['discard', 'gone', '--all'])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('Discard 2 failed of gone?'),
    });
    expect(await memq(['discard', 'gone', '--id', 'a', '--yes'])).toMatchObject({
      code: 0,
      stdout: 'done\t1\n',
    });
    expect(await memq(['discard', 'gone', '--all', '--yes', '--json'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"done":1'),
    });
    expect(await memq(['discard', 'gone', '--all', '--yes'])).toMatchObject({ code: 1 });
  });
});

it('many are cancelled once somebody has agreed', async ({ memq, client }) => {
  for (const id of ['a', 'b', 'c']) await client.set(`many/id=${id}`, id);
  expect(await memq(['cancel', 'many', '--all'])).toMatchObject({ code: 64 });
  expect(await memq(['cancel', 'many', '--all', '--yes'])).toMatchObject({ code: 0, stdout: 'done\t3\n' });
  expect(await client.getText('many')).toBeUndefined();
});
