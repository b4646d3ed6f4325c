import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { ConfigError, errorMessage } from '../../../../../shared/errors.ts';

/** Where a database may be found. */
export interface Host {
  /** A name, an address, or the folder of a unix socket. */
  readonly name: string;
  readonly port: number;
  /** As it was written. */
  readonly text: string;
}

/** What a URL says. */
export interface DatabaseUrl {
  /** In the order in which they were written. */
  readonly hosts: readonly Host[];
  readonly user: string;
  /** Undefined: PGPASSWORD, or what ~/.pgpass has. */
  readonly password: string | undefined;
  readonly database: string;
  /** False: without TLS. */
  readonly tls: ConnectionOptions | false;
  /** Whether a host that has no TLS is taken without. */
  readonly isTlsOptional: boolean;
}

const DEFAULT_PORT = 5432;
const PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'] as const;
const SHAPE = /^postgres(?:ql)?:\/\/(?:([^@/?#]*)@)?([^@/?#]*)(?:\/([^@/?#]*))?(?:\?([^#]*))?$/;

/**
 * Reads `postgres://USER[:PASSWORD]@HOST[:PORT][,HOST[:PORT]...][/DATABASE][?sslmode=...]`, as libpq does where both know
 * a thing. Throws ConfigError, which names the part that is wrong and never shows a password.
 */
export function readDatabaseUrl(text: string): DatabaseUrl {
  const parts = SHAPE.exec(text);
  if (parts === null) {
    throw mistake(
      'is not postgres://USER@HOST[,HOST...]/DATABASE; in a user or a password / @ ? # are written %2F %40 %3F %23',
    );
  }
  const [, login = '', hosts, database = '', query = ''] = parts;
  const colon = login.indexOf(':');
  const user =
    decoded('user', colon < 0 ? login : login.slice(0, colon)) || process.env.PGUSER || userInfo().username;
  return {
    hosts: readHosts(hosts!),
    user,
    password: colon < 0 ? undefined : decoded('password', login.slice(colon + 1)),
    database: decoded('database', database) || user,
    ...readTls(readParameters(query)),
  };
}

function mistake(what: string): ConfigError {
  return new ConfigError(`the URL of the database ${what}`);
}

function decoded(part: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw mistake(`has a % in its ${part} that is no escape: a % itself is written %25`);
  }
}

function readHosts(text: string): Host[] {
  const hosts = text.split(',').map(readHost);
  const twice = hosts.find(({ text: one }, i) => hosts.findIndex((each) => each.text === one) < i);
  if (twice !== undefined) throw mistake(`names the host ${twice.text} twice`);
  return hosts;
}

function readHost(text: string): Host {
  const parts = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text);
  if (parts === null) {
    throw mistake(
      text === ''
        ? 'names no host'
        : `has a host that is not HOST or HOST:PORT, an IPv6 address in []: ${text}`,
    );
  }
  const port = Number(parts[2] ?? DEFAULT_PORT);
  if (port < 1 || port > 65_535) throw mistake(`has a host with a port that is not from 1 to 65535: ${text}`);
  return { name: decoded('host', parts[1]!).replace(/^\[(.*)\]$/, '$1'), port, text };
}

type Parameters = Partial<Record<(typeof PARAMETERS)[number], string>>;

function readParameters(text: string): Parameters {
  const found: Parameters = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const known = PARAMETERS.find((each) => each === name);
    if (known === undefined) {
      throw mistake(
        `has a parameter that is not known, ${JSON.stringify(name)}: there are ${PARAMETERS.join(', ')}`,
      );
    }
    if (found[known] !== undefined) throw mistake(`says ${name} twice`);
    found[known] = value;
  }
  return found;
}

/** As libpq has it: encrypted where possible, checked where it is asked for. */
function readTls(parameters: Parameters): { tls: ConnectionOptions | false; isTlsOptional: boolean } {
  const { sslmode: mode = 'prefer' } = parameters;
  const file = (name: (typeof PARAMETERS)[number]): Buffer | undefined => {
    const path = parameters[name];
    if (path === undefined) return undefined;
    try {
      return readFileSync(path);
    } catch (error) {
      throw mistake(`names a file with ${name} that cannot be read: ${errorMessage(error)}`);
    }
  };
  const ca = file('sslrootcert');
  const [cert, key] = [file('sslcert'), file('sslkey')];
  if ((cert === undefined) !== (key === undefined))
    throw mistake('needs both sslcert and sslkey, or neither');
  const own: ConnectionOptions = { ...(ca && { ca }), ...(cert && key && { cert, key }) };
  const isOfAnyName = { rejectUnauthorized: true, checkServerIdentity: () => undefined };
  switch (mode) {
    case 'disable':
      return { tls: false, isTlsOptional: false };
    case 'prefer':
      return { tls: { ...own, rejectUnauthorized: false }, isTlsOptional: true };
    case 'require':
      return {
        tls: { ...own, ...(ca === undefined ? { rejectUnauthorized: false } : isOfAnyName) },
        isTlsOptional: false,
      };
    case 'verify-ca':
      return { tls: { ...own, ...isOfAnyName }, isTlsOptional: false };
    case 'verify-full':
      return { tls: { ...own, rejectUnauthorized: true, checkServerIdentity }, isTlsOptional: false };
  }
  throw mistake(
    `has an sslmode that is not known, ${JSON.stringify(mode)}: there are disable, prefer, require, verify-ca, verify-full`,
  );
}
