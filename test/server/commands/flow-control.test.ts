import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

const config = `[queue:two]
max_running = 2
[queue:hour.*]
rate = 2/h burst 2
[queue:tenth]
rate = 10/s`;

const it = withServer(['--memory'], config);

it.beforeEach(async ({ other }) => {
  for (const queue of ['two', 'low']) await other.exchange(`delete ${queue}\r\n`);
});

async function held(client: TextClient, queue: string): Promise<string> {
  const stats = await client.stats('queues');
  return `${stats.get(`${queue}:held`)} ${stats.get(`${queue}:held_by`)}`;
}

describe('max_running', () => {
  it('is over all connections, kinds of reads and protocols', async ({ client, worker, other, binary }) => {
    for (const body of ['a', 'b', 'c', 'd']) await client.set('two', body);
    expect(await worker.getText('two/open')).toBe('a');
    expect(await other.exchange('gats 60 two\r\n')).toMatch(/^VALUE two/);
    expect(await client.getText('two/open')).toBeUndefined();
    expect(await client.exchange('gats 60 two\r\n')).toBe('END');
    expect(await client.exchange('mg two/open v\r\n')).toBe('EN');
    expect(await binary.get('two/open')).toBeUndefined();
    await client.set('$watch', 'two,low');
    expect(await client.getText('$watch/open')).toBeUndefined();
    await client.set('low', 'other');
    expect(await client.getText('$watch/open')).toBe('other');
    expect(await held(client, 'two')).toBe('2 max_running');
    expect(await client.getText('two/peek')).toBe('c');
    // For good.
    expect(await client.getText('two')).toBe('c');
    await worker.exchange('get two/close\r\n');
    expect(`${await binary.get('two/open')}`).toBe('d');
    expect(await held(client, 'two')).toBe('0 nothing');
  });

  it('has a read wait until one that runs has ended, also by the end of its connection', async ({
    server,
    client,
    worker,
  }) => {
    for (const body of ['a', 'b', 'c']) await client.set('two', body);
    const first = await TextClient.connect(server.port);
    expect(await first.getText('two/open')).toBe('a');
    expect(await worker.getText('two/open')).toBe('b');
    const waiting = client.getText('two/open/t=60000');
    first.close();
    expect(await waiting).toBe('a');
  });
});

describe('rate', () => {
  it('has its burst, and then reads miss and a job says why', async ({ client, binary }) => {
    for (const id of ['a', 'b', 'c']) await client.set(`hour.a/id=${id}`, id);
    expect(await client.getText('hour.a')).toBe('a');
    expect(`${await binary.get('hour.a')}`).toBe('b');
    for (const key of ['hour.a', 'hour.a/open']) expect(await client.getText(key)).toBeUndefined();
    expect(await client.exchange('mg hour.a v\r\n')).toBe('EN');
    expect(await binary.get('hour.a')).toBeUndefined();
    expect(await held(client, 'hour.a')).toBe('1 rate');
    expect(await client.getStatus('hour.a/id=c')).toMatchObject({ state: 'waiting', held: 'rate' });
    expect(await client.getText('hour.a/peek')).toBe('c');
  });

  it('has its start back when what was taken is returned', async ({ client }) => {
    for (const body of ['a', 'b', 'c']) await client.set('hour.b', body);
    await client.getText('hour.b');
    expect(await client.getText('hour.b/open')).toBe('b');
    await client.exchange('get hour.b/return\r\n');
    expect(await client.getText('hour.b')).toBe('b');
    expect(await client.getText('hour.b')).toBeUndefined();
  });

  it('serves who waits as soon as it may, one after the other', async ({ client, worker }) => {
    for (const body of ['a', 'b', 'c']) await client.set('tenth', body);
    const start = performance.now();
    expect(await client.getText('tenth')).toBe('a');
    const [second, third] = [client.getText('tenth/t=60000'), worker.getText('tenth/t=60000')];
    expect([await second, await third].sort()).toEqual(['b', 'c']);
    // The first may have been as much earlier as its answer was under way.
    expect(performance.now() - start).toBeGreaterThan(150);
  });
});
