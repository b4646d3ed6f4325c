import { readFileSync } from 'node:fs';
import net from 'node:net';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { amount } from '../../helpers/amount.ts';
import { Opcode, request, storeExtras } from '../../helpers/binary-client.ts';
import { binaryNonsense, noise, textNonsense } from '../../helpers/nonsense.ts';
import type { TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

/** `honest` is a client that behaves, on a queue of its own, all the time. */
const it = withServer(['--cache-size', '4m', '--sync', 'never']).extend<{ honest: TextClient }>({
  honest: [
    async ({ server }, use) => {
      using client = await TextClient.connect(server.port);
      await use(client);
    },
    { scope: 'file' },
  ],
});

const MEBIBYTE = 1024 * 1024;
/** Random inputs of each kind. */
const RUNS = Number(process.env.RUNS ?? amount(500, 1500));

async function expectHonestServed(honest: TextClient): Promise<void> {
  expect(await honest.exchange('set honest 7 0 4\r\nwork\r\nget honest\r\n')).toBe(
    'STORED\nVALUE honest 7 4\nwork\nEND',
  );
}

/** Memory of the server's process, in MiB. */
function residentMemory(server: TestServer): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** Everything that is answered to `bytes`, up to the server's end of the connection. */
async function send(server: TestServer, bytes: Buffer): Promise<Buffer> {
  using client = await TextClient.connect(server.port);
  client.socket.end(bytes);
  // Without `await` the client would be closed before.
  return await client.rest();
}

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
  while ((await honest.stats()).get('curr_connections') !== '1');
}

/** Some time in which the server has to serve somebody else. */
async function serveHonest(honest: TextClient): Promise<void> {
  for (let i = 0; i < 300; i++) await expectHonestServed(honest);
}

describe('bytes that make no sense', () => {
  it.for([
    ['text', textNonsense],
    ['binary', binaryNonsense],
    ['noise', noise],
  ] as const)(
    '%s: are answered and done with, and nobody else notices',
    {
      timeout: 120_000 + 20 * RUNS,
    },
    async ([_name, input], { server, honest }) => {
      await serveHonest(honest);
      const before = residentMemory(server);
      let count = 0;
      await fc.assert(
        fc.asyncProperty(input as fc.Arbitrary<Buffer>, async (bytes) => {
          const answer = await send(server, bytes);
          // What is answered is in the protocol that was spoken.
          if (answer.length > 0) expect(answer[0] === 0x81).toBe(bytes[0] === 0x80);
          if (++count % 20 === 0) await expectHonestServed(honest);
        }),
        { numRuns: RUNS },
      );
      await honest.exchange('flush_all\r\n');
      await expectHonestServed(honest);
      expect(residentMemory(server) - before).toBeLessThan(150);
    },
  );
});

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
