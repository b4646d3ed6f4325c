import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeCertificate } from '../../helpers/certificates.ts';
import { memqServer } from '../../helpers/command.ts';
import { ask } from '../../helpers/http.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { hangUp } from '../../helpers/server-log.ts';

const check = (server: TestServer, ...flags: string[]) =>
  memqServer(['--check', '-p', String(server.port), ...flags]);
const addressOf = ({ url }: TestServer) => url.replace(/^https?:\/\/|\/memq$/g, '');

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'memq-check-http-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

it('--check says that HTTP answers where it is to, and nothing of it where it is off', async () => {
  const path = join(directory(), 'http.sock');
  await using server = await startServer({ http: true, args: ['--memory', '--http-base-path', '/memq'] });
  expect(await check(server, '--http', addressOf(server), '--http-base-path', '/memq')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      new RegExp(`^memq-server .*, has 0 messages in 0 queues; HTTP at http://${addressOf(server)}\n$`),
    ),
  });
  for (const http of ['none', '127.0.0.1:0'])
    expect(await check(server, '--http', http)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/0 queues\n$/),
    });
  await using local = await startServer({ args: ['--memory', '--http', `unix:${path}`] });
  expect((await check(local, '--http', `unix:${path}`)).stdout).toMatch(`; HTTP at unix:${path}\n`);
});

it('--check fails where the address of HTTP was named, and nobody, or another program, is there', async () => {
  await using server = await startServer({ args: ['--memory'] });
  const other = createServer((_request, response) => response.end('\u001b[2Jhello'.repeat(1000))).listen(
    0,
    '127.0.0.1',
  );
  onTestFinished(() => {
    other.closeAllConnections();
    other.close();
  });
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  expect(await check(server, '--http', `127.0.0.1:${port}`)).toMatchObject({
    code: 69,
    stdout: '',
    stderr: expect.stringMatching(
      /no HTTP at http:\/\/127.0.0.1:\d+: what listens there says "\\u001b\[2Jhello/,
    ),
  });
  const { code, stderr } = await check(server, '--http', `unix:${join(directory(), 'none')}`);
  expect([code, stderr]).toEqual([69, expect.stringMatching(/^memq-server: no HTTP at unix:.*ENOENT/)]);
});

it('--check needs no HTTP at the default address, which another program may have', async () => {
  await using server = await startServer({ args: ['--memory'] });
  const { code, stdout } = await check(server);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/; (?:no )?HTTP at http:\/\/127\.0\.0\.1:22202/)]);
});

it('--check trusts the certificate that HTTPS is configured with, and no other one', async () => {
  const made = directory();
  const own = makeCertificate(made, 'own');
  const used = { cert: join(made, 'used.crt'), key: join(made, 'used.key') };
  const use = ({ cert, key }: typeof own) => {
    copyFileSync(cert, used.cert);
    copyFileSync(key, used.key);
  };
  use(own);
  const tls = ['--http-tls-cert', used.cert, '--http-tls-key', used.key];
  await using server = await startServer({ http: true, args: ['--memory', ...tls] });
  const checked = () => check(server, '--http', addressOf(server), ...tls);
  expect((await checked()).stdout).toContain(`; HTTP at ${server.url}\n`);
  use(makeCertificate(made, 'renewed'));
  expect(await checked()).toMatchObject({
    code: 69,
    stderr: expect.stringMatching(/another certificate than \S+used\.crt.*kill -HUP/),
  });
  await hangUp(server);
  expect(await checked()).toMatchObject({ code: 0 });
  expect((await ask(server.url, '/readyz', { rejectUnauthorized: false })).text).toBe('ok\n');
});
