import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connect } from '../../shared/client.ts';
import type { ConnectOptions } from '../../shared/connect-options.ts';

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
    ['ca has no effect without tls: set tls: true', { ca: cert }],
    ['ca has no effect without tls: set tls: true', { tls: false, ca: cert }],
    ["the options of tls must be an object, such as { cert: ... }, not 'yes'", { tls: 'yes' }],
    ['tls has no option "ca"; there are cert, key, servername', { tls: { ca: cert } }],
    ['tls has no option "serverName"; is it servername?', { tls: { serverName: 'a' } }],
    ['tls.servername must be a string, not true', { tls: { servername: true } }],
    ['tls.servername is empty', { tls: { servername: '' } }],
    ['tls.cert needs tls.key', { tls: { cert } }],
    ['tls.key needs tls.cert', { tls: { key } }],
    ['ca must be PEM or the path of a file, not 7', { tls: true, ca: 7 }],
    ['ca: there is no none.pem in /', { tls: true, ca: '/none.pem' }],
    [`ca: ${key} has no certificate in PEM (-----BEGIN CERTIFICATE-----)`, { tls: true, ca: key }],
    ['ca has no certificate in PEM', { tls: true, ca: Buffer.from('PEM') }],
    [
      'ca has a certificate that cannot be read',
      { tls: true, ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
    ],
    [`tls.key: ${cert} has no private key in PEM`, { tls: { cert, key: cert } }],
    ['has a passphrase: write the key without one', { tls: { cert, key: sample('locked-key.pem') } }],
    [
      'tls.key has a private key that cannot be read',
      { tls: { cert, key: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n' } },
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
  });

  it('takes what fits', () => {
    const pem = readFileSync(cert, 'utf8');
    connect({ tls: { cert, key, servername: 'memq.example' }, ca: pem + pem }).close();
    connect({ tls: { cert: pem, key: readFileSync(key) } }).close();
    connect({ path: '/run/memq.sock', tls: false, username: 'me', password: 'secret' }).close();
  });
});
