import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, describe, expect, onTestFinished } from 'vitest';
import { connect, type Producer } from '../../shared/client.ts';
import type { ConnectOptions } from '../../shared/connect-options.ts';
import { type MemqError, NotAllowedError, UnreachableError, WrongServerError } from '../../shared/errors.ts';
import { withServer } from '../fixtures/server.ts';
import { type Certificate, makeCertificate } from '../helpers/certificates.ts';
import { startServer } from '../helpers/server.ts';
import { openTunnel } from '../helpers/tunnel.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-connect-'));
const authority = makeCertificate(directory, 'authority');
const own = makeCertificate(directory, 'server', authority);
const known = makeCertificate(directory, 'known', authority);
const stranger = makeCertificate(directory, 'stranger');
const ca = authority.cert;

afterAll(() => rmSync(directory, { recursive: true }));

function flags({ cert, key }: Certificate, ...more: string[]): string[] {
  return ['--memory', '--tls-cert', cert, '--tls-key', key, ...more];
}

const it = withServer(flags(own));

/** A producer, until the end of the test. */
function producer(options: ConnectOptions): Producer {
  const made = connect({ timeout: 600, ...options });
  onTestFinished(() => made.close());
  return made;
}

/** What a producer is told. */
async function refusal(options: ConnectOptions): Promise<MemqError> {
  const stored = producer(options).enqueue('q', 'f');
  return stored.then(
    () => expect.fail('the job was stored'),
    (error: MemqError) => error,
  );
}

describe('connect over TLS', () => {
  it.for<[string, ConnectOptions]>([
    ['the file of an authority', { ca, host: 'localhost', tls: true }],
    ['the PEM of an authority', { ca: readFileSync(ca, 'utf8'), host: 'localhost', tls: {} }],
    ['a buffer with it', { ca: readFileSync(ca), host: 'localhost', tls: true }],
    ['a name for an address', { ca, host: '127.0.0.1', tls: { servername: 'localhost' } }],
    ['a certificate that nobody asks for', { ca, tls: { servername: 'localhost', ...known } }],
  ])('stores jobs with %s', async ([_, options], { server: { port } }) => {
    const jobs = producer({ port, ...options });
    await jobs.enqueue('q', 'f', ['a'.repeat(200_000)], { id: 'large' });
    expect(await jobs.status('q', 'large')).toMatchObject({ state: 'waiting' });
    expect(await jobs.cancel('q', 'large')).toBe(true);
  });

  it('logs in', async () => {
    const users = join(directory, 'users');
    writeFileSync(users, 'me:secret\n');
    await using locked = await startServer({ args: flags(own, '-Y', users) });
    const options: ConnectOptions = { port: locked.port, host: 'localhost', ca, tls: true };
    await producer({ ...options, username: 'me', password: 'secret' }).enqueue('q', 'f');
    expect(await refusal({ ...options, username: 'me', password: 'wrong' })).toBeInstanceOf(NotAllowedError);
    expect((await refusal(options)).message).toContain('wants a login');
  });

  it('connects anew when the connection was lost, also to a server with a new certificate', async () => {
    const used = { cert: join(directory, 'used.crt'), key: join(directory, 'used.key') };
    const use = ({ cert, key }: Certificate) => {
      writeFileSync(used.cert, readFileSync(cert));
      writeFileSync(used.key, readFileSync(key));
    };
    use(own);
    await using server = await startServer({ args: flags(used) });
    await using tunnel = await openTunnel(() => net.connect(server.port, '127.0.0.1'));
    const jobs = producer({ port: tunnel.port, ca, tls: { servername: 'localhost' } });
    await jobs.enqueue('q', 'f');
    // One that is under way may not have heard yet that the connection is lost.
    const enqueue = () => jobs.enqueue('q', 'f').catch(() => jobs.enqueue('q', 'f'));
    tunnel.cut();
    await enqueue();
    use(makeCertificate(directory, 'renewed', authority));
    await server.restart();
    await enqueue();
    use(stranger);
    await server.restart();
    await expect(enqueue()).rejects.toThrow('no authority in ca has signed its certificate');
  });
});

