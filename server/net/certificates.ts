import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { ConfigError } from '../../shared/errors.ts';

/** PEM files. With `ca`, clients have to show a certificate that it signed. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

/** What TLS needs, read anew at each call. Throws a ConfigError that says what is wrong with the files. */
export function readCertificates(files: TlsFiles): SecureContextOptions {
  try {
    const options: SecureContextOptions = {
      cert: readFileSync(files.cert),
      key: readFileSync(files.key),
      minVersion: 'TLSv1.2',
    };
    if (files.ca !== undefined) options.ca = readFileSync(files.ca);
    createSecureContext(options);
    return options;
  } catch (error) {
    throw new ConfigError(
      `TLS cannot be used with ${files.cert} and ${files.key}: ${(error as Error).message}`,
    );
  }
}
