import { readFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import { Mistakes } from '../../shared/mistakes.ts';
import { certificatesProblem, keyProblem, pairProblem } from '../../shared/pem.ts';
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

/** The same; what is wrong is noted in `mistakes`. `prefix`: of the keys that name them. */
export function checkCertificates(files: TlsFiles, mistakes: Mistakes, prefix = ''): SecureContextOptions {
  const cert = readPem(files.cert, `${prefix}tls_cert`, certificatesProblem, mistakes);
  const key = readPem(files.key, `${prefix}tls_key`, keyProblem, mistakes);
  const ca = files.ca === undefined ? undefined : readPem(files.ca, 'tls_ca', certificatesProblem, mistakes);
  if (cert !== undefined && key !== undefined) {
    const problem = pairProblem(cert, key, files.cert);
    if (problem !== undefined) mistakes.of(files.key).addWhole(`(${prefix}tls_key) ${problem}`);
  }
  return { cert, key, minVersion: 'TLSv1.2', ...(ca && { ca }) };
}

/** What the file has; undefined when it cannot be used, which is noted. */
function readPem(
  path: string,
  key: string,
  problemOf: (pem: string) => string | undefined,
  mistakes: Mistakes,
): string | undefined {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    mistakes.of(path).addWhole(`(${key}) cannot be read: ${whyUnreadable(path, error)}`);
    return undefined;
  }
  const problem = problemOf(pem);
  if (problem === undefined) return pem;
  mistakes.of(path).addWhole(`(${key}) ${problem}`);
  return undefined;
}
