import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { Client } from 'memjs';
import { afterAll, describe, expect } from 'vitest';
import { withServer } from '../../fixtures/server.ts';
import { BinaryClient } from '../../helpers/binary-client.ts';
import { contentOf, makeCertificate } from '../../helpers/certificates.ts';
import { memjsServer } from '../../helpers/memjs.ts';
import { startServer } from '../../helpers/server.ts';
import { hangUp } from '../../helpers/server-log.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { openTunnel, type Tunnel } from '../../helpers/tunnel.ts';
import { until } from '../../helpers/until.ts';

const directory = mkdtempSync(join(tmpdir(), 'memq-tls-'));
const authority = makeCertificate(directory, 'authority');
const own = makeCertificate(directory, 'server', authority);
const trusted = { ca: readFileSync(authority.cert), servername: 'localhost' };

function flags({ cert, key } = own): string[] {
  return ['--memory', '--tls-cert', cert, '--tls-key', key];
}

/** On the port of `tunnel`, any client speaks TLS with the server. */
const it = withServer(flags()).extend<{ tunnel: Tunnel }>({
  tunnel: async ({ server }, use) => {
    await using tunnel = await openTunnel(() => connectTls(server.port));
    await use(tunnel);
  },
});

afterAll(() => rmSync(directory, { recursive: true }));

function rsaKey(): string {
  const file = join(directory, 'rsa.key');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return file;
}

function connectTls(port: number, options: tls.ConnectionOptions = {}): tls.TLSSocket {
  const all = { host: '127.0.0.1', port, allowHalfOpen: true, ...trusted, ...options };
  return tls.connect(all);
}

/** The first line that the server answers over TLS, or why there is none. */
async function firstAnswer(port: number, options: tls.ConnectionOptions = {}): Promise<string> {
  const socket = connectTls(port, options);
  try {
    socket.write('version\r\n');
    const [answer] = await Promise.race([once(socket, 'data'), once(socket, 'end'), once(socket, 'close')]);
    return String(answer).trim();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  } finally {
    socket.destroy();
  }
}

