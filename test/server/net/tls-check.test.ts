import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Certificate, makeCertificate } from '../../helpers/certificates.ts';
import { memqServer, type Result } from '../../helpers/command.ts';
import { startServer } from '../../helpers/server.ts';
import { hangUp } from '../../helpers/server-log.ts';

let directory: string;
let authority: Certificate;
let own: Certificate;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'memq-check-'));
  authority = makeCertificate(directory, 'authority');
  own = makeCertificate(directory, 'server', authority);
});
afterAll(() => rmSync(directory, { recursive: true }));

const flags = ({ cert, key }: Certificate): string[] => ['--tls-cert', cert, '--tls-key', key];
const check = (port: number, ...more: string[]): Promise<Result> =>
  memqServer(['--check', '-p', String(port), ...more]);

it('--check trusts the certificate that the server is configured with, whoever has signed it', async () => {
  await using server = await startServer({ args: ['--memory', ...flags(own)] });
  expect(await check(server.port, ...flags(own))).toMatchObject({ code: 0, stderr: '' });
});

it('--check trusts no other one, and says what to do after a renewal', async () => {
  const renewed = { cert: join(directory, 'renewed.crt'), key: join(directory, 'renewed.key') };
  copyFileSync(own.cert, renewed.cert);
  copyFileSync(own.key, renewed.key);
  await using server = await startServer({ args: ['--memory', ...flags(renewed)] });
  makeCertificate(directory, 'renewed', authority);
  expect(await check(server.port, ...flags(renewed))).toMatchObject({
    code: 69,
    stderr: expect.stringMatching(/another certificate than \S+renewed\.crt.*kill -HUP/),
  });
  await hangUp(server);
  expect(await check(server.port, ...flags(renewed))).toMatchObject({ code: 0 });
});

it('--check shows the certificate where the server wants one of its clients', async () => {
  const args = ['--memory', ...flags(own)];
  await using trusting = await startServer({ args: [...args, '--tls-ca', authority.cert] });
  expect(await check(trusting.port, ...flags(own), '--tls-ca', authority.cert)).toMatchObject({ code: 0 });

  const other = makeCertificate(directory, 'other');
  await using strict = await startServer({ args: [...args, '--tls-ca', other.cert] });
  expect(await check(strict.port, ...flags(own), '--tls-ca', other.cert)).toMatchObject({
    code: 77,
    stderr: expect.stringMatching(/takes only clients with a certificate by \S+other\.crt.*unix socket/),
  });
});
