import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { errorMessage } from '../../shared/errors.ts';
import { Mistakes } from '../../shared/mistakes.ts';
import { whyUnreadable } from '../../shared/unreadable.ts';

/** PEM files. With `ca`, clients have to show a certificate that it signed. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

/** What TLS needs, read anew at each call. Throws a ConfigError that says what is wrong with the files. */
export function readCertificates(files: TlsFiles): SecureContextOptions {
  const mistakes = new Mistakes(files.cert);
  const options = checkCertificates(files, mistakes);
  mistakes.throwIfAny();
  return options;
}

/** The same; what is wrong is noted in `mistakes`. */
export function checkCertificates(files: TlsFiles, mistakes: Mistakes): SecureContextOptions {
  const cert = readPem(files.cert, 'tls_cert', mistakes);
  const key = readPem(files.key, 'tls_key', mistakes);
  const ca = files.ca === undefined ? undefined : readPem(files.ca, 'tls_ca', mistakes);
  const options: SecureContextOptions = { cert, key, minVersion: 'TLSv1.2', ...(ca && { ca }) };
  if (cert === undefined || key === undefined) return options;
  try {
    createSecureContext(options);
  } catch (error) {
    const all = files.ca === undefined ? '' : ` and ${files.ca}`;
    mistakes.of(files.cert).add(0, `TLS cannot be used with it, ${files.key}${all}: ${errorMessage(error)}`);
  }
  return options;
}

function readPem(path: string, key: string, mistakes: Mistakes): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    mistakes.of(path).addWhole(`(${key}) cannot be read: ${whyUnreadable(path, error)}`);
    return undefined;
  }
}
