import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { newToken } from '../../../server/http/passwords.ts';
import { ask } from '../../helpers/http.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { hangUp } from '../../helpers/server-log.ts';

const PATH = '/api/openapi.json';

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'memq-host-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

function to(server: TestServer, host: string, path = PATH) {
  return ask(server.url, path, { headers: { host } });
}

it.each([
  '127.0.0.1',
  '127.0.0.1:80',
  '10.1.2.3:22202',
  '[::1]:22202',
  'localhost',
  'LOCALHOST:1',
  'localhost.',
])('a request to %s is answered', async (host) => {
  await using server = await startServer({ http: true, args: ['--memory'] });
  expect((await to(server, host)).status).toBe(200);
});

it('a request to the name of somebody else is refused, but for a look at its health', async () => {
  await using server = await startServer({
    http: true,
    args: ['--memory', '--http-host', 'memq.example.com,Other.example'],
  });
  for (const host of [
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'example.com',
    '0x7f000001',
  ])
    expect([host, await to(server, host)]).toMatchObject([host, { status: 421, code: 'unknown-host' }]);
  for (const host of ['memq.example.com', 'MEMQ.example.com:8443', 'other.example.'])
    expect([host, (await to(server, host)).status]).toEqual([host, 200]);
  expect(await to(server, 'evil.example', '/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
  expect(await to(server, 'evil.example', '/readyz')).toMatchObject({ status: 200, text: 'ok\n' });
  expect(await to(server, 'evil.example', '/metrics')).toMatchObject({ status: 421 });
});

it('a request with a token is answered, whatever the host', async () => {
  const users = join(directory(), 'users');
  const { token, hash } = newToken();
  writeFileSync(users, `ci:viewer:${hash}\n`, { mode: 0o600 });
  await using server = await startServer({ http: true, args: ['--memory', '--http-auth-file', users] });
  const headers = { host: 'queue.internal' };
  expect((await ask(server.url, PATH, { headers, bearer: token })).status).toBe(200);
  expect((await ask(server.url, PATH, { headers, bearer: `${token}x` })).status).toBe(421);
  expect((await ask(server.url, PATH, { headers, basic: 'ci:x' })).status).toBe(421);
});

it('names are read again on HUP', async () => {
  const file = join(directory(), 'memq.ini');
  writeFileSync(file, '');
  await using server = await startServer({ http: true, args: ['--memory', '--config', file] });
  expect((await to(server, 'memq.example.com')).status).toBe(421);
  writeFileSync(file, 'http_host = memq.example.com');
  await hangUp(server);
  expect((await to(server, 'memq.example.com')).status).toBe(200);
  expect(server.log.filter(({ msg }) => msg === 'these need a restart')).toEqual([]);
});

it('HTTP/1.0 without a host is answered: load balancers ask so', async () => {
  await using server = await startServer({ http: true, args: ['--memory'] });
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.end('GET /readyz HTTP/1.0\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 .*\r\nok\n$/s);
});
