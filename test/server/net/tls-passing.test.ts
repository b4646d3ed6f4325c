import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import tls from 'node:tls';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { encodeProxyHeader } from '../../../server/net/proxy-header.ts';
import { contentOf, makeCertificate } from '../../helpers/certificates.ts';
import { type Member, startMember, startPair } from '../../helpers/member.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { openTunnel } from '../../helpers/tunnel.ts';
import { until } from '../../helpers/until.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-tls-passing-'));
const authority = makeCertificate(directory, 'authority');
const own = makeCertificate(directory, 'server', authority);
const files = { ...own, ca: undefined };
const trusted = { ca: readFileSync(authority.cert), servername: 'localhost', allowHalfOpen: true };

afterAll(() => rmSync(directory, { recursive: true }));

/** A client that speaks TLS with a server. */
async function connect(port: number, options: tls.ConnectionOptions = {}): Promise<TextClient> {
  const tunnel = await openTunnel(() => tls.connect({ port, host: '127.0.0.1', ...trusted, ...options }));
  const client = await TextClient.connect(tunnel.port);
  onTestFinished(async () => {
    client.close();
    await tunnel[Symbol.asyncDispose]();
  });
  return client;
}

/** Where the server sees its clients. */
function addresses(client: TextClient): Promise<string[]> {
  return client
    .stats('conns')
    .then((stats) => [...stats].filter(([name]) => name.endsWith(':addr')).map(([, value]) => value));
}

/** A connection to the port for other servers that begins with the header. */
async function passTo({ leader }: Member, client: { address: string; port: number } | undefined) {
  const socket = net.connect({ port: leader.port, host: leader.host, allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const header = encodeProxyHeader({ client, local: client, purpose: 'memcache', receiver: leader.id });
  return { socket, header };
}

it('TLS goes through a follower unopened, and the leader sees where the client is', async () => {
  // The follower has other certificates, which nobody trusts.
  const other = makeCertificate(directory, 'other');
  const { leader, follower } = await startPair({ tls: files }, { tls: { ...other, ca: undefined } });
  const client = await connect(follower.port);
  const body = Buffer.alloc(1_000_000, 'memq');
  expect(await client.set('q', body)).toBe('STORED');
  const [received] = await client.get('q');
  expect(body.equals(received as Buffer)).toBe(true);
  expect(await addresses(client)).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/)]);
  expect(follower.door.counts.passed).toBe(1);
  expect(follower.listener.connections.size).toBe(0);
  client.socket.end('version\r\n');
  expect((await client.rest()).toString()).toMatch(/^VERSION/);
  await until(() => leader.listener.connections.size === 0 && follower.door.size === 0);
});

it('a server with a door agrees on TLS with its own clients as one without', async () => {
  const member = await startMember({ tls: { ...own, ca: authority.cert } });
  const [known, stranger] = [
    await connect(member.port, contentOf(makeCertificate(directory, 'known', authority))),
    await connect(member.port),
  ];
  expect(await known.ask('version')).toMatch(/^VERSION/);
  expect((await stranger.rest()).toString()).toBe('');
  expect(await addresses(known)).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/)]);
  expect(member.stats.counters.totalConnections).toBe(1);
});

it('a client whose handshake comes with the header is served, wherever that is cut', async () => {
  const member = await startMember({ tls: files });
  const client = { address: '2001:db8::7', port: 4711 };
  const { header } = await passTo(member, client);
  // In one packet with the header, and with the header cut.
  for (const cut of [0, 1, 16, header.length - 1, header.length, header.length + 1, header.length + 100]) {
    const { socket } = await passTo(member, client);
    const [inner, outer] = await pairOf();
    let isFirst = true;
    outer.on('data', (chunk: Buffer) => {
      const bytes = isFirst ? Buffer.concat([header, chunk]) : chunk;
      socket.write(bytes.subarray(0, isFirst ? cut : 0));
      // What is written now may go in a packet of its own.
      const rest = bytes.subarray(isFirst ? cut : 0);
      setImmediate(() => socket.write(rest));
      isFirst = false;
    });
    socket.pipe(outer);
    const secure = tls.connect({ socket: inner, ...trusted });
    secure.write('version\r\nstats conns\r\n');
    let told = '';
    for await (const chunk of secure) {
      told += chunk;
      if (told.endsWith('END\r\n')) break;
    }
    expect(told).toMatch(/^VERSION/);
    expect(told).toMatch(/:addr 2001:db8::7:4711\r$/m);
  }
});

it('a client of a unix socket is passed without TLS', async () => {
  const { follower } = await startPair({ tls: files });
  const path = join(mkdtempSync(join(tmpdir(), 'memq-passing-')), 'memq.sock');
  onTestFinished(() => rmSync(dirname(path), { recursive: true }));
  await follower.listener.listenUnix(path, 0o600);
  const socket = net.connect({ path, allowHalfOpen: true });
  socket.end('version\r\n');
  let told = '';
  for await (const chunk of socket) told += chunk;
  expect(told).toMatch(/^VERSION/);
});

it('a handshake that is under way in a new epoch is broken off', async () => {
  const member = await startMember({ tls: files });
  const socket = net.connect(member.port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  const [inner, outer] = await pairOf();
  tls.connect({ socket: inner, ...trusted }).on('error', () => {});
  const [hello] = (await once(outer, 'data')) as [Buffer];
  socket.write(hello);
  // It has said its part, and waits for the client's.
  await once(socket, 'data');
  member.listener.beginEpoch({ kind: 'hold' });
  await once(socket.resume(), 'close');
  expect(member.door.size).toBe(0);
});

/** Two sockets that are connected to each other. */
async function pairOf(): Promise<readonly [net.Socket, net.Socket]> {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const inner = net.connect({ port: (server.address() as net.AddressInfo).port, host: '127.0.0.1' });
  const [outer] = (await once(server, 'connection')) as [net.Socket];
  server.close();
  onTestFinished(() => {
    inner.destroy();
    outer.destroy();
  });
  return [inner, outer];
}
