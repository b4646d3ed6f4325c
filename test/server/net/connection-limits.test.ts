import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BinaryClient, Opcode, storeRequest } from '../../helpers/binary-client.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

/** How many connections there are, seen by one of them. */
async function connections(client: TextClient): Promise<number> {
  return Number((await client.stats()).get('curr_connections'));
}

/** A client that sends requests and does not read what is answered. */
async function deaf(server: TestServer, requests: string): Promise<net.Socket> {
  const socket = net.connect({ port: server.port, host: '127.0.0.1' }).on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  socket.write(requests);
  return socket;
}

describe.concurrent('stats settings', () => {
  it('has each limit with its default', async () => {
    await using server = await startServer({ args: ['--memory'] });
    using client = await TextClient.connect(server.port);
    const settings = await client.stats('settings');
    expect(Object.fromEntries(settings)).toMatchObject({
      maxconns: '1024',
      inter: '127.0.0.1',
      domain_socket: 'NULL',
      umask: '660',
      item_size_max: '1048576',
      key_length_max: '250',
      max_queues: '250000',
      max_wait_ms: '3600000',
      idle_timeout_ms: '3600000',
      stalled_timeout_ms: '60000',
      output_max: '1048576',
      auth_enabled_ascii: 'no',
      auth_enabled_sasl: 'no',
      ssl_enabled: 'no',
      compat: 'none',
      flush_enabled: 'yes',
      data: 'memory',
      sync: 'always',
      sync_interval_ms: '1000',
      cache_size: '67108864',
      max_attempts: '25',
      backoff: 'exponential',
      exptime: 'honour',
      grace_ms: '10000',
    });
  });

  it('has what was set instead', async () => {
    const flags = '-c 9 -I 2k --max-queues 3 --max-wait 4 --idle-timeout 5 --stalled-timeout 6 --grace 7 -F';
    const more = '--sync never --cache-size 1m --max-attempts 2 --backoff fixed:1.5 --ignore-exptime';
    await using server = await startServer({ args: `${flags} ${more}`.split(' ') });
    using client = await TextClient.connect(server.port);
    expect(Object.fromEntries(await client.stats('settings'))).toMatchObject({
      maxconns: '9',
      item_size_max: '2048',
      max_queues: '3',
      max_wait_ms: '4000',
      idle_timeout_ms: '5000',
      stalled_timeout_ms: '6000',
      grace_ms: '7000',
      flush_enabled: 'no',
      data: server.dataDir,
      sync: 'never',
      segment_size: '1048576',
      cache_size: '1048576',
      max_attempts: '2',
      backoff: 'fixed:1.5',
      exptime: 'ignore',
    });
  });
});

describe.concurrent('--max-queues', () => {
  it('refuses what would need another queue, and takes it when there is room again', async () => {
    await using server = await startServer({ args: ['--memory', '--max-queues', '2'] });
    using client = await TextClient.connect(server.port);
    expect(await client.set('a', '1')).toBe('STORED');
    expect(await client.set('b', '1')).toBe('STORED');
    expect(await client.set('c', '1')).toBe(
      'SERVER_ERROR out of memory storing object: there are 2 queues already',
    );
    expect(await client.set('a', '2')).toBe('STORED');
    using binary = await BinaryClient.connect(server.port);
    expect(await binary.set('c', '1')).toBe(0x82);
    expect((await binary.exchange(storeRequest(Opcode.setq, 'c', '1', 7))).map((r) => r.opaque)).toEqual([7]);
    expect(await client.ask('delete b')).toBe('DELETED');
    expect(await client.set('c', '1')).toBe('STORED');
    expect(await client.exchange('get a b c\r\n')).toBe('VALUE a 0 1\n1\nVALUE c 0 1\n1\nEND');
  });
});

describe.concurrent('--max-wait', () => {
  it('cuts a longer wait', async () => {
    await using server = await startServer({ args: ['--memory', '--max-wait', '1'] });
    using client = await TextClient.connect(server.port);
    await client.set('$watch', 'q');
    expect(await client.exchange('get q/t=999999999\r\nget $watch/t=60000\r\n')).toBe('END\nEND');
    const started = performance.now();
    expect(await client.exchange('get q/t=60000\r\n')).toBe('END');
    expect(performance.now() - started).toBeGreaterThan(900);
  });
});

