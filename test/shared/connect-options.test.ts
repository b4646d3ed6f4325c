import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connect } from '../../shared/client.ts';
import { type ConnectOptions, readConnectOptions } from '../../shared/connect-options.ts';

const sample = (name: string) => join(import.meta.dirname, '../samples/pem', name);
const cert = sample('certificate.pem');
const key = sample('key.pem');

describe('connect', () => {
  it.each<[string, object]>([
    ['path and host exclude each other', { path: '/run/memq.sock', host: 'a' }],
    ['path and port exclude each other', { path: '/run/memq.sock', port: 1 }],
    ['path and tls exclude each other', { path: '/run/memq.sock', tls: {} }],
    ['path and ca exclude each other', { path: '/run/memq.sock', tls: false, ca: cert }],
    ['path is empty', { path: '' }],
    ['path must be a string, not 7', { path: 7 }],
    ['path has more than 107 bytes, which no unix socket can have', { path: `/tmp/${'x'.repeat(103)}` }],
    ['path has more than 107 bytes', { path: 'x'.repeat(107) }],
    ['path has a NUL character, which no file can have', { path: '\0memq' }],
    ['host: it is empty', { host: '' }],
    ['host: "a:1" has a port: write only "a"; the port belongs in port', { host: 'a:1' }],
    ['host: "tcp://...@a:1" is a URL: write only the host, "a"', { host: 'tcp://me:secret@a:1' }],
    ['host: "a\\u0000b" is not a host', { host: 'a\0b' }],
    ['tls.servername: "https://a" is a URL', { tls: { servername: 'https://a' } }],
    ['ca has no effect without tls: set tls: true', { ca: cert }],
    ['ca has no effect without tls: set tls: true', { tls: false, ca: cert }],
    ["the options of tls must be an object, such as { cert: ... }, not 'yes'", { tls: 'yes' }],
    ['tls has no option "ca"; there are cert, key, servername', { tls: { ca: cert } }],
    ['tls has no option "serverName"; is it servername?', { tls: { serverName: 'a' } }],
    ['tls.servername must be a string, not true', { tls: { servername: true } }],
    ['tls.servername: it is empty', { tls: { servername: '' } }],
    ['tls.cert needs tls.key', { tls: { cert } }],
    ['tls.key needs tls.cert', { tls: { key } }],
    ['ca must be PEM or the path of a file, as a string or a Buffer', { tls: true, ca: 7 }],
    ['ca: there is no none.pem in /', { tls: true, ca: '/none.pem' }],
    [`ca: ${key} has no certificate in PEM (-----BEGIN CERTIFICATE-----)`, { tls: true, ca: key }],
    ['ca has no certificate in PEM', { tls: true, ca: Buffer.from('PEM') }],
    [
      'ca has a certificate that cannot be read',
      { tls: true, ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
    ],
    [
      'ca has a certificate that cannot be read',
      { tls: true, ca: `${readFileSync(cert)}${readFileSync(cert).subarray(0, 100)}` },
    ],
    [`tls.key: ${cert} has no private key in PEM`, { tls: { cert, key: cert } }],
    ['has a passphrase: write the key without one', { tls: { cert, key: sample('locked-key.pem') } }],
    [
      'tls.key has a private key that cannot be read',
      { tls: { cert, key: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n' } },
    ],
    [
      'tls.key cannot be used with the certificate in tls.cert: ',
      { tls: { cert: sample('weak-certificate.pem'), key: sample('weak-key.pem') } },
    ],
    [
      'tls.key is not the key of the certificate in tls.cert',
      { tls: { cert, key: sample('other-key.pem') } },
    ],
  ])('says that %s', (message, options) => {
    expect(() => connect(options as ConnectOptions)).toThrow(message);
  });

  it('never shows a key', () => {
    const secret = readFileSync(key, 'utf8');
    for (const options of [{ ca: secret }, { tls: { cert: secret, key: secret } }]) {
      expect(() => connect({ tls: true, ...options })).toThrow(/^((?!PRIVATE KEY-----\n).)*$/s);
    }
    const [, body = ''] = secret.split('-----\n');
    for (const wrong of [body, body.replaceAll('\n', ''), [secret], { key: secret }]) {
      const options = { tls: { cert, key: wrong } } as ConnectOptions;
      expect(() => connect(options)).toThrow(/^((?!MI[GH]).)*$/s);
    }
  });

  it('never shows a password', () => {
    for (const password of [4711, ['4711']]) {
      const options = { username: 'me', password } as unknown as ConnectOptions;
      expect(() => connect(options)).toThrow(/^password must be a string$/);
    }
  });

  it('reads an IPv6 address as it is written elsewhere, and a path from here on', () => {
    expect(readConnectOptions({ host: '[::1]', tls: { servername: '[::2]' } })).toMatchObject({
      host: '::1',
      tls: { servername: '::2' },
    });
    expect(readConnectOptions({ path: '22201' })).toMatchObject({ path: join(process.cwd(), '22201') });
  });

  it('takes what fits', () => {
    const pem = readFileSync(cert, 'utf8');
    connect({ tls: { cert, key, servername: 'memq.example' }, ca: pem + pem }).close();
    connect({ tls: { cert: pem, key: readFileSync(key) } }).close();
    connect({ path: '/run/memq.sock', tls: false, username: 'me', password: 'secret' }).close();
  });
});
