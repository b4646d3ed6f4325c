import { describe, expect } from 'vitest';
import { withOwnServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode } from '../../helpers/binary-client.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

const it = withOwnServer(['--memory', '--backoff', 'fixed:1000']);

/** The figures of one queue. */
async function figures(client: TextClient, name: string): Promise<Record<string, string>> {
  const stats = [...(await client.stats('queues'))].filter(([key]) => key.startsWith(`${name}:`));
  return Object.fromEntries(stats.map(([key, value]) => [key.slice(name.length + 1), value]));
}

/** What does not change by itself. */
function withoutAges(stats: Map<string, string>): Map<string, string> {
  return new Map([...stats].filter(([name]) => !name.endsWith(':oldest_age')));
}

/** One of each: 3 wait, 1 is delayed, 1 is open, 1 has failed, 1 has expired, 1 was taken, 1 acknowledged. */
async function someOfEach(client: TextClient): Promise<void> {
  for (let i = 0; i < 8; i++) await client.set('q', `job ${i}`);
  await client.set('q', 'expired', 0, -1);
  await client.getText('q');
  await client.getText('q/open');
  await client.ask('set q/close 0 0 0\r\n');
  await client.getText('q/open');
  await client.ask('set q/fail 0 0 0\r\n');
  await client.getText('q/open');
  await client.ask('set q/fail/final 0 0 0\r\n');
  await client.getText('q/open');
}

describe('stats queues', () => {
  it('counts what a queue has, and what has become of the rest', async ({ client }) => {
    await someOfEach(client);
    expect(await figures(client, 'q')).toMatchObject({
      waiting: '3',
      delayed: '1',
      reserved: '1',
      failed: '1',
      enqueued: '9',
      taken: '5',
      acknowledged: '1',
      expired: '1',
      dropped: '0',
      failed_dropped: '0',
      cancelled: '0',
      paused: 'no',
      waiters: '0',
    });
    expect(Number((await figures(client, 'q')).bytes)).toBeGreaterThan(0);
  });

  it('counts those who wait for a queue, by its name or with a list', async ({ server, client }) => {
    await client.set('q', 'job');
    await client.getText('q');
    using first = await TextClient.connect(server.port);
    using second = await TextClient.connect(server.port);
    first.send('get q/t=60000\r\n');
    await second.set('$watch', 'other,q');
    second.send('get $watch/t=60000\r\n');
    await until(async () => (await figures(client, 'q')).waiters === '2');
    first.close();
    await until(async () => (await figures(client, 'q')).waiters === '1');
    await client.set('q', 'job');
    expect(await second.values()).toEqual([Buffer.from('job')]);
    expect((await figures(client, 'q')).waiters).toBe('0');
  });

  it('tells the age of the oldest that waits', async ({ client }) => {
    await client.set('q', 'old');
    await until(async () => (await figures(client, 'q')).oldest_age !== '0');
    await client.set('q', 'new');
    expect(Number((await figures(client, 'q')).oldest_age)).toBeGreaterThan(0);
    await client.getText('q');
    expect((await figures(client, 'q')).oldest_age).toBe('0');
    await client.getText('q');
    expect((await figures(client, 'q')).oldest_age).toBe('0');
  });

  it('comes in pages of a thousand queues, and says where the next one begins', async ({
    server,
    client,
  }) => {
    const names = Array.from({ length: 2001 }, (_, i) => `q${i}`);
    await client.exchange(
      names
        .slice(0, 1000)
        .map((name) => `set ${name} 0 0 1\r\nx\r\n`)
        .join(''),
    );
    expect(await client.stats('queues')).toHaveProperty('size', 1000 * 17);
    await client.exchange(
      names
        .slice(1000)
        .map((name) => `set ${name} 0 0 1\r\nx\r\n`)
        .join(''),
    );
    using binary = await BinaryClient.connect(server.port);
    const told: string[] = [];
    let cursor: string | undefined = '0';
    for (const expected of [1000, 1000, 1]) {
      const page = withoutAges(await client.stats(`queues ${cursor}`));
      expect(withoutAges(await binary.stats(`queues ${cursor}`))).toEqual(page);
      cursor = page.get('$next');
      page.delete('$next');
      const queues = new Set([...page.keys()].map((key) => key.slice(0, key.lastIndexOf(':'))));
      expect(queues.size).toBe(expected);
      told.push(...queues);
    }
    expect(cursor).toBeUndefined();
    expect(told.sort()).toEqual(names.sort());
    expect([...(await client.stats('queue')).keys()].sort()).toEqual(names);
  });

  it('is empty without queues, and has names of any bytes', async ({ client }) => {
    expect((await client.stats('queues')).size).toBe(0);
    const name = 'größe\x01\xff:x';
    await client.exchange(Buffer.from(`set ${name} 0 0 1\r\nx\r\n`, 'latin1'));
    expect((await client.stats('queues')).get(`${name}:waiting`)).toBe('1');
    expect((await client.stats('queue')).get(name)).toBe('1/0');
  });
});