describe.concurrent('--idle-timeout', () => {
  it('closes who does nothing, or never ends a request, and nobody else', async () => {
    await using server = await startServer({
      args: ['--memory', '--idle-timeout', '3', '--backoff', 'none'],
    });
    using busy = await TextClient.connect(server.port);
    using holder = await TextClient.connect(server.port);
    using lessee = await TextClient.connect(server.port);
    using waiter = await TextClient.connect(server.port);
    for (const body of ['open', 'leased']) await busy.set('q', body);
    expect(await holder.getText('q/open')).toBe('open');
    expect(await lessee.exchange('gat 100 q\r\n')).toContain('leased');
    waiter.send('get later/t=60000\r\n');

    using silent = await TextClient.connect(server.port);
    using halfway = await TextClient.connect(server.port);
    halfway.send('set q 0 0 10\r\nhalf');
    using answered = await TextClient.connect(server.port);
    await answered.ask('version');
    let gone = 0;
    for (const client of [silent, halfway, answered]) client.rest().then(() => gone++);
    await until(async () => {
      expect(await busy.ask('version')).toMatch(/^VERSION/);
      return gone === 3;
    });
    expect(await connections(busy)).toBe(4);

    await busy.set('later', 'job');
    expect(await waiter.values()).toEqual([Buffer.from('job')]);
    expect(await holder.ask('set q/close 0 0 0\r\n')).toBe('STORED');
    expect(await lessee.ask('delete q')).toBe('DELETED');
    // Nothing is open any more.
    await Promise.all([waiter, holder, lessee].map((client) => client.rest()));
  });

  it('of 0 is none', async () => {
    await using server = await startServer({
      args: ['--memory', '--idle-timeout', '0', '--stalled-timeout', '1'],
    });
    using silent = await TextClient.connect(server.port);
    await delay(1500);
    expect(await silent.ask('version')).toMatch(/^VERSION/);
  });

  it('does not count a lease that is over', async () => {
    await using server = await startServer({ args: ['--memory', '--idle-timeout', '3'] });
    using client = await TextClient.connect(server.port);
    expect(await client.exchange('set q 0 0 3\r\njob\r\ngat 1 q\r\n')).toContain('job');
    expect((await client.rest()).length).toBe(0);
  });
});

describe.concurrent('--stalled-timeout', () => {
  it('closes who does not read, and what that one had open goes back', async () => {
    await using server = await startServer({ args: ['--memory', '--stalled-timeout', '1', '-I', '32m'] });
    using honest = await TextClient.connect(server.port);
    await honest.set('big', Buffer.alloc(30_000_000, 'x'));
    await honest.set('q', 'job');
    await honest.set('many', Buffer.alloc(1_000_000));
    const sockets = [
      await deaf(server, 'get q/open\r\nget big/peek\r\n'),
      await deaf(server, 'get many/peek\r\n'.repeat(50)),
      await deaf(server, 'stats settings\r\n'.repeat(20_000)),
    ];
    await until(async () => (await connections(honest)) >= 4);
    await until(async () => (await connections(honest)) <= 1);
    for (const socket of sockets) socket.destroy();
    expect(await honest.getText('q/info')).toMatch(/"attempt":2.*\njob$/);
  });

  it('leaves alone who reads slowly', async () => {
    await using server = await startServer({ args: ['--memory', '--stalled-timeout', '1', '-I', '64m'] });
    using honest = await TextClient.connect(server.port);
    const body = Buffer.alloc(40_000_000, 'slow');
    expect(await honest.set('big', body)).toBe('STORED');
    const slow = await deaf(server, 'get big\r\n');
    let received = 0;
    slow.on('data', (chunk: Buffer) => {
      received += chunk.length;
      slow.pause();
    });
    const expected = `VALUE big 0 ${body.length}\r\n\r\nEND\r\n`.length + body.length;
    // Longer than the timeout, and with as many breaks as it takes.
    for (let i = 0; received < expected && !slow.destroyed; i++) {
      slow.resume();
      await (i % 16 === 0 ? delay(60) : new Promise((resolve) => setImmediate(resolve)));
    }
    expect(received).toBe(expected);
    slow.destroy();
  });
});

it('a read that waits behind many requests notices that its client has gone', async () => {
  await using server = await startServer({ args: ['--memory'] });
  using client = await TextClient.connect(server.port);
  client.socket.end(`${'version\r\n'.repeat(5000)}get q/t=3000000\r\n`);
  expect((await client.rest()).toString()).toMatch(/^(VERSION \S+\r\n){5000}END\r\n$/);
  using cut = await TextClient.connect(server.port);
  cut.send(`${'version\r\n'.repeat(5000)}get q/t=3000000\r\n`);
  expect((await cut.bytes(10)).length).toBe(10);
  cut.close();
  using observer = await TextClient.connect(server.port);
  await until(async () => (await connections(observer)) <= 1);
});
