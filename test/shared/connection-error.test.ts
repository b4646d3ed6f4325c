import { describe, expect, it } from 'vitest';
import { connectionError } from '../../shared/connection-trouble.ts';
import { NotAllowedError, UnreachableError, WrongServerError } from '../../shared/errors.ts';

const address = { host: '10.0.0.7', port: 1, timeoutMs: 1, tls: {} };
const where = 'the server at 10.0.0.7:1';

function failed(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

/** As OpenSSL puts it. */
function alert(text: string): Error {
  return failed(
    'ERR_SSL_ALERT',
    `80EC:error:0A000000:SSL routines:ssl3_read_bytes:${text}:../s3.c:1:SSL alert number 1\n`,
  );
}

describe('trouble with TLS', () => {
  it.each([
    ['CERT_HAS_EXPIRED', 'its certificate, or that of its authority, has expired: renew it'],
    ['CERT_NOT_YET_VALID', 'its certificate is not valid yet: see to the clocks of both machines'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'no authority that Node.js knows has signed its certificate'],
    ['CERT_REVOKED', 'its certificate cannot be used (CERT_REVOKED, CERT_REVOKED)'],
  ])('of the server: %s', (code, text) => {
    const error = connectionError(failed(code), address, 'handshake');
    expect(error).toBeInstanceOf(WrongServerError);
    expect(error.message).toContain(`${where} cannot be trusted: ${text}`);
  });

  it.each([
    'sslv3 alert bad certificate',
    'tlsv1 alert unknown ca',
    'sslv3 alert certificate expired',
    'tlsv13 alert certificate required',
    'sslv3 alert handshake failure',
  ])('of ours: %s', (text) => {
    const none = connectionError(alert(text), address, 'open');
    expect(none).toBeInstanceOf(NotAllowedError);
    expect(none.message).toContain(`${where} wants a certificate of its clients: set tls_cert and tls_key (`);
    const refused = connectionError(alert(text), { ...address, tls: { cert: 'PEM', key: 'PEM' } }, 'open');
    expect(refused).toBeInstanceOf(NotAllowedError);
    expect(refused.message).toContain(`${where} does not accept the certificate in tls_cert: an authority`);
  });

  it('of the protocol: with what it said at the end', () => {
    const error = connectionError(alert('tlsv1 alert protocol version'), address, 'handshake');
    expect(error).toBeInstanceOf(WrongServerError);
    expect(error.message).toBe(`${where} cannot be used: it ended TLS with "protocol version"`);
  });

  it('later on, when the server has answered: as the end of a connection', () => {
    const error = connectionError(failed('EPROTO', 'bad record mac'), address, 'answered');
    expect(error).toEqual(new UnreachableError(`${where} cannot be reached: bad record mac`));
  });
});