describe('a server that is not the right one is sent nothing', () => {
  it.for<[string, ConnectOptions, string]>([
    [
      'of another authority',
      { ca: stranger.cert, host: 'localhost', tls: true },
      'cannot be trusted: no authority in ca has signed its certificate: correct ca, or the address',
    ],
    [
      'of an authority that nobody has named',
      { host: 'localhost', tls: true },
      "cannot be trusted: no authority that Node.js knows has signed its certificate: name the file with the server's authority in ca",
    ],
    [
      'by an address that is not in its certificate',
      { ca, tls: true },
      'cannot be trusted: its certificate is for DNS:localhost, not for 127.0.0.1: correct host, or set tls.servername to',
    ],
    [
      'with another name',
      { ca, tls: { servername: 'memq.example' } },
      'cannot be trusted: its certificate is for DNS:localhost, not for memq.example: correct tls.servername, or the address',
    ],
  ])('%s', async ([_, options, why]) => {
    const said: string[] = [];
    const impostor = tls.createServer(
      { cert: readFileSync(own.cert), key: readFileSync(own.key) },
      (socket) => socket.on('data', (bytes) => said.push(bytes.toString('latin1'))).on('error', () => {}),
    );
    const port = await listens(impostor);
    const login = { username: 'me', password: 'secret' };
    const error = await refusal({ port, ...options, ...login });
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error.message).toContain(why);
    expect(said).toEqual([]);
  });

  it('after its certificate has expired', async () => {
    const { cert, key } = makeCertificate(directory, 'old');
    const expired = { cert: join(directory, 'expired.crt'), key };
    const signed = ['-days', '-1', '-signkey', key, '-out', expired.cert];
    execFileSync('openssl', ['x509', '-in', cert, ...signed], { stdio: 'pipe' });
    await using server = await startServer({ args: flags(expired) });
    const error = await refusal({ port: server.port, ca: expired.cert, tls: { servername: 'localhost' } });
    expect(error.message).toContain(
      'cannot be trusted: its certificate, or that of its authority, has expired: renew it',
    );
  });

  it('also where the environment allows any certificate', async ({ server: { port } }) => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    onTestFinished(() => {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    });
    expect((await refusal({ port, ca, tls: true })).message).toContain('cannot be trusted');
  });

  it('by the address that its certificate is for, it is', async () => {
    const byAddress = makeCertificate(directory, 'address', authority, 'IP:127.0.0.1');
    await using server = await startServer({ args: flags(byAddress) });
    const { port } = server;
    await producer({ port, ca, tls: true }).enqueue('q', 'f');
    await producer({ port, ca, host: 'localhost', tls: { servername: '127.0.0.1' } }).enqueue('q', 'f');
    expect((await refusal({ port, ca, host: 'localhost', tls: true })).message).toContain(
      'its certificate is for IP Address:127.0.0.1, not for localhost',
    );
  });
});

describe('a server that wants certificates of its clients', () => {
  it('lets in who has one that it trusts, and the others are told', async () => {
    await using strict = await startServer({ args: flags(own, '--tls-ca', ca) });
    const { port } = strict;
    await producer({ port, ca, tls: { servername: 'localhost', ...known } }).enqueue('q', 'f');
    const none = await refusal({ port, ca, tls: { servername: 'localhost' } });
    expect(none).toBeInstanceOf(NotAllowedError);
    expect(none.message).toMatch(
      /^the server at 127\.0\.0\.1:\d+ wants a certificate of its clients: set tls\.cert and tls\.key \(/,
    );
    const wrong = await refusal({ port, ca, tls: { servername: 'localhost', ...stranger } });
    expect(wrong.message).toContain('not accept the certificate in tls.cert');
  });

  it('also where TLS 1.2 is spoken, which tells it at another time', async () => {
    const strict = tls.createServer({
      cert: readFileSync(own.cert),
      key: readFileSync(own.key),
      ca: readFileSync(ca),
      requestCert: true,
      maxVersion: 'TLSv1.2',
    });
    const port = await listens(strict);
    const none = await refusal({ port, ca, tls: { servername: 'localhost' } });
    expect(none).toBeInstanceOf(NotAllowedError);
    expect(none.message).toContain('wants a certificate of its clients: set tls.cert and tls.key');
    const wrong = await refusal({ port, ca, tls: { servername: 'localhost', ...stranger } });
    expect(wrong.message).toContain('not accept the certificate in tls.cert');
  });
});

describe('a wrong guess', () => {
  it('plain, of a server that speaks TLS', async ({ server: { port } }) => {
    for (let i = 0; i < 5; i++)
      expect(await refusal({ port })).toEqual(
        new WrongServerError(`the server at 127.0.0.1:${port} cannot be used: it speaks TLS: set tls: true`),
      );
  });

  it('TLS, of a memq-server that does not speak it', async () => {
    await using plain = await startServer({ args: ['--memory'] });
    expect((await refusal({ port: plain.port, tls: true })).message).toContain(
      'cannot be used: what listens there does not speak TLS: set tls: false, or correct the address (',
    );
  });

  it.for<[string, (socket: net.Socket) => void, string]>([
    [
      'answers',
      (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      'does not speak TLS: set tls: false',
    ],
    [
      'closes',
      (socket) => socket.end(),
      'closed the connection before TLS was agreed on. It may not speak TLS',
    ],
    ['resets', (socket) => socket.resetAndDestroy(), 'closed the connection before TLS was agreed on'],
  ])('TLS, of another server that %s', async ([_, behave, why]) => {
    const other = net.createServer((socket) =>
      socket.on('error', () => {}).once('data', () => behave(socket)),
    );
    const port = await listens(other);
    expect((await refusal({ port, tls: true })).message).toContain(why);
  });

  it('TLS, of a server that says nothing', async () => {
    const port = await listens(net.createServer((socket) => socket.resume()));
    expect((await refusal({ port, tls: true, timeout: 0.05 })).message).toContain(
      'TLS was not agreed on in 50 ms, though it took the connection: it may not speak TLS (tls: false)',
    );
  });
});

/** The port on which it listens, until the end of the test. */
async function listens(server: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}
