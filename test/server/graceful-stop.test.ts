import { once } from 'node:events';
import net from 'node:net';
import { Client } from 'memjs';
import { describe, expect, it } from 'vitest';
import { BinaryClient, Opcode, request, storeRequest } from '../helpers/binary-client.ts';
import { memjsServer } from '../helpers/memjs.ts';
import { startServer, type TestServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';
import { until } from '../helpers/until.ts';

const COUNT = 500;

/** Sends, and resolves when the kernel has it. */
function written(client: TextClient, data: string | Buffer): Promise<void> {
  return new Promise((resolve) => client.socket.write(data, () => resolve()));
}

/** How many messages are in `q`, after a start on the same data. */
async function stored(server: TestServer): Promise<number> {
  await server.start();
  using client = await TextClient.connect(server.port);
  const count = Number((await client.stats('queues')).get('q:waiting') ?? 0);
  return count;
}

async function waiting(client: TextClient, count: number): Promise<void> {
  await until(async () => {
    const states = [...(await client.stats('conns'))].filter(([name]) => name.endsWith(':state'));
    return states.filter(([, state]) => state === 'waiting').length === count;
  });
}

describe.concurrent('a stop', () => {
  it('answers all that the server has received, in text, and then ends the connection', async () => {
    await using server = await startServer();
    const clients = await Promise.all(Array.from({ length: 8 }, () => TextClient.connect(server.port)));
    await Promise.all(clients.map((client) => client.ask('version')));
    await Promise.all(clients.map((client) => written(client, 'set q 0 0 3\r\njob\r\n'.repeat(COUNT))));
    const status = server.stop();
    for (const client of clients) expect((await client.rest()).toString()).toBe('STORED\r\n'.repeat(COUNT));
    expect(await status).toBe(0);
    expect(await stored(server)).toBe(8 * COUNT);
  });

  it('answers all that the server has received, however much it is', async () => {
    await using server = await startServer({ args: ['--sync', 'never', '--grace', '120'] });
    using client = await TextClient.connect(server.port);
    await client.ask('version');
    const body = 'x'.repeat(1000);
    const answers = client.rest();
    await written(client, `set q 0 0 1000\r\n${body}\r\n`.repeat(5000));
    expect(await server.stop()).toBe(0);
    expect((await answers).toString()).toBe('STORED\r\n'.repeat(5000));
  });

  it('answers all that the server has received, in binary, with no half frame', async () => {
    await using server = await startServer();
    using client = await BinaryClient.connect(server.port);
    await client.ask(Opcode.version);
    const requests = Array.from({ length: COUNT }, (_, i) => storeRequest(Opcode.set, 'q', `job ${i}`, i));
    await written(client.connection, Buffer.concat([...requests, request(Opcode.noop, { opaque: COUNT })]));
    const status = server.stop();
    const opaques: number[] = [];
    for (let response = await client.next(); response !== undefined; response = await client.next()) {
      expect(response.status).toBe(0);
      opaques.push(response.opaque);
    }
    expect(opaques).toEqual(Array.from({ length: COUNT + 1 }, (_, i) => i));
    expect(await status).toBe(0);
    expect(await stored(server)).toBe(COUNT);
  });

  it('loses nothing that was answered, however fast the requests come', async () => {
    await using server = await startServer();
    const clients = await Promise.all(Array.from({ length: 4 }, () => TextClient.connect(server.port)));
    let answered = 0;
    let enough: () => void;
    const started = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const runs = clients.map(async (client) => {
      client.send('set q 0 0 3\r\njob\r\n'.repeat(32));
      for (let line = await client.line(); line !== undefined; line = await client.line()) {
        expect(line).toBe('STORED');
        if (++answered === 2000) enough();
        client.send('set q 0 0 3\r\njob\r\n');
      }
      // Nothing is left of an answer that was not sent as a whole.
      expect((await client.rest()).length).toBe(0);
      client.close();
    });
    await started;
    expect(await server.stop()).toBe(0);
    await Promise.all(runs);
    const count = await stored(server);
    // What was received was answered; what was answered is there.
    expect(count).toBeGreaterThanOrEqual(answered);
  });

  it('wakes those who wait with END, and accepts nobody any more', async () => {
    await using server = await startServer();
    using client = await TextClient.connect(server.port);
    using watcher = await TextClient.connect(server.port);
    using binary = await BinaryClient.connect(server.port);
    using observer = await TextClient.connect(server.port);
    client.send('get q/t=60000\r\nset q 0 0 3\r\njob\r\n');
    await watcher.set('$watch', '*');
    watcher.send('get $watch/open/t=60000\r\n');
    binary.send(request(Opcode.get, { key: 'q/t=60000', opaque: 7 }));
    await waiting(observer, 3);
    const status = server.stop();
    expect((await binary.next())?.status).toBe(1);
    expect(await binary.next()).toBeUndefined();
    expect((await watcher.rest()).toString()).toMatch(/^(END|VALUE \$watch\/\S+ 0 3\r\njob\r\nEND)\r\n$/);
    expect((await client.rest()).toString()).toBe('END\r\nSTORED\r\n');
    expect(await status).toBe(0);
    const refused = net.connect({ port: server.port, host: '127.0.0.1' });
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
    await server.start();
    using after = await TextClient.connect(server.port);
    expect(await after.getText('q')).toBe('job');
  });

  it('gives back what is open or leased by a connection, but not what is leased by a token', async () => {
    await using server = await startServer({ args: ['--max-attempts', '1'] });
    using client = await TextClient.connect(server.port);
    using lessee = await TextClient.connect(server.port);
    for (const body of ['opened', 'watched', 'leased', 'kept']) await client.set('q', body);
    await client.set('$watch', 'q');
    await client.getText('q/open');
    await client.getText('$watch/open');
    await lessee.exchange('gat 1000 q\r\n');
    expect(await lessee.exchange('gats 1000 q\r\n')).toContain('kept');
    expect(await server.stop()).toBe(0);
    await server.start();
    using after = await TextClient.connect(server.port);
    for (const body of ['opened', 'watched', 'leased']) {
      // Counted, but not used up, and nobody has died.
      const job = await after.getJob('q/info');
      expect(job).toMatchObject({ body, attempt: 2, last: true });
      expect(job).not.toHaveProperty('deaths');
    }
    expect(await after.exchange('get q\r\n')).toBe('END');
    expect((await after.stats('queues')).get('q:reserved')).toBe('1');
  });

  it('takes no longer than --grace, whatever the clients do', async () => {
    await using server = await startServer({ args: ['--grace', '0.2', '-I', '64m'] });
    using honest = await TextClient.connect(server.port);
    await honest.set('q', 'job');
    await honest.getText('q/open');
    await honest.set('big', Buffer.alloc(60_000_000));
    const deaf = net.connect({ port: server.port, host: '127.0.0.1' }).on('error', () => {});
    deaf.pause();
    deaf.write('get big/peek\r\n');
    using halfway = await TextClient.connect(server.port);
    await halfway.ask('version');
    halfway.send('set q 0 0 100\r\nhalf');
    await until(async () => (await honest.stats()).get('get_hits') === '2');
    expect(await server.stop()).toBe(0);
    expect((await halfway.rest()).length).toBe(0);
    deaf.destroy();
    await server.start();
    using after = await TextClient.connect(server.port);
    expect(await after.getJob('q/info')).toMatchObject({ body: 'job', attempt: 2 });
  });
});

it('gives what is open to nobody who still waits', async () => {
  await using server = await startServer();
  const holders = await Promise.all(Array.from({ length: 5 }, () => TextClient.connect(server.port)));
  const waiters = await Promise.all(Array.from({ length: 5 }, () => TextClient.connect(server.port)));
  for (const client of holders) await client.set('q', 'job');
  for (const client of holders) expect(await client.getText('q/open')).toBe('job');
  for (const client of waiters) client.send('get q/open/t=60000\r\n');
  await waiting(holders[0], 5);
  const answers = Promise.all(waiters.map(async (client) => (await client.rest()).toString()));
  expect(await server.stop()).toBe(0);
  expect(await answers).toEqual(Array(5).fill('END\r\n'));
  expect(await stored(server)).toBe(5);
});

// By itself, since memjs waits for an answer for half a second only.
it('a stop answers the requests that memjs has under way', async () => {
  await using server = await startServer();
  const client = new Client([memjsServer(server.port)], {
    retries: 0,
  });
  await client.set('q', 'first', {});
  const sets = Array.from({ length: COUNT }, (_, i) => client.set('q', `job ${i}`, {}));
  // memjs sends at once; when the answer to the first is there, all others are with the server.
  await sets[0];
  const status = server.stop();
  expect(await Promise.all(sets)).toEqual(Array(COUNT).fill(true));
  expect(await status).toBe(0);
  client.close();
  expect(await stored(server)).toBe(COUNT + 1);
});
