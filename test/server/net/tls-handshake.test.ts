import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, describe, expect, it } from 'vitest';
import { Opcode, request } from '../../helpers/binary-client.ts';
import { makeCertificate } from '../../helpers/certificates.ts';
import { listen } from '../../helpers/listener.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-handshake-'));
const certificate = makeCertificate(directory, 'localhost');
afterAll(() => rmSync(directory, { recursive: true }));

/** A listener whose clients may be silent for so long before they have agreed on TLS; and what they ask. */
async function listenByTls(handshakeMs: number) {
  const verbs: string[] = [];
  const createDispatch =
    () =>
    ({ verb }: { verb: string }) => {
      verbs.push(verb);
    };
  const own = await listen({ tls: { ...certificate, ca: undefined }, createDispatch, handshakeMs });
  return { ...own, verbs };
}

/** Sends this, and nothing more. */
function connect(port: number, bytes: Buffer): net.Socket {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
  socket.resume();
  if (bytes.length > 0) socket.write(bytes);
  return socket;
}

/** Resolves when the server has closed it, with or without a reset. */
function ended(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('end', resolve).once('close', () => resolve());
  });
}

/** What an honest client begins with. */
async function helloOf(): Promise<Buffer> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = tls
    .connect({ ...(server.address() as net.AddressInfo), host: '127.0.0.1' })
    .on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe('a client that does not finish its handshake', () => {
  it('is closed after a while, and those who have finished theirs stay', async () => {
    const own = await listenByTls(3000);
    const hello = await helloOf();
    const honest = tls.connect({
      port: own.port,
      host: '127.0.0.1',
      ca: readFileSync(certificate.cert),
      servername: 'localhost',
    });
    await once(honest, 'secureConnect');
    const beginnings = [
      Buffer.alloc(0),
      hello.subarray(0, 1),
      hello.subarray(0, 5),
      hello.subarray(0, -1),
      hello,
    ];
    const silent = beginnings.map((bytes) => connect(own.port, bytes));
    await Promise.all(silent.map(ended));
    expect(own.counts.totalConnections).toBe(1);
    expect(own.listener.connections.size).toBe(1);
    expect(own.verbs).toEqual([]);
    honest.write('version\r\n');
    while (own.verbs.length === 0) await new Promise(setImmediate);
    expect(own.verbs).toEqual(['version']);
    for (const socket of [...silent, honest]) socket.destroy();
  });
});

describe('what is no handshake', () => {
  it.each([
    ['text', latin1('get q\r\nset q 0 0 1\r\nx\r\n')],
    ['a binary request', request(Opcode.get, { key: 'q' })],
    ['zeros', Buffer.alloc(100_000)],
    ['a hello that says nothing', latin1('\x16\x03\x01\0\x05hello')],
    ['a hello without an end', Buffer.concat([latin1('\x16\x03\x01\x3f\xff'), Buffer.alloc(1_000_000, 1)])],
    ['data before a hello', latin1('\x17\x03\x03\0\x05hello')],
    ['HTTP', latin1('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ])('ends the connection, whatever a silent one may take: %s', async (_, bytes) => {
    const own = await listenByTls(10_000_000);
    const socket = connect(own.port, bytes);
    await ended(socket);
    expect(own.counts.totalConnections).toBe(0);
    expect(own.verbs).toEqual([]);
    socket.destroy();
  });
});
