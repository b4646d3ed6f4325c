import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { ask } from '../../helpers/http.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { until } from '../../helpers/until.ts';

const CONNECTIONS = 10_000;
const AT_ONCE = 500;
const HEAD = 'GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n';

const [, files] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
const isEnough = Number(files) > CONNECTIONS + 1000;
if (!isEnough) console.warn(`no 10,000 connections of HTTP: this process may have ${files} files open`);

/** So many connections, each of which has had an answer; the sockets that are still open. */
async function browsers(server: TestServer): Promise<Set<Socket>> {
  const { hostname, port } = new URL(server.url);
  const open = new Set<Socket>();
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
  });
  for (let i = 0; i < CONNECTIONS; i += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, async () => {
      const socket = connect(Number(port), hostname);
      open.add(socket);
      socket.on('error', () => {}).once('close', () => open.delete(socket));
      socket.write(HEAD);
      // One that is idle for a moment may have to go for those that come behind it.
      await new Promise((done) => socket.once('data', done).once('close', done));
    });
    await Promise.all(some);
  }
  return open;
}

it.runIf(isEnough)('10,000 connections stay where they may, and nobody waits for them', async () => {
  const args = ['--memory', '--http-conn-limit', String(CONNECTIONS + 10)];
  await using server = await startServer({ http: true, args });
  using client = await TextClient.connect(server.port);
  const open = await browsers(server);
  expect(open.size).toBe(CONNECTIONS);
  expect(await client.set('q', 'job')).toBe('STORED');
  const again = [...open].map((socket) => {
    const answered = once(socket, 'data');
    socket.write(HEAD);
    return answered;
  });
  for (const [answer] of await Promise.all(again)) expect(String(answer)).toMatch(/^HTTP\/1.1 200 /);
  expect(await client.getText('q')).toBe('job');
  expect(await server.stop()).toBe(0);
});

it.runIf(isEnough)(
  'of 10,000 that come only those stay that may, and whoever asks next is answered',
  async () => {
    await using server = await startServer({ http: true, args: ['--memory', '--http-conn-limit', '100'] });
    using client = await TextClient.connect(server.port);
    const open = await browsers(server);
    await until(() => open.size <= 100);
    expect((await ask(server.url, '/readyz')).text).toBe('ok\n');
    expect(await client.set('q', 'job')).toBe('STORED');
    expect(open.size).toBeGreaterThan(90);
  },
);
