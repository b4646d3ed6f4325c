import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hashPassword, newToken } from '../../server/http/passwords.ts';
import { makeCertificate } from '../helpers/certificates.ts';
import { memqOf } from '../helpers/memq.ts';
import { startServer } from '../helpers/server.ts';

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'memq-cli-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Where something answers that is no memq-server. */
async function listening(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the server', () => {
  it('is found on a unix socket', async () => {
    const socket = join(temporary(), 'http.sock');
    await using _server = await startServer({ args: ['--memory', '--http', `unix:${socket}`] });
    const memq = memqOf(`unix:${socket}`);
    expect(await memq(['enqueue', 'mail', 'x'])).toMatchObject({ code: 0, stderr: '' });
    expect((await memq(['peek', 'mail', '--raw'])).stdout).toBe('x');
  });

  it('is found below a base path', async () => {
    await using server = await startServer({ http: true, args: ['--memory', '--http-base-path', '/memq'] });
    const { origin } = new URL(server.url);
    for (const base of ['/memq', '/memq/'])
      expect(await memqOf(`${origin}${base}`)(['enqueue', 'mail', 'x'])).toMatchObject({ code: 0 });
  });

  it('gets a token, or a name and a password, and neither is ever shown', async () => {
    const users = join(temporary(), 'users');
    const { token, hash } = newToken();
    writeFileSync(users, `ci:viewer:${hash}\nann:admin:${await hashPassword('horse & cart')}\n`, {
      mode: 0o600,
    });
    await using server = await startServer({ http: true, args: ['--memory', '--http-auth-file', users] });
    const memq = memqOf(server.url);
    expect(await memq(['queues'])).toMatchObject({ code: 77, stderr: expect.stringContaining('MEMQ_TOKEN') });
    const ci = { env: { MEMQ_TOKEN: token } };
    expect(await memq(['queues'], ci)).toMatchObject({ code: 1, stderr: 'memq: there are no queues yet\n' });
    expect(await memq(['enqueue', 'mail', 'x'], ci)).toMatchObject({ code: 77, stdout: '' });
    const named = (password: string) =>
      memqOf(server.url.replace('//', `//ann:${encodeURIComponent(password)}@`));
    expect(await named('horse & cart')(['enqueue', 'mail', 'x'])).toMatchObject({ code: 0 });
    const refused = await named('wrong-horse')(['queues']);
    expect(refused.code).toBe(77);
    await server.kill();
    const gone = await named('horse-cart')(['queues']);
    expect(gone.code).toBe(69);
    expect(refused.stderr + gone.stderr).not.toMatch(/horse/);
  });

  it('has to have a certificate of an authority that is known', async () => {
    const directory = temporary();
    const authority = makeCertificate(directory, 'authority');
    const { cert, key } = makeCertificate(directory, 'server', authority);
    const tls = ['--http-tls-cert', cert, '--http-tls-key', key];
    await using server = await startServer({ http: true, args: ['--memory', ...tls] });
    const memq = memqOf(server.url.replace('127.0.0.1', 'localhost'));
    expect(await memq(['queues'])).toMatchObject({ code: 69, stderr: expect.stringContaining('--cacert') });
    expect(await memq(['queues', '--cacert', authority.cert])).toMatchObject({ code: 1 });
    expect(await memq(['queues', '--cacert', join(directory, 'none')])).toMatchObject({ code: 78 });
  });

  it('is named by --url rather than by MEMQ_URL', async () => {
    await using server = await startServer({ http: true, args: ['--memory'] });
    expect(await memqOf('http://127.0.0.1:1')(['--url', server.url, 'queues'])).toMatchObject({ code: 1 });
    expect(await memqOf(server.url)(['queues', '--url', 'unix:/nonexistent/x'])).toMatchObject({
      code: 69,
      stderr: expect.stringMatching(
        /^memq: no server at unix:\/nonexistent\/x .*: start memq-server, or name/,
      ),
    });
  });

  it.for(['', 'ftp://x', 'localhost:22202', 'http://', 'unix:'])('is not named by "%s"', async (url) => {
    expect(await memqOf(url)(['queues'])).toMatchObject({
      code: 78,
      stdout: '',
      stderr: expect.stringContaining('write http://HOST:PORT'),
    });
  });
});

describe('something else', () => {
  it.for([
    ['a page', 200, 'text/html', '<html>'],
    ['a page that is not there', 404, 'text/html', '<html>'],
    ['a way to another place', 302, 'text/html', ''],
    ['the error of a proxy', 502, 'text/html', '<html>'],
    ['JSON of its own', 404, 'application/json', '{"error":"no"}'],
    ['what is no JSON', 200, 'application/json', '{'],
  ] as const)('that answers with %s is told to be so', async ([_what, status, type, body]) => {
    const url = await listening((_request, response) => {
      response.writeHead(status, { 'content-type': type }).end(body);
    });
    expect(await memqOf(url)(['queues'])).toMatchObject({
      code: 69,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(`^memq: http://127.0.0.1:\\d+ answers ${status}, but not as memq does: .*\\n$`),
      ),
    });
  });

  it('that hangs up is no server', async () => {
    const url = await listening((_request, response) => response.destroy());
    expect(await memqOf(url)(['queues'])).toMatchObject({
      code: 69,
      stderr: expect.stringContaining('no server'),
    });
  });
});

it('a problem is told in a sentence with the places that are wrong and nothing that moves the cursor', async () => {
  const problem = {
    type: 'about:blank',
    title: 'Invalid',
    status: 422,
    code: 'invalid',
    detail: 'no \u001b[2J',
    errors: [
      { pointer: '/delay', detail: 'is not a time' },
      { pointer: '/id', detail: 'is empty' },
    ],
  };
  const url = await listening((_request, response) => {
    response.writeHead(422, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
  });
  expect(await memqOf(url)(['enqueue', 'mail', 'x'])).toEqual({
    code: 65,
    stdout: '',
    stderr: 'memq: no \\u{1b}[2J; /delay: is not a time; /id: is empty\n',
  });
});
