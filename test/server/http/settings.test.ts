import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../server/config/config.ts';
import type { Written } from '../../../server/config/settings.ts';
import { newToken } from '../../../server/http/passwords.ts';
import { memqServer } from '../../helpers/command.ts';
import { ask } from '../../helpers/http.ts';
import { startServer } from '../../helpers/server.ts';
import { hangUp, logged } from '../../helpers/server-log.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-http-settings-'));
const memcacheUsers = join(directory, 'memcache-users');
const httpUsers = join(directory, 'http-users');
const socket = join(directory, 'http.sock');
const { token, hash } = newToken();
writeFileSync(memcacheUsers, 'web:secret\n', { mode: 0o600 });
writeFileSync(httpUsers, `ci:admin:${hash}\n`, { mode: 0o600 });

afterAll(() => rmSync(directory, { recursive: true }));

function read(flags: Record<string, string>) {
  return readConfig(
    Object.entries(flags).map(([name, text]): Written => ({ name, text, where: `--${name}`, directory: '' })),
    undefined,
  );
}

describe('--http', () => {
  it.each([
    [undefined, { host: '127.0.0.1', port: 22202 }],
    ['8080', { host: '127.0.0.1', port: 8080 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['unix:/run/memq/http.sock', { path: '/run/memq/http.sock' }],
    ['none', undefined],
  ])('%s is served at %o', async (http, place) => {
    expect((await read(http === undefined ? {} : { http })).httpPlace).toEqual(place);
  });

  it('by itself it is not where memcache clients are kept out, unless HTTP has users of its own', async () => {
    const tls = { 'tls-cert': 'c', 'tls-key': 'k', 'tls-ca': 'a' };
    for (const guard of [{ 'auth-file': memcacheUsers }, tls, { 'unix-socket': 's' }] as Record<
      string,
      string
    >[]) {
      expect(await read(guard)).toMatchObject({
        httpPlace: undefined,
        whyNoHttp: expect.stringMatching(/^no HTTP, since .*--http-auth-file/),
      });
      expect(await read({ ...guard, 'http-auth-file': httpUsers })).toMatchObject({
        httpPlace: { port: 22202 },
        whyNoHttp: undefined,
      });
      expect(await read({ ...guard, http: 'none' })).toMatchObject({
        httpPlace: undefined,
        whyNoHttp: undefined,
      });
      expect(await read({ ...guard, http: 'unix:s' })).toMatchObject({ httpPlace: { path: 's' } });
      await expect(read({ ...guard, http: '22202' })).rejects.toMatchObject({
        exitCode: 78,
        message: expect.stringMatching(/^--http: it needs http_auth_file/),
      });
    }
    expect(await read({ 'unix-socket': 's', port: '1' })).toMatchObject({ httpPlace: { port: 22202 } });
  });

  it('beyond this machine it needs users, or a proxy', async () => {
    for (const http of ['0.0.0.0:1', '[::]:1', '10.0.0.7:1', 'queue.example:1']) {
      await expect(read({ http })).rejects.toMatchObject({
        exitCode: 78,
        message: expect.stringMatching(/^--http: whoever reaches .* could do all/),
      });
      expect(await read({ http, 'http-auth-file': httpUsers })).toMatchObject({ httpPlace: { port: 1 } });
      expect(await read({ http, 'http-proxy': '10.0.0.1' })).toMatchObject({ httpPlace: { port: 1 } });
    }
    for (const http of ['127.8.8.8:1', '[::1]:1', 'localhost:1'])
      expect(await read({ http })).toMatchObject({ httpPlace: { port: 1 } });
  });
});

it.each([
  [{ 'http-tls-cert': 'c' }, /^--http-tls-cert: it needs http_tls_key/],
  [{ 'http-tls-key': 'c' }, /^--http-tls-key: it needs http_tls_cert/],
  [{ 'http-user-header': 'X-User', 'http-auth-file': 'f' }, /^--http-user-header: it needs http_proxy/],
  [{ 'http-user-header': 'X-User', 'http-proxy': '::1' }, /^--http-user-header: it needs http_auth_file/],
  [{ 'http-user-header': 'X User' }, /no name of a header/],
  [{ 'http-proxy': '10.0.0.1,' }, /empty/],
  [{ 'http-proxy': 'proxy.example' }, /^--http-proxy: "proxy.example" is neither an IP address nor unix/],
  [{ 'http-host': 'https://memq.example' }, /is a URL/],
  [{ 'http-base-path': 'memq' }, /no path such as \/memq/],
  [{ 'http-base-path': '/a/../b' }, /no path such as/],
  [{ http: '127.0.0.1:x' }, /^--http: /],
])('%o is refused', async (flags, why) => {
  await expect(read(flags as Record<string, string>)).rejects.toThrow(why);
});

it('a base path has no slash at its end', async () => {
  expect((await read({ 'http-base-path': '/memq/' })).httpBasePath).toBe('/memq');
  expect((await read({ 'http-base-path': '/' })).httpBasePath).toBe('');
});

it('HTTPS has the certificate of memcache, unless it has its own', async () => {
  const tls = { 'tls-cert': 'c', 'tls-key': 'k' };
  expect((await read({})).httpTls).toBeUndefined();
  expect((await read(tls)).httpTls).toEqual({ cert: 'c', key: 'k' });
  const own = { 'http-tls-cert': 'hc', 'http-tls-key': 'hk' };
  expect((await read({ ...tls, ...own })).httpTls).toEqual({ cert: 'hc', key: 'hk' });
});

describe('a start', () => {
  it('with a port of its own that another has fails', async () => {
    await using first = await startServer({ http: true, args: ['--memory'] });
    const address = first.url.replace('http://', '');
    const { code, stderr } = await memqServer(['--memory', '-p', '0', '--http', address]);
    expect([code, stderr]).toEqual([69, expect.stringContaining(`cannot listen on ${address}`)]);
  });

  it('where the default port is taken goes on without, in one line', async () => {
    // The servers of other tests may have it; then it is taken all the same.
    const taken = createServer().on('error', () => {});
    await new Promise<void>((resolve) =>
      taken.listen(22202, '127.0.0.1', resolve).once('error', () => resolve()),
    );
    const prefix = ['env', '-C', directory];
    const { stderr, code } = await memqServer(['--memory', '-p', '0'], {
      prefix,
      onStart: (child) =>
        child.stderr?.on('data', (text) => {
          if (String(text).includes('"listening"')) child.kill('SIGTERM');
        }),
    });
    taken.close();
    expect(code).toBe(0);
    const lines = stderr.split('\n').filter((line) => /HTTP/.test(line));
    expect(lines).toEqual([
      expect.stringMatching(/cannot listen on 127.0.0.1:22202.*EADDRINUSE.*no HTTP: name another/),
    ]);
  });

  it('without HTTP says why where clients are kept out', async () => {
    const { stderr } = await memqServer(['--memory', '-p', '0', '-Y', memcacheUsers], {
      onStart: (child) =>
        child.stderr?.on('data', (text) => {
          if (String(text).includes('"listening"')) child.kill('SIGTERM');
        }),
    });
    expect(stderr).toMatch(
      /no HTTP, since memcache clients have to log in: name its users with --http-auth-file/,
    );
  });

  it('beyond this machine warns that the line can be listened on', async () => {
    const args = ['--memory', '--http', '0.0.0.0:0', '--http-auth-file', httpUsers];
    await using server = await startServer({ args });
    expect(server.log).toContainEqual(
      expect.objectContaining({ msg: expect.stringMatching(/^passwords and messages can be read/) }),
    );
    await using proxied = await startServer({ args: [...args, '--http-proxy', '127.0.0.1'] });
    expect(proxied.log.filter(({ msg }) => /can be read/.test(String(msg)))).toEqual([]);
  });

  it('tells all mistakes at once', async () => {
    const { code, stderr } = await memqServer([
      '--memory',
      '--http',
      '0.0.0.0:1',
      '--http-tls-cert',
      join(directory, 'none'),
      '-Y',
      join(directory, 'none'),
    ]);
    expect(code).toBe(78);
    expect(stderr).toMatch(/--http: it needs http_auth_file/);
    expect(stderr).toMatch(/--http-tls-cert: it needs http_tls_key/);
    expect(stderr).toMatch(/\(auth_file\) cannot be read/);
  });
});

it('--check-config looks at the users and certificates of HTTP', async () => {
  const broken = join(directory, 'broken');
  writeFileSync(broken, `a:boss:*\nb:viewer:plain\nc:viewer\n\n# d\n${'ci:viewer:*\n'.repeat(2)}`);
  const none = join(directory, 'none');
  const { code, stderr } = await memqServer([
    '--check-config',
    '--http-auth-file',
    broken,
    '--http-tls-cert',
    none,
    '--http-tls-key',
    none,
  ]);
  expect(code).toBe(78);
  expect(stderr.split('\n')).toEqual([
    expect.stringContaining(`${broken}:1: "boss" is not metrics or viewer or operator or admin`),
    `${broken}:2: the hash of b is none that http-user prints`,
    `${broken}:3: it must be name:role:hash`,
    `${broken}:7: ci is already there`,
    expect.stringContaining(`${none} (http_tls_cert) cannot be read`),
    expect.stringContaining(`${none} (http_tls_key) cannot be read`),
    '',
  ]);
});

it('a unix socket has its mode, serves whatever the host is, is replaced when it is stale, and goes with the server', async () => {
  const args = ['--memory', '--http', `unix:${socket}`, '-a', '600'];
  await using server = await startServer({ args });
  expect(server.url).toBe(`unix:${socket}`);
  expect((statSync(socket).mode & 0o777).toString(8)).toBe('600');
  expect((await ask(server.url, '/api/openapi.json', { headers: { host: 'whatever.example' } })).status).toBe(
    200,
  );
  await server.kill();
  expect(statSync(socket).isSocket()).toBe(true);
  await using second = await startServer({ args });
  expect((await ask(second.url, '/readyz')).text).toBe('ok\n');
  expect((await memqServer(['-p', '0', ...args])).code).toBe(69);
  expect(await second.stop()).toBe(0);
  expect(statSync(socket, { throwIfNoEntry: false })).toBeUndefined();
});

it('a base path is taken away where a proxy leaves it, and nowhere else', async () => {
  await using server = await startServer({ http: true, args: ['--memory', '--http-base-path', '/memq/'] });
  expect(server.url).toMatch(/:\d+\/memq$/);
  const root = new URL('/', server.url).origin;
  const statusOf = async (path: string) => (await ask(root, path)).status;
  expect(await statusOf('/memq/api/openapi.json')).toBe(200);
  expect(await statusOf('/api/openapi.json')).toBe(200);
  expect(await statusOf('/memq/memq/api/openapi.json')).toBe(404);
  expect(await statusOf('/memqapi/openapi.json')).toBe(404);
  expect(JSON.parse((await ask(server.url, '/api/openapi.json')).text).servers).toEqual([{ url: '/memq' }]);
});

it('HUP: users come and go; what would open the server to everybody changes nothing', async () => {
  const file = join(directory, 'memq.ini');
  const text = `http = 0.0.0.0:0\nhttp_auth_file = ${httpUsers}\n`;
  writeFileSync(file, text);
  await using server = await startServer({ args: ['--config', file, '--http', '0.0.0.0:0'] });
  const statusOf = async () => (await ask(server.url, '/api/openapi.json', { bearer: token })).status;
  expect(await statusOf()).toBe(200);
  writeFileSync(httpUsers, `other:viewer:${newToken().hash}\n`);
  await hangUp(server);
  expect(await statusOf()).toBe(401);
  for (const wrong of ['http = 127.0.0.1:22202\n', '']) {
    writeFileSync(file, wrong);
    expect(await hangUp(server)).toMatchObject({
      msg: 'nothing was changed',
      error: expect.stringMatching(/could do all/),
    });
    expect(await statusOf()).toBe(401);
  }
  writeFileSync(file, text);
  writeFileSync(httpUsers, `ci:admin:${hash}\n`);
  await hangUp(server);
  expect(await statusOf()).toBe(200);
  const from = server.log.length;
  writeFileSync(file, `${text}http_conn_limit = 7\nhttp_readonly = yes\n`);
  await hangUp(server);
  await logged(server, ({ settings }) => JSON.stringify(settings) === '["http-conn-limit"]', from);
  expect(await ask(server.url, '/api/v1/x', { method: 'POST', bearer: token })).toMatchObject({
    code: 'read-only',
  });
});
