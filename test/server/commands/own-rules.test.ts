import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode, storeExtras } from '../../helpers/binary-client.ts';
import type { TextClient } from '../../helpers/text-client.ts';

/** The queue tries nothing a second time in a test. */
const it = withServer(['--backoff', 'fixed:10000', '--max-attempts', '5']);

it.beforeEach(async ({ client }) => {
  await client.exchange('delete q\r\n');
});

async function status(client: TextClient, id: string): Promise<Record<string, unknown>> {
  return JSON.parse((await client.getText(`q/id=${id}`)) as string);
}

/** Takes what is next, and fails it; what `/info` says of the attempt. */
async function fail(client: TextClient): Promise<{ attempt: number; last?: true }> {
  const [info = ''] = ((await client.getText('q/open/info/t=60000')) as string).split('\n');
  expect(await client.set('q/fail', 'why')).toBe('STORED');
  return JSON.parse(info);
}

/** Tried three times at once, which the queue does not do. */
async function isTriedThreeTimes(client: TextClient): Promise<void> {
  for (const attempt of [1, 2]) expect((await fail(client)).attempt).toBe(attempt);
  expect(await fail(client)).toMatchObject({ attempt: 3, last: true });
  expect([await client.figure('q:failed'), await client.figure('q:delayed')]).toEqual(['1', '0']);
}

describe('a limit and a backoff of its own has a message', () => {
  it.for(['set', 'add', 'append', 'prepend'])('of %s', async (verb, { client }) => {
    expect(await client.exchange(`${verb} q/attempts=3/backoff=none 0 0 3\r\njob\r\n`)).toBe('STORED');
    await isTriedThreeTimes(client);
  });

  it('of replace, and loses them by another one', async ({ client }) => {
    await client.set('q/id=k/attempts=1', 'job');
    await client.exchange('replace q/id=k/attempts=3/backoff=none 0 0 3\r\njob\r\n');
    expect(await status(client, 'k')).toMatchObject({ attempts: 0, max_attempts: 3, backoff: 'none' });
    await isTriedThreeTimes(client);
    await client.exchange('delete q\r\nset q/id=k/attempts=1 0 0 1\r\nx\r\nset q/id=k 0 0 1\r\nx\r\n');
    const anew = await status(client, 'k');
    expect([anew.max_attempts, anew.backoff]).toEqual([undefined, undefined]);
    expect((await fail(client)).last).toBeUndefined();
    expect(await client.figure('q:delayed')).toBe('1');
  });

  it('of the meta protocol', async ({ client }) => {
    for (const mode of ['S', 'E', 'A', 'P']) {
      expect(await client.exchange(`ms q/backoff=none/attempts=3 3 M${mode}\r\njob\r\n`)).toBe('HD');
      await isTriedThreeTimes(client);
      await client.exchange('get q/failed\r\n');
    }
  });

  it('of the binary protocol', async ({ server, client }) => {
    using binary = await BinaryClient.connect(server.port);
    for (const [opcode, extras] of [
      [Opcode.set, storeExtras()],
      [Opcode.add, storeExtras()],
      [Opcode.append, Buffer.alloc(0)],
      [Opcode.prepend, Buffer.alloc(0)],
    ] as const) {
      const { status } = await binary.ask(opcode, { key: 'q/attempts=3/backoff=none', value: 'job', extras });
      expect(status).toBe(0);
      await isTriedThreeTimes(client);
      await client.exchange('get q/failed\r\n');
    }
  });

  it('with any other options', async ({ client }) => {
    await client.set('q/pri=7/attempts=3/id=k/delay=0.05/every=3600/backoff=fixed:0.05', 'job');
    for (const attempt of [1, 2, 3]) expect((await fail(client)).attempt).toBe(attempt);
    expect(await status(client, 'k')).toMatchObject({
      priority: 7,
      every: 3600,
      max_attempts: 3,
      backoff: 'fixed:0.05',
      attempts: 0,
      last: { state: 'failed' },
    });
  });
});

it('a backoff that grows begins with a second, whatever the queue waits', async ({ client }) => {
  await client.set('q/id=k/backoff=exponential', 'job');
  await fail(client);
  const { due, backoff } = await status(client, 'k');
  expect(backoff).toBe('exponential');
  expect(Number(due)).toBeLessThan(Date.now() + 60_000);
});

it.for(['get', 'gets', 'delete', 'touch'])('%s takes neither', async (verb, { client }) => {
  for (const option of ['attempts=3', 'backoff=none']) {
    const [name] = option.split('=');
    const line = `${verb} q/${option}${verb === 'touch' ? ' 1' : ''}`;
    expect(await client.ask(line)).toBe(`CLIENT_ERROR option "${name}" is not supported with ${verb}`);
  }
});

it('what ends or moves something takes neither', async ({ client }) => {
  for (const action of ['close', 'fail', 'return', 'progress', 'pause', 'move'])
    expect(await client.set(`q/${action}/attempts=3`, 'x')).toBe(
      `CLIENT_ERROR option "attempts" does not go with "${action}"`,
    );
});
