import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { errorMessage } from './errors.ts';

const CERTIFICATE = '-----BEGIN CERTIFICATE-----';
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** Why a text is no list of certificates in PEM; undefined when it is one. */
export function certificatesProblem(pem: string): string | undefined {
  const [, ...rests] = pem.split(CERTIFICATE);
  if (rests.length === 0) return `has no certificate in PEM (${CERTIFICATE})`;
  try {
    // OpenSSL takes those before one that is cut off, and says nothing.
    for (const rest of rests) new X509Certificate(CERTIFICATE + rest);
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

/** Why TLS cannot be spoken with a certificate, which is in `where`, and a key, both of which can be read; undefined when it can. */
export function pairProblem(cert: string, key: string, where: string): string | undefined {
  // OpenSSL takes two of different kinds for two halves of pairs.
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
    return `is not the key of the certificate in ${where}`;
  try {
    createSecureContext({ cert, key });
    return undefined;
  } catch (error) {
    return `cannot be used with the certificate in ${where}: ${errorMessage(error)}`;
  }
}
