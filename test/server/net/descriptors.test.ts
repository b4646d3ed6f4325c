import { once } from 'node:events';
import fs from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { sharedDescriptors } from '../../../server/net/descriptors.ts';
import { memqServer } from '../../helpers/command.ts';
import { ask } from '../../helpers/http.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { hangUp, logged } from '../../helpers/server-log.ts';
import { TextClient } from '../../helpers/text-client.ts';

/** What comes before a server that may have so many files open. */
function withLimit(files: number): string[] {
  return ['sh', '-c', `ulimit -n ${files}; exec "$@"`, 'sh'];
}

function openFiles({ pid }: TestServer): number {
  return fs.readdirSync(`/proc/${pid}/fd`).length;
}

function count(server: TestServer, text: RegExp): number {
  return server.log.filter(({ msg }) => text.test(String(msg))).length;
}

it.each([
  // Some versions of Node.js cannot even load it with so few.
  [40, /^memq-server: the process may have (too few|40) files open.*: raise ulimit -n/m],
  [100, /may have 100 files open; it needs \d+, and one for each connection: raise ulimit -n/],
])('a server that may have no more than %i files open does not start, and says why', async (files, text) => {
  const { code, stderr } = await memqServer(['--memory', '-p', '0'], { prefix: withLimit(files) });
  expect(code).toBe(78);
  expect(stderr).toMatch(text);
});

it('takes no more connections than it may have files open, and says so once when it starts and once when they are all in use', async () => {
  await using server = await startServer({ args: ['-c', '1024'], prefix: withLimit(128) });
  const { wanted, connections } = await logged(server, ({ msg }) => /too few descriptors/.test(String(msg)));
  expect(wanted).toBe(1024);
  const most = Number(connections);
  expect(most).toBeGreaterThan(10);
  expect(most).toBeLessThan(128);
  const clients: TextClient[] = [];
  for (let i = 0; i < most; i++) clients.push(await TextClient.connect(server.port));
  for (const client of clients) expect(await client.set('q', 'x'.repeat(100_000))).toBe('STORED');
  for (let i = 0; i < 20; i++) {
    using refused = await TextClient.connect(server.port);
    expect((await refused.rest()).toString()).toBe('SERVER_ERROR too many open connections\r\n');
  }
  expect(count(server, /connections are refused/)).toBe(1);
  for (const client of clients) client.close();
  await logged(server, ({ msg }) => /all connections are accepted again/.test(String(msg)));
  expect(count(server, /connections are refused/)).toBe(1);
});

it.each([
  [4000, [1024, 1024], [1024, 1024]],
  [1500, [1024, 1024], [1024, 476]],
  [1100, [1024, 1024], [825, 275]],
  [100, [1024, 1024], [75, 25]],
  [100, [1024, 10], [90, 10]],
  [100, [1024, 0], [100, 0]],
  [2, [1024, 1024], [1, 1]],
])('%i descriptors are for %j connections of memcache clients and of HTTP: %j', (left, wanted, shared) => {
  const [maxConnections, httpConnections] = wanted as [number, number];
  const { maxConnections: most, httpConnections: http } = sharedDescriptors(left, {
    maxConnections,
    httpConnections,
  });
  expect([most, http]).toEqual(shared);
});

it('connections of HTTP count, and all that are allowed can be had on both sides at once', async () => {
  await using server = await startServer({ http: true, args: ['-c', '1024'], prefix: withLimit(200) });
  const said = await logged(server, ({ msg }) => /too few descriptors/.test(String(msg)));
  expect(said).toMatchObject({ wanted: 1024, wantedHttp: 1024 });
  const [most, http] = [Number(said.connections), Number(said.httpConnections)];
  const { hostname, port } = new URL(server.url);
  const browsers = Array.from({ length: http }, () => connect(Number(port), hostname));
  onTestFinished(() => {
    for (const socket of browsers) socket.destroy();
  });
  await Promise.all(browsers.map((socket) => once(socket, 'connect')));
  const clients: TextClient[] = [];
  for (let i = 0; i < most; i++) clients.push(await TextClient.connect(server.port));
  for (const client of clients) expect(await client.set('q', 'x'.repeat(1000))).toBe('STORED');
  // One more takes the place of one that is idle.
  const closed = once(browsers[0] as Socket, 'close');
  expect((await ask(server.url, '/readyz')).text).toBe('ok\n');
  await closed;
  for (const client of clients) client.close();
  // That there are fewer than was written is nothing that a restart would change.
  await hangUp(server);
  expect(count(server, /need a restart/)).toBe(0);
});

it('has more segments than it may have files open, and reads them all', async () => {
  await using server = await startServer({
    args: ['-c', '8', '--segment-size', '64k', '--cache-size', '64k', '--sync', 'never'],
    prefix: withLimit(128),
  });
  using client = await TextClient.connect(server.port);
  const body = (i: number) => `${i} `.padEnd(20_000, 'x');
  for (let i = 0; i < 600; i++) expect(await client.set('q', body(i))).toBe('STORED');
  const segments = fs.readdirSync(server.dataDir).filter((name) => name.endsWith('.journal')).length;
  expect(segments).toBeGreaterThan(150);
  expect(openFiles(server)).toBeLessThan(128);
  await server.restart();
  await client.reconnect();
  expect(openFiles(server)).toBeLessThan(128);
  for (let i = 0; i < 600; i++) expect(await client.getText('q')).toBe(body(i));
  expect(await client.set('q', 'more')).toBe('STORED');
});
