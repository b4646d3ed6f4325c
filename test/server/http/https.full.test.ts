import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { newToken } from '../../../server/http/passwords.ts';
import { type Certificate, makeCertificate } from '../../helpers/certificates.ts';
import { ask } from '../../helpers/http.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { hangUp, logged } from '../../helpers/server-log.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-https-'));
let memcache: Certificate;
let own: Certificate;

beforeAll(() => {
  memcache = makeCertificate(directory, 'memcache');
  own = makeCertificate(directory, 'own');
});
afterAll(() => rmSync(directory, { recursive: true }));

const flags = ({ cert, key }: Certificate) => ['--http-tls-cert', cert, '--http-tls-key', key];

/** The status of a request of somebody who trusts this certificate alone; rejects where it is another. */
async function statusBy({ cert }: Certificate, server: TestServer, path = '/readyz'): Promise<number> {
  const trusting = { ca: readFileSync(cert), servername: 'localhost' };
  return (await ask(server.url, path, trusting as object)).status;
}

it('is served with its own certificate, and nothing is without', async () => {
  await using server = await startServer({ http: true, args: ['--memory', ...flags(own)] });
  expect(server.url).toMatch(/^https:/);
  expect(await statusBy(own, server)).toBe(200);
  expect(await statusBy(own, server, '/api/openapi.json')).toBe(200);
  await expect(statusBy(memcache, server)).rejects.toThrow(/self-signed/);
  const { hostname, port } = new URL(server.url);
  const plain = connectPlain(Number(port), hostname);
  plain.end('GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect(await text(plain).catch(() => '')).not.toContain('ok');
  expect(await statusBy(own, server)).toBe(200);
});

it('is served with the certificate of the memcache side where it has none; a unix socket has no use for one', async () => {
  const tls = ['--memory', '--tls-cert', memcache.cert, '--tls-key', memcache.key];
  await using server = await startServer({ http: true, args: tls });
  expect(await statusBy(memcache, server)).toBe(200);
  await using both = await startServer({ http: true, args: [...tls, ...flags(own)] });
  expect(await statusBy(own, both)).toBe(200);
  const path = join(directory, 'http.sock');
  await using local = await startServer({ args: [...tls, '--http', `unix:${path}`] });
  expect(await ask(local.url, '/readyz')).toMatchObject({ text: 'ok\n' });
});

it('speaks no TLS older than 1.2', async () => {
  await using server = await startServer({ http: true, args: ['--memory', ...flags(own)] });
  const { hostname: host, port } = new URL(server.url);
  const speak = (maxVersion: 'TLSv1.1' | 'TLSv1.2') =>
    new Promise((resolve, reject) => {
      const options = { minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
      const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ...options });
      socket.once('secureConnect', () => resolve(socket.getProtocol())).once('error', reject);
      onTestFinished(() => {
        socket.destroy();
      });
    });
  expect(await speak('TLSv1.2')).toBe('TLSv1.2');
  await expect(speak('TLSv1.1')).rejects.toThrow();
});

it('a certificate is read again on HUP, for connections to come; a broken one changes nothing', async () => {
  const used = { cert: join(directory, 'used.crt'), key: join(directory, 'used.key') };
  const use = ({ cert, key }: Certificate) => {
    copyFileSync(cert, used.cert);
    copyFileSync(key, used.key);
  };
  use(own);
  await using server = await startServer({ http: true, args: ['--memory', ...flags(used)] });
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 1,
    ca: readFileSync(own.cert),
    servername: 'localhost',
  });
  onTestFinished(() => agent.destroy());
  const onOldConnection = () =>
    new Promise<number>((resolve, reject) =>
      request(`${server.url}/readyz`, { agent }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode as number));
      })
        .once('error', reject)
        .end(),
    );
  expect(await onOldConnection()).toBe(200);
  const renewed = makeCertificate(directory, 'renewed');
  use(renewed);
  expect(await statusBy(own, server)).toBe(200);
  await hangUp(server);
  expect(await statusBy(renewed, server)).toBe(200);
  await expect(statusBy(own, server)).rejects.toThrow(/self-signed/);
  expect(await onOldConnection()).toBe(200);
  writeFileSync(used.cert, 'no certificate');
  expect(await hangUp(server)).toMatchObject({
    msg: 'nothing was changed',
    error: expect.stringMatching(/used\.crt \(http_tls_cert\) has no certificate in PEM/),
  });
  expect(await statusBy(renewed, server)).toBe(200);
});

it('beyond this machine the server warns where passwords can be read on the way, and only there', async () => {
  const users = join(directory, 'users');
  writeFileSync(users, `ci:viewer:${newToken().hash}\n`, { mode: 0o600 });
  const args = ['--memory', '--http', '0.0.0.0:0', '--http-auth-file', users];
  const isWarning = ({ level, msg }: Record<string, unknown>) =>
    level === 40 && /can be read on the way/.test(String(msg));
  await using plain = await startServer({ args });
  await logged(plain, isWarning);
  for (const more of [flags(own), ['--http-proxy', '10.0.0.1']]) {
    await using guarded = await startServer({ args: [...args, ...more] });
    await logged(guarded, ({ msg }) => msg === 'listening');
    expect(guarded.log.filter(isWarning)).toEqual([]);
  }
});
