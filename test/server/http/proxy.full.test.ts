import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { newToken } from '../../../server/http/passwords.ts';
import { ask } from '../../helpers/http.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { logged } from '../../helpers/server-log.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-proxy-'));
const users = join(directory, 'users');
const { token, hash } = newToken();
writeFileSync(users, `alice:viewer:*\nwang 王:admin:*\nci:admin:${hash}\n`, { mode: 0o600 });
const PATH = '/api/openapi.json';
const LOGIN = ['--memory', '--http-auth-file', users, '--http-user-header', 'X-Remote-User'];

afterAll(() => rmSync(directory, { recursive: true }));

function statusOf(server: TestServer, headers: Record<string, string>, path = PATH, method = 'GET') {
  return ask(server.url, path, { headers, method }).then(({ status }) => status);
}

it('a trusted proxy says who has logged in; the file says what they may do', async () => {
  await using server = await startServer({
    http: true,
    args: [...LOGIN, '--http-proxy', '10.1.1.1,127.0.0.1'],
  });
  expect(await statusOf(server, { 'x-remote-user': 'alice' })).toBe(200);
  expect(await statusOf(server, { 'x-remote-user': 'alice' }, '/api/v1/x', 'POST')).toBe(403);
  expect(
    await statusOf(
      server,
      { 'x-remote-user': Buffer.from('wang 王').toString('latin1') },
      '/api/v1/x',
      'POST',
    ),
  ).toBe(404);
  expect(await statusOf(server, { 'x-remote-user': 'mallory' })).toBe(401);
  expect(await statusOf(server, { 'x-remote-user': 'alice, ci' })).toBe(401);
  expect(await statusOf(server, {})).toBe(401);
  // A script behind the proxy has its token.
  expect(await statusOf(server, { authorization: `Bearer ${token}` })).toBe(200);
});

it('from anybody else the header means nothing, nor do the X-Forwarded headers', async () => {
  await using server = await startServer({ http: true, args: [...LOGIN, '--http-proxy', '10.1.1.1'] });
  expect(await statusOf(server, { 'x-remote-user': 'alice' })).toBe(401);
  expect(await statusOf(server, { 'x-remote-user': 'alice', 'x-forwarded-for': '10.1.1.1' })).toBe(401);
  const headers = {
    authorization: `Bearer ${token}`,
    'x-forwarded-for': '10.9.9.9',
    'x-remote-user': 'alice',
  };
  const before = server.log.length;
  expect(await statusOf(server, headers, '/api/v1/x', 'POST')).toBe(404);
  await logged(
    server,
    ({ msg, address, user }) => msg === 'action' && address === '127.0.0.1' && user === 'ci',
    before,
  );
  expect(await statusOf(server, { 'x-forwarded-host': 'localhost', host: 'evil.example' })).toBe(421);
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['192.0.2.7, 127.0.0.1', '192.0.2.7'],
  ['10.0.0.1, 192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8::1', '2001:db8::1'],
  ['192.0.2.7, nonsense', '127.0.0.1'],
  ['', '127.0.0.1'],
])('who comes by a proxy that says %j is %s', async (forwarded, address) => {
  await using server = await startServer({ http: true, args: ['--memory', '--http-proxy', '127.0.0.1'] });
  await statusOf(server, { 'x-forwarded-for': forwarded }, '/api/v1/x', 'DELETE');
  await logged(server, (entry) => entry.msg === 'action' && entry.address === address);
});

it('the host that the proxy was asked for is what counts', async () => {
  await using server = await startServer({
    http: true,
    args: ['--memory', '--http-proxy', '127.0.0.1', '--http-host', 'memq.example.com'],
  });
  expect(await statusOf(server, { 'x-forwarded-host': 'memq.example.com' })).toBe(200);
  expect(await statusOf(server, { 'x-forwarded-host': 'evil.example' })).toBe(421);
});

it('a proxy that comes by the unix socket', async () => {
  const url = join(directory, 'http.sock');
  await using server = await startServer({
    args: [...LOGIN, '--http', `unix:${url}`, '--http-proxy', 'unix'],
  });
  expect(await statusOf(server, { 'x-remote-user': 'alice' })).toBe(200);
  await using other = await startServer({
    args: [...LOGIN, '--http', `unix:${url}2`, '--http-proxy', '127.0.0.1'],
  });
  expect(await statusOf(other, { 'x-remote-user': 'alice' })).toBe(401);
});

const own = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address;

it.skipIf(own === undefined)(
  'without users only the proxy comes from elsewhere (a machine has to have an address)',
  async () => {
    await using server = await startServer({
      args: ['--memory', '--http', '0.0.0.0:0', '--http-proxy', '192.0.2.1'],
    });
    const { port } = new URL(server.url);
    expect((await ask(`http://127.0.0.1:${port}`, PATH)).status).toBe(200);
    expect(await ask(`http://${own}:${port}`, PATH)).toMatchObject({ status: 403, code: 'not-a-proxy' });
    await using trusting = await startServer({
      args: ['--memory', '--http', '0.0.0.0:0', '--http-proxy', own as string],
    });
    expect((await ask(`http://${own}:${new URL(trusting.url).port}`, PATH)).status).toBe(200);
  },
);

it('who resets the connection behind a request is not taken for the unix socket', async () => {
  await using server = await startServer({ http: true, args: [...LOGIN, '--http-proxy', 'unix'] });
  const { hostname, port } = new URL(server.url);
  const request = 'PUT /api/v1/queues/q/pause HTTP/1.1\r\nHost: localhost\r\nX-Remote-User: ann\r\n\r\n';
  for (let i = 0; i < 20; i++) {
    const socket = connect(Number(port), hostname);
    const closed = once(socket, 'close');
    socket.on('error', () => {});
    socket.write(request.replace('ann', Buffer.from('wang 王').toString('latin1')), 'latin1', () =>
      socket.resetAndDestroy(),
    );
    await closed;
  }
  const { text } = await ask(server.url, '/api/v1/queues', { bearer: token });
  expect(JSON.parse(text).items).toEqual([]);
});
