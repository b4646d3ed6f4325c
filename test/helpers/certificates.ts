import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of a certificate and its key, PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Makes a certificate with the system's openssl: signed by `authority`, or by itself; `names`: for whom it is, as openssl
 * writes them.
 */
export function makeCertificate(
  directory: string,
  name: string,
  authority?: Certificate,
  names = 'DNS:localhost',
): Certificate {
  const made = { cert: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };
  const signer = authority === undefined ? [] : ['-CA', authority.cert, '-CAkey', authority.key];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`, '-days', '2'];
  const files = ['-out', made.cert, '-keyout', made.key];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, ...signer, ...files], { stdio: 'pipe' });
  return made;
}

/** What a client or server presents, for node:tls. */
export function contentOf({ cert, key }: Certificate): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(cert), key: readFileSync(key) };
}