/** The number of the certificate that a server shows. */
async function serialNumber(port: number): Promise<string> {
  const socket = connectTls(port);
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

describe('over TLS', () => {
  it('the text and meta protocols work, also with large bodies and many requests under way', async ({
    tunnel,
  }) => {
    using client = await TextClient.connect(tunnel.port);
    const body = Buffer.alloc(1_000_000, 'memq');
    expect(await client.set('q', body)).toBe('STORED');
    const [returned] = (await client.get('q')) as Buffer[];
    expect(returned?.equals(body)).toBe(true);
    const requests = Array.from(
      { length: 2000 },
      (_, i) => `set n 0 0 4\r\n${String(i).padStart(4, '0')}\r\n`,
    );
    expect(await client.exchange(requests.join(''))).toBe(Array(2000).fill('STORED').join('\n'));
    expect(await client.exchange('mg n v s\r\n')).toBe('VA 4 s4\n0000');
    expect(await client.ask('delete n')).toBe('DELETED');
  });

  it('the binary protocol works, with a raw client and with memjs', async ({ tunnel }) => {
    using client = await BinaryClient.connect(tunnel.port);
    expect(await client.set('q', 'raw')).toBe(0);
    expect(String(await client.get('q'))).toBe('raw');
    const memjs = new Client([memjsServer(tunnel.port)], { retries: 0 });
    await memjs.set('q', 'job', {});
    expect((await memjs.get('q/open')).value?.toString()).toBe('job');
    await memjs.get('q/close');
    memjs.close();
  });

  it('a read waits, and an open one goes back with its connection', async ({ tunnel }) => {
    const reader = await TextClient.connect(tunnel.port);
    using writer = await TextClient.connect(tunnel.port);
    reader.send('get q/open/t=60000\r\n');
    await until(async () => [...(await writer.stats('conns')).values()].includes('waiting'));
    await writer.set('q', 'job');
    expect(await reader.values()).toEqual([Buffer.from('job')]);
    reader.close();
    expect(await writer.getText('q/info/t=60000')).toMatch(/"attempt":2.*\njob$/);
  });

  it('who ends the sending half is answered, then told the end', async ({ server }) => {
    const socket = connectTls(server.port);
    socket.end('version\r\n');
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^VERSION \S+\r\n$/);
  });

  it('at least version 1.2 is spoken, and the settings say so', async ({ server, tunnel }) => {
    expect(await firstAnswer(server.port, { maxVersion: 'TLSv1.2' })).toMatch(/^VERSION /);
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    expect(await firstAnswer(server.port, old)).not.toMatch(/^VERSION /);
    using client = await TextClient.connect(tunnel.port);
    expect((await client.stats('settings')).get('ssl_enabled')).toBe('yes');
  });

  it('clients that do not speak it, break off or say nothing harm nobody', async ({ server, tunnel }) => {
    using honest = await TextClient.connect(tunnel.port);
    await honest.ask('version');
    const before = (await honest.stats()).get('curr_connections');
    const silent = await TextClient.connect(server.port);
    const hellos = [
      'get q\r\nset q 0 0 1\r\nx\r\n',
      '\x80\0\0\x01',
      '\0'.repeat(70_000),
      '\x16\x03\x01\x02\0',
      '',
    ];
    for (const hello of hellos) {
      const plain = net.connect({ port: server.port, host: '127.0.0.1' }).on('error', () => {});
      plain.end(Buffer.from(hello, 'latin1'), () => plain.destroy());
      await once(plain, 'close');
      const cut = connectTls(server.port).on('error', () => {});
      cut.once('secureConnect', () => cut.destroy());
      await once(cut, 'close');
      expect(await honest.set('q', 'job')).toBe('STORED');
      expect(await honest.getText('q')).toBe('job');
    }
    silent.close();
    await until(async () => (await honest.stats()).get('curr_connections') === before);
  });

  it('only so many may be agreeing on it at a time, and the others are dropped', async () => {
    await using narrow = await startServer({ args: [...flags(), '-c', '2'] });
    await using through = await openTunnel(() => connectTls(narrow.port));
    using honest = await TextClient.connect(through.port);
    await honest.ask('version');
    const silent = await Promise.all(Array.from({ length: 1100 }, () => TextClient.connect(narrow.port)));
    // 2 connections, and 1024 that may become some.
    await until(async () => (await honest.stats()).get('rejected_connections') === '75');
    for (const client of silent) client.close();
    expect(await honest.set('q', 'job')).toBe('STORED');
  });
});

describe('a client authority', () => {
  it('lets in only those with a certificate that it signed', async () => {
    await using strict = await startServer({ args: [...flags(), '--tls-ca', authority.cert] });
    const known = contentOf(makeCertificate(directory, 'client', authority));
    const stranger = contentOf(makeCertificate(directory, 'stranger'));
    expect(await firstAnswer(strict.port, known)).toMatch(/^VERSION /);
    expect(await firstAnswer(strict.port, stranger)).not.toMatch(/^VERSION /);
    expect(await firstAnswer(strict.port)).not.toMatch(/^VERSION /);
    expect(await firstAnswer(strict.port, known)).toMatch(/^VERSION /);
    expect(await strict.stop()).toBe(0);
  });

  it('stays as it is where its file has none any more at a HUP', async () => {
    const file = join(directory, 'authority.pem');
    copyFileSync(authority.cert, file);
    await using strict = await startServer({ args: [...flags(), '--tls-ca', file] });
    writeFileSync(file, '');
    expect(await hangUp(strict)).toMatchObject({ msg: 'nothing was changed' });
    expect(await firstAnswer(strict.port, contentOf(own))).toMatch(/^VERSION /);
  });
});

