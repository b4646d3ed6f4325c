import { readFileSync } from 'node:fs';
import { DEFAULT_HOST, DEFAULT_PORT } from '../../shared/limits.ts';
import type { Mistakes } from '../../shared/mistakes.ts';
import { certificatesProblem, keyProblem, pairProblem } from '../../shared/pem.ts';
import type { ServerAddress, TlsSettings } from '../../shared/server-address.ts';
import { whyUnreadable } from '../../shared/unreadable.ts';
import type { Key } from './keys.ts';
import type { SectionValues } from './section-values.ts';

/** Keys that mean something only where TLS is spoken. */
const TLS_KEYS = ['tls_ca', 'tls_cert', 'tls_key', 'tls_servername'] as const;

/** The servers that a section and the top of the file name together, one at least. What is wrong is noted. */
export function readServers(values: SectionValues, mistakes: Mistakes): readonly ServerAddress[] {
  checkTogether(values, ['username', 'password'], mistakes);
  const access = {
    username: values.get('username'),
    password: values.get('password'),
    timeoutMs: values.get('answer_timeout') ?? 5000,
  };
  const path = values.get('queuesocket');
  if (values.has('queuesocket')) checkSocket(values, mistakes);
  if (path !== undefined) return [{ path, ...access }];
  const port = values.get('queueport') ?? DEFAULT_PORT;
  const tls = values.has('queuesocket') ? undefined : readTls(values, mistakes);
  const hosts = values.get('queueip') ?? [DEFAULT_HOST];
  return hosts.map((host) => ({ host, port, tls, ...access }));
}

/** Both or none. */
function checkTogether(values: SectionValues, pair: readonly [Key, Key], mistakes: Mistakes): void {
  for (const [key, other] of [pair, pair.toReversed() as [Key, Key]])
    if (values.has(key) && !values.has(other))
      mistakes.add(values.lineOf(key), `${key} is set, but ${other} is missing`);
}

/** A unix socket is all there is to say of where a server is, and nobody speaks TLS there. */
function checkSocket(values: SectionValues, mistakes: Mistakes): void {
  const isOff = values.get('tls') === false;
  const others = (
    ['queueip', 'queueport', ...(isOff ? [] : (['tls', ...TLS_KEYS] as const))] as const
  ).filter((key) => values.has(key));
  for (const key of others)
    mistakes.add(
      values.lineOf('queuesocket'),
      `queuesocket and ${key} (line ${values.lineOf(key)}) exclude each other`,
    );
}

function readTls(values: SectionValues, mistakes: Mistakes): TlsSettings | undefined {
  if (!values.has('tls')) {
    for (const key of TLS_KEYS)
      if (values.has(key))
        mistakes.add(values.lineOf(key), `${key} has no effect without tls: set tls = on, or tls = off`);
    return undefined;
  }
  if (values.get('tls') !== true) return undefined;
  checkTogether(values, ['tls_cert', 'tls_key'], mistakes);
  const ca = readPem(values, 'tls_ca', certificatesProblem, mistakes);
  const cert = readPem(values, 'tls_cert', certificatesProblem, mistakes);
  const key = readPem(values, 'tls_key', keyProblem, mistakes);
  if (cert !== undefined && key !== undefined) {
    const where = `tls_cert (line ${values.lineOf('tls_cert')})`;
    const problem = pairProblem(cert, key, where);
    if (problem !== undefined)
      mistakes.add(values.lineOf('tls_key'), `tls_key: ${values.get('tls_key')} ${problem}`);
  }
  return { ca, cert, key, servername: values.get('tls_servername') };
}

/** What the file has that the key names; undefined when it cannot be used, which is noted. */
function readPem(
  values: SectionValues,
  key: 'tls_ca' | 'tls_cert' | 'tls_key',
  problemOf: (pem: string) => string | undefined,
  mistakes: Mistakes,
): string | undefined {
  const file = values.get(key);
  if (file === undefined) return undefined;
  const line = values.lineOf(key);
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    mistakes.add(line, `${key}: ${whyUnreadable(file, error)}`);
    return undefined;
  }
  const problem = problemOf(pem);
  if (problem === undefined) return pem;
  mistakes.add(line, `${key}: ${file} ${problem}`);
  return undefined;
}