describe('stats', () => {
  it('counts commands, connections, items and queues', async ({ server, client }) => {
    using other = await TextClient.connect(server.port);
    await other.ask('version');
    await client.set('a', '1');
    await client.set('b', '1');
    await client.set('b', '2');
    await client.exchange('get a\r\nget a\r\nget a b/peek missing\r\n');
    expect(Object.fromEntries(await client.stats())).toMatchObject({
      pid: String(server.pid),
      max_connections: '1024',
      curr_connections: '2',
      total_connections: '2',
      rejected_connections: '0',
      cmd_set: '3',
      cmd_get: '5',
      get_hits: '2',
      get_misses: '3',
      curr_items: '2',
      total_items: '3',
      queues: '2',
    });
  });

  it('refuses what it does not know', async ({ client }) => {
    expect(await client.ask('stats nonsense')).toBe('CLIENT_ERROR stats "nonsense" is not known');
  });

  it('reset starts the counting again, and leaves what there is', async ({ client }) => {
    await someOfEach(client);
    expect(await client.ask('stats reset')).toBe('RESET');
    expect(Object.fromEntries(await client.stats())).toMatchObject({
      cmd_set: '0',
      cmd_get: '0',
      get_hits: '0',
      total_items: '0',
      total_connections: '0',
      curr_connections: '1',
      curr_items: '6',
    });
    expect(await figures(client, 'q')).toMatchObject({
      waiting: '3',
      delayed: '1',
      reserved: '1',
      failed: '1',
      enqueued: '0',
      taken: '0',
      acknowledged: '0',
      expired: '0',
    });
  });

  it('reset leaves out what was asked for before it, also what is answered later', async () => {
    await using durable = await startServer();
    using client = await TextClient.connect(durable.port);
    using waiting = await TextClient.connect(durable.port);
    await client.set('awaited', 'x');
    await client.getText('awaited');
    waiting.send('get awaited/t=60000\r\n');
    await until(async () => (await client.figure('awaited:waiters')) === '1');
    const before = 'set q 0 0 1\r\nx\r\nget q\r\ndelete q\r\ndelete q\r\ntouch q/failed 0\r\n';
    const answers = 'STORED\nVALUE q 0 1\nx\nEND\nDELETED\nNOT_FOUND\nNOT_FOUND\nRESET';
    expect(await client.exchange(`${before}stats reset\r\n`)).toBe(answers);
    const counted = [
      'cmd_set',
      'cmd_get',
      'get_hits',
      'delete_hits',
      'delete_misses',
      'cmd_touch',
      'touch_misses',
    ];
    const figuresNow = async () => {
      const stats = await client.stats();
      return counted.map((name) => stats.get(name));
    };
    expect(await figuresNow()).toEqual(counted.map(() => '0'));
    await client.set('awaited', 'x');
    expect(await waiting.line()).toBe('VALUE awaited/t=60000 0 1');
    expect(await client.ask('delete q')).toBe('NOT_FOUND');
    expect(await figuresNow()).toEqual(['1', '0', '0', '0', '1', '0', '0']);
  });

  it('is the same in the binary protocol', async ({ server, client }) => {
    await someOfEach(client);
    using binary = await BinaryClient.connect(server.port);
    const text = withoutAges(await client.stats('queues'));
    expect(withoutAges(await binary.stats('queues'))).toEqual(text);
    expect((await binary.stats('settings')).get('maxconns')).toBe('1024');
    expect((await binary.stats()).get('queues')).toBe('1');
    expect((await binary.stats('items')).size).toBe(0);
    expect((await binary.ask(Opcode.stat, { key: 'nonsense' })).status).toBe(4);
    expect((await binary.stats('reset')).size).toBe(0);
    expect((await client.stats()).get('total_items')).toBe('0');
  });
});