describe('the certificate', () => {
  it('is read again on HUP, for connections to come; a broken one changes nothing', async () => {
    const used = { cert: join(directory, 'used.crt'), key: join(directory, 'used.key') };
    const use = ({ cert, key }: typeof used): void => {
      copyFileSync(cert, used.cert);
      copyFileSync(key, used.key);
    };
    use(own);
    await using renewing = await startServer({ args: flags(used) });
    await using before = await openTunnel(() => connectTls(renewing.port));
    using client = await TextClient.connect(before.port);
    await client.set('q', 'job');
    const first = await serialNumber(renewing.port);

    use(makeCertificate(directory, 'renewed', authority));
    expect(await serialNumber(renewing.port)).toBe(first);
    expect(await hangUp(renewing)).toMatchObject({ msg: 'users and certificates were read again' });
    const second = await serialNumber(renewing.port);
    expect(second).not.toBe(first);
    expect(await client.getText('q')).toBe('job');

    writeFileSync(used.cert, 'no certificate');
    expect(await hangUp(renewing)).toMatchObject({ msg: 'nothing was changed' });
    expect(await serialNumber(renewing.port)).toBe(second);
  });

  it.each([
    [
      'is missing',
      ['--tls-cert', join(directory, 'none.crt'), '--tls-key', own.key],
      /none\.crt \(tls_cert\) cannot be read: .*ENOENT/,
    ],
    [
      'is of another key',
      ['--tls-cert', own.cert, '--tls-key', authority.key],
      /authority\.key \(tls_key\) is not the key of the certificate in .*server\.crt/,
    ],
    [
      'is of a key of another kind',
      ['--tls-cert', own.cert, '--tls-key', rsaKey()],
      /rsa\.key .* is not the key/,
    ],
    ['is no PEM', ['--tls-cert', own.key, '--tls-key', own.key], /\(tls_cert\) has no certificate in PEM/],
    [
      'is of an authority that is none',
      [...flags(), '--tls-ca', own.key],
      /server\.key \(tls_ca\) has no certificate in PEM/,
    ],
    ['has no key', ['--tls-cert', own.cert], /--tls-cert: it needs tls_key/],
    ['is only an authority', ['--tls-ca', own.cert], /--tls-ca: it needs tls_cert and tls_key/],
  ])('that %s refuses the start', async (_what, args, why) => {
    const refused = await startServer({ args: ['--memory', ...args] }).catch((error: Error) => error.message);
    expect(refused).toMatch(/ended with 78/);
    expect(refused).toMatch(why);
  });
});

describe('beyond loopback', () => {
  const passwords = join(directory, 'users');
  const warnings = (log: readonly Record<string, unknown>[]) =>
    log.filter(({ level }) => level === 'warn' || level === 40);

  it.each([
    [['-l', '0.0.0.0'], 1],
    [['-l', '127.0.0.1'], 0],
    [['-l', '::1'], 0],
    [['-l', '0.0.0.0', '-Y', passwords], 0],
    [['-l', '0.0.0.0', '--tls-cert', own.cert, '--tls-key', own.key], 1],
    [['-l', '0.0.0.0', '--tls-cert', own.cert, '--tls-key', own.key, '--tls-ca', authority.cert], 0],
    [['-l', '0.0.0.0', '-Y', passwords, '--tls-cert', own.cert, '--tls-key', own.key], 0],
  ])('%j: %i warnings', async (args, count) => {
    writeFileSync(passwords, 'web:secret\n', { mode: 0o600 });
    await using wide = await startServer({ args: ['--memory', ...args] });
    if (count > 0) {
      for (let i = 0; i < 3; i++) {
        using client = await TextClient.connect(wide.port);
        await client.ask('version');
      }
      expect(warnings(wide.log)[0]).toMatchObject({ address: '0.0.0.0' });
    }
    expect(warnings(wide.log)).toHaveLength(count);
  });
});
