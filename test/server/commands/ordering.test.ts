import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient, Opcode, storeRequest } from '../../helpers/binary-client.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

const it = withServer();

it.beforeEach(async ({ client }) => {
  await client.exchange('flush_all\r\n');
});

/** Ends the server, starts it again and connects anew. */
async function again(server: TestServer, client: TextClient, how: 'stop' | 'kill'): Promise<void> {
  await server[how]();
  await server.start();
  await client.reconnect();
}

/** How many messages of the queue have expired, by the server's count. */
async function expired(client: TextClient, queue: string): Promise<number> {
  return Number((await client.stats('queues')).get(`${queue}:expired`));
}

const epochSeconds = () => Math.floor(Date.now() / 1000);

describe.each(['stop', 'kill'] as const)('over a %s and a start', (how) => {
  it('messages keep their order, flags and bodies', async ({ server, client }) => {
    const names = ['a', 'b:c', 'Auftr\xc3\xa4ge', '\x80\xff'];
    for (let i = 0; i < 200; i++) {
      const name = names[i % names.length];
      const body = Buffer.from(`${'\r\n\0'.repeat(i * 20)}${i}`);
      expect(await client.set(name, body, 4_294_967_295 - i)).toBe('STORED');
    }
    await client.exchange('prepend a 7 0 5\r\nfirst\r\nprepend a 8 0 7\r\nfirster\r\n');
    await again(server, client, how);
    expect(await client.exchange('get a\r\nget a\r\n')).toBe(
      'VALUE a 8 7\nfirster\nEND\nVALUE a 7 5\nfirst\nEND',
    );
    for (let i = 0; i < 200; i++) {
      const name = names[i % names.length];
      const body = `${'\r\n\0'.repeat(i * 20)}${i}`;
      client.send(Buffer.from(`get ${name}\r\n`, 'latin1'));
      expect(await client.line()).toBe(`VALUE ${name} ${4_294_967_295 - i} ${body.length}`);
      expect((await client.bytes(body.length + 7)).toString()).toBe(`${body}\r\nEND\r\n`);
    }
  });

  it('what was taken does not come back, and ids go on', async ({ server, client }) => {
    await client.exchange('set q 0 0 1\r\na\r\nset q 0 0 1\r\nb\r\n');
    const first = Number(/VALUE q 0 1 (\d+)/.exec(await client.exchange('gets q\r\n'))?.[1]);
    await again(server, client, how);
    const second = Number(/VALUE q 0 1 (\d+)\nb/.exec(await client.exchange('gets q\r\n'))?.[1]);
    await client.exchange('set q 0 0 1\r\nc\r\n');
    const third = Number(/VALUE q 0 1 (\d+)\nc/.exec(await client.exchange('gets q\r\n'))?.[1]);
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second);
    expect(await client.exchange('get q\r\n')).toBe('END');
  });

  it('a dropped queue stays dropped and a flushed one empty', async ({ server, client }) => {
    await client.exchange('set dropped 0 0 1\r\na\r\nset flushed 0 0 1\r\nb\r\n');
    expect(await client.exchange('delete dropped\r\nflush flushed\r\n')).toBe('DELETED\nOK');
    await again(server, client, how);
    expect(await client.exchange('get dropped flushed\r\n')).toBe('END');
    expect((await client.stats('queue')).has('dropped')).toBe(false);
  });
});

describe('what is answered behind quiet stores', () => {
  const count = 500;
  const bodies = Array.from({ length: count }, (_, i) => `${i}`.padStart(5, '0'));

  it('leaves when they are durable: mn', async ({ server, client }) => {
    client.send(bodies.map((body) => `set quiet 0 0 5 noreply\r\n${body}\r\n`).join(''));
    expect(await client.ask('mn')).toBe('MN');
    await again(server, client, 'kill');
    const read = await client.exchange('get quiet\r\n'.repeat(count));
    expect([...read.matchAll(/^\d{5}$/gm)].map(([body]) => body)).toEqual(bodies);
  });

  it('leaves when they are durable: NOOP', async ({ server, client }) => {
    using binary = await BinaryClient.connect(server.port);
    expect(await binary.exchange(...bodies.map((body) => storeRequest(Opcode.setq, 'quiet', body)))).toEqual(
      [],
    );
    await again(server, client, 'kill');
    const read = await client.exchange('get quiet\r\n'.repeat(count));
    expect([...read.matchAll(/^\d{5}$/gm)].map(([body]) => body)).toEqual(bodies);
  });
});

describe('expiry', () => {
  it('in the past, or negative, is over on arrival, and counted', async ({ client }) => {
    const exptimes = [-1, -2_147_483_648, 2_592_001, epochSeconds() - 1];
    for (const exptime of exptimes) expect(await client.set('over', 'x', 0, exptime)).toBe('STORED');
    await client.set('over', 'stays', 0, 0);
    expect(await client.getText('over')).toBe('stays');
    expect(await expired(client, 'over')).toBe(exptimes.length);
  });

  it('in the future lets a message live until then, and is counted', async ({ client }) => {
    for (const exptime of [100, 2_592_000, epochSeconds() + 3600]) await client.set('lives', 'x', 0, exptime);
    expect(await client.get('lives lives lives')).toHaveLength(3);
    await client.set('short', 'x', 0, epochSeconds() + 1);
    await client.set('short', 'stays');
    await until(async () => (await client.getText('short/peek')) === 'stays');
    expect(await client.getText('short')).toBe('stays');
    expect([await expired(client, 'lives'), await expired(client, 'short')]).toEqual([0, 1]);
  });

  it('counts over a restart', async ({ server, client }) => {
    await client.set('q', 'short', 0, epochSeconds() + 1);
    await client.set('q', 'long', 0, 1000);
    await client.set('q', 'ever');
    await again(server, client, 'kill');
    await until(async () => (await client.getText('q/peek')) !== 'short');
    expect(await client.get('q q q')).toEqual([Buffer.from('long'), Buffer.from('ever')]);
  });

  it('does not count with --ignore-exptime', async () => {
    await using lenient = await startServer({ args: ['--memory', '--ignore-exptime'] });
    using other = await TextClient.connect(lenient.port);
    await other.set('q', 'x', 0, -1);
    expect(await other.getText('q')).toBe('x');
  });
});
