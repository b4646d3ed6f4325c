import { createPrivateKey, X509Certificate } from 'node:crypto';
import { errorMessage } from './errors.ts';

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** Why a text is no list of certificates in PEM; undefined when it is one. */
export function certificatesProblem(pem: string): string | undefined {
  const blocks = pem.match(CERTIFICATES) ?? [];
  if (blocks.length === 0) return 'has no certificate in PEM (-----BEGIN CERTIFICATE-----)';
  try {
    for (const block of blocks) new X509Certificate(block);
    return undefined;
  } catch (error) {
    return `has a certificate that cannot be read: ${errorMessage(error)}`;
  }
}

/** Why a text is no private key in PEM that can be used; undefined when it is one. */
export function keyProblem(pem: string): string | undefined {
  if (!PRIVATE_KEY.test(pem)) return 'has no private key in PEM (-----BEGIN PRIVATE KEY-----)';
  if (/^(?:-----BEGIN ENCRYPTED |Proc-Type: 4,ENCRYPTED)/m.test(pem))
    return 'has a passphrase: write the key without one';
  try {
    createPrivateKey(pem);
    return undefined;
  } catch (error) {
    return `has a private key that cannot be read: ${errorMessage(error)}`;
  }
}

/** Whether a key is that of the first certificate; both are known to be some. */
export function isPair(cert: string, key: string): boolean {
  return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
}
