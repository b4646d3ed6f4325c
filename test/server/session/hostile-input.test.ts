import net from 'node:net';
import { describe, expect } from 'vitest';
import { amount } from '../../helpers/amount.ts';
import { Opcode, request, storeExtras } from '../../helpers/binary-client.ts';
import type { TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';
import { expectHonestServed, residentMemory, withHonestClient } from './honest.ts';

const it = withHonestClient();

const MEBIBYTE = 1024 * 1024;

/** Clients that send and never read. Ends when the server has seen that they are gone. */
async function withDeafClients(
  server: TestServer,
  honest: TextClient,
  count: number,
  bytes: string | Buffer,
  during: () => Promise<void>,
): Promise<void> {
  const sockets = Array.from({ length: count }, () => net.connect({ port: server.port, host: '127.0.0.1' }));
  for (const socket of sockets)
    socket
      .on('error', () => {})
      .pause()
      .write(bytes);
  try {
    await during();
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  await until(async () => (await honest.stats()).get('curr_connections') === '1');
}

/** Some time in which the server has to serve somebody else. */
async function serveHonest(honest: TextClient): Promise<void> {
  for (let i = 0; i < 300; i++) await expectHonestServed(honest);
}

describe('clients that never read', () => {
  it.beforeAll(async ({ server }) => {
    using honest = await TextClient.connect(server.port);
    for (let i = 0; i < 100; i++) await honest.set('big', Buffer.alloc(MEBIBYTE, 'x'));
  });

  it.for([
    ['a thousand large messages', `get ${'big '.repeat(1000)}\r\n`],
    ['the same one by one', 'get big\r\n'.repeat(1000)],
    ['to see a large message again and again', 'get big/peek\r\n'.repeat(10_000)],
    ['statistics', 'stats\r\n'.repeat(50_000)],
    ['the version', 'version\r\n'.repeat(200_000)],
    ['errors', 'get q/opne\r\n'.repeat(200_000)],
    ['to wait, and much behind it', `get nobody/t=999999999\r\n${'version\r\n'.repeat(200_000)}`],
  ] as const)('and ask for %s fill no memory', async ([_name, bytes], { server, honest }) => {
    const before = residentMemory(server);
    await withDeafClients(server, honest, 3, bytes, async () => {
      await serveHonest(honest);
      expect(residentMemory(server) - before).toBeLessThan(300);
    });
  });

  it('take no more than they could be sent', async ({ server, honest }) => {
    await honest.exchange('flush_all\r\n');
    for (let i = 0; i < 100; i++) await honest.set('big', Buffer.alloc(MEBIBYTE, 'x'));
    await withDeafClients(server, honest, 1, `get ${'big '.repeat(1000)}\r\n`, () => serveHonest(honest));
    expect(Number((await honest.stats()).get('curr_items'))).toBeGreaterThan(30);
    await honest.exchange('flush_all\r\n');
  });
});

describe('clients that do not finish', () => {
  it.for([
    ['a body', Buffer.concat([Buffer.from(`set q 0 0 ${MEBIBYTE}\r\n`), Buffer.alloc(MEBIBYTE - 1)]), 100],
    ['a line', Buffer.alloc(65_000, 'x'), 300],
    ['a request', request(Opcode.set, { key: 'q', extras: storeExtras(), bodyLength: 1000 }), 300],
    ['what is too large', Buffer.from('set q 0 0 2000000000\r\n'), 300],
  ] as const)(
    '%s fill no more memory than they have sent',
    async ([_name, bytes, count], { server, honest }) => {
      const before = residentMemory(server);
      await withDeafClients(server, honest, count, bytes, async () => {
        await serveHonest(honest);
        expect(residentMemory(server) - before).toBeLessThan((2 * count * bytes.length) / MEBIBYTE + 100);
      });
    },
  );
});

it('keys that are as long as lines are not kept, nor lines for the sake of their keys', async ({
  server,
}) => {
  const before = residentMemory(server);
  const clients = await Promise.all(Array.from({ length: 4 }, () => TextClient.connect(server.port)));
  for (const client of clients) {
    for (let i = 0; i < amount(300, 500); i++) {
      expect(await client.exchange(`get ${'k'.repeat(60_000)}${i}\r\n`)).toMatch(/^CLIENT_ERROR/);
      expect(await client.exchange(`get a-queue-of-the-name-${i}${' '.repeat(60_000)}\r\n`)).toBe('END');
    }
  }
  expect(residentMemory(server) - before).toBeLessThan(100);
  for (const client of clients) client.close();
});