describe('what tools read of a memcached', () => {
  it('is what happened', async ({ client }) => {
    await client.exchange(
      [
        'set a 0 0 1\r\nx',
        'set b 0 0 1\r\nx',
        'get a none',
        'gats 10 b',
        'gat 10 none',
        'touch none 10',
        'delete none',
        'delete a',
        'flush b',
        'incr a 1',
        'decr a 1',
        'cas a 0 0 1 1\r\nx',
        'mg none v',
        'set c 0 -1 1\r\nx',
        `set a 0 0 ${2 ** 21}\r\n${'x'.repeat(2 ** 21)}`,
        '',
      ].join('\r\n'),
    );
    expect(Object.fromEntries(await client.stats())).toMatchObject({
      cmd_set: '4',
      cmd_get: '5',
      get_hits: '2',
      get_misses: '3',
      cmd_touch: '3',
      touch_hits: '1',
      touch_misses: '2',
      delete_hits: '1',
      delete_misses: '1',
      cmd_flush: '1',
      incr_misses: '1',
      decr_misses: '1',
      cas_misses: '1',
      cmd_meta: '1',
      store_too_large: '1',
      reclaimed: '1',
    });
  });

  it('counts as too large what would have been a message', async ({ client, binary }) => {
    const body = 'x'.repeat(2 ** 21);
    const large = (line: string) => `${line} ${body.length}\r\n${body}\r\n`;
    const count = async () => Number((await client.stats()).get('store_too_large'));
    const messages = ['set', 'add', 'replace', 'append', 'prepend'].map((verb) => large(`${verb} q 0 0`));
    const others = [
      'q/close',
      'q/fail/final',
      'q/fail/died',
      'q/return',
      'q/progress',
      'q/pause',
      '$watch',
      '$client',
      'q/nonsense',
    ]
      .map((key) => large(`set ${key} 0 0`))
      .concat(`cas q 0 0 ${body.length} 1\r\n${body}\r\n`);
    const refusals = await client.exchange([...messages, large('ms q'), ...others].join(''));
    expect(new Set(refusals.split('\n'))).toEqual(new Set(['SERVER_ERROR object too large for cache']));
    expect(await count()).toBe(6);
    const statusOf = async (opcode: number, key: string, extras = 8) =>
      (await binary.ask(opcode, { key, value: body, extras: Buffer.alloc(extras) })).status;
    for (const opcode of [Opcode.set, Opcode.addq, Opcode.replace])
      expect(await statusOf(opcode, 'q')).toBe(3);
    expect(await statusOf(Opcode.append, 'q', 0)).toBe(3);
    expect(await count()).toBe(10);
    expect(await statusOf(Opcode.set, 'q/close')).toBe(3);
    expect(await statusOf(Opcode.saslAuth, 'PLAIN', 0)).toBe(3);
    // It takes no value, however large.
    expect(await statusOf(Opcode.increment, 'q', 20)).toBe(4);
    expect(await binary.set('q', 'x')).toBe(0);
    expect(await count()).toBe(10);
  });

  it('counts the bytes of connections that are open and of those that have ended', async ({
    server,
    client,
  }) => {
    const before = await client.stats();
    const sent = 'set q 0 0 1000\r\n'.length + 1002;
    for (let i = 0; i < 3; i++) {
      using other = await TextClient.connect(server.port);
      await other.set('q', 'x'.repeat(1000));
      await other.getText('q');
    }
    await until(async () => (await client.stats()).get('curr_connections') === '1');
    const after = await client.stats();
    const growth = (name: string) => Number(after.get(name)) - Number(before.get(name));
    expect(growth('bytes_read')).toBeGreaterThanOrEqual(3 * sent);
    expect(growth('bytes_written')).toBeGreaterThanOrEqual(3000);
    await client.ask('stats reset');
    expect(Number((await client.stats()).get('bytes_read'))).toBeLessThan(100);
  });

  it('says what was refused for want of space, and what was dropped for it', async () => {
    const config = '[queue:full]\nmax_items = 1\n[queue:short]\nmax_items = 1\nwhen_full = drop_oldest\n';
    await using server = await startServer({ args: ['--memory'], config });
    using client = await TextClient.connect(server.port);
    for (const queue of ['full', 'full', 'short', 'short', 'short']) await client.set(queue, 'x');
    await client.ask('delete short');
    const stats = await client.stats();
    expect(stats.get('store_no_memory')).toBe('1');
    expect(stats.get('evictions')).toBe('2');
    expect(Number(stats.get('limit_maxbytes'))).toBeGreaterThan(Number(stats.get('bytes')));
  });
});

describe('stats conns', () => {
  it('has each connection with its address and what it does', async ({ server, client }) => {
    using other = await TextClient.connect(server.port);
    other.send('get q/t=60000\r\n');
    let conns = await client.stats('conns');
    while (![...conns.values()].includes('waiting')) conns = await client.stats('conns');
    const { localPort } = other.socket;
    const [key] = [...conns].find(([, value]) => value === `127.0.0.1:${localPort}`) as [string, string];
    const id = key.slice(0, -':addr'.length);
    expect(conns.get(`${id}:state`)).toBe('waiting');
    expect(conns.get(`${id}:secs_since_last_cmd`)).toMatch(/^\d+$/);
    // The one that asks.
    expect([...conns.values()]).toContain('working');
    other.close();
    await until(async () => !(await client.stats('conns')).has(key));
  });
});
