import { readFileSync } from 'node:fs';
import { DEFAULT_HOST, DEFAULT_PORT, MAX_SOCKET_PATH, MAX_TIMER_S } from './limits.ts';
import { checkOptions, checkType } from './options.ts';
import { certificatesProblem, isPair, keyProblem } from './pem.ts';
import type { ServerAddress, SettingNames, TlsSettings } from './server-address.ts';
import { shown } from './shown.ts';
import { whyUnreadable } from './unreadable.ts';

/** Where the server is, and how it is spoken to. */
export interface ConnectOptions {
  /** Its name or address; default 127.0.0.1. */
  readonly host?: string;
  /** Default 22201. */
  readonly port?: number;
  /** A unix socket of this machine, in place of `host` and `port`; TLS is not spoken there. */
  readonly path?: string;
  /** Whether to speak TLS, as the server does with `--tls-cert`; or how. Default false. */
  readonly tls?: boolean | TlsOptions;
  /**
   * The authorities one of which has to have signed the server's certificate; default: those that Node.js knows, which
   * are those of the web and the ones in NODE_EXTRA_CA_CERTS. PEM, or the path of a file with it, read once.
   */
  readonly ca?: string | Buffer;
  /** The login, where the server wants one; both or none. */
  readonly username?: string;
  readonly password?: string;
  /** How long an answer may take, in seconds; default 5. */
  readonly timeout?: number;
}

/** How TLS is spoken. */
export interface TlsOptions {
  /** The certificate to show to a server that wants one of its clients (`--tls-ca`): PEM, or the path of a file with it. */
  readonly cert?: string | Buffer;
  /** Its private key, without a passphrase: PEM, or the path of a file with it. */
  readonly key?: string | Buffer;
  /** The name or address for which the server's certificate has to be; default: `host`. */
  readonly servername?: string;
}

const CONNECT_OPTIONS: readonly (keyof ConnectOptions)[] = [
  ...(['host', 'port', 'path', 'tls', 'ca', 'username', 'password', 'timeout'] as const),
];
const TLS_OPTIONS: readonly (keyof TlsOptions)[] = ['cert', 'key', 'servername'];

const NAMES: SettingNames = {
  host: 'host',
  path: 'path',
  tlsOn: 'tls: true',
  tlsOff: 'tls: false',
  ca: 'ca',
  cert: 'tls.cert',
  key: 'tls.key',
  servername: 'tls.servername',
};

/**
 * The address that options of `connect` come to.
 *
 * @throws TypeError or RangeError for options that cannot be used
 */
export function readConnectOptions(options: ConnectOptions): ServerAddress {
  checkOptions('connect', options, CONNECT_OPTIONS);
  for (const name of ['host', 'path', 'username', 'password'] as const)
    checkType(name, options[name], 'string');
  for (const name of ['port', 'timeout'] as const) checkType(name, options[name], 'number');
  const { username, password, timeout = 5 } = options;
  const where = options.path === undefined ? readTcp(options) : readPath(options.path, options);
  if ((username === undefined) !== (password === undefined))
    throw new TypeError(
      `${username === undefined ? 'password needs a username' : 'username needs a password'}`,
    );
  if (!(timeout > 0 && timeout <= MAX_TIMER_S))
    throw new RangeError(`timeout must be more than 0 seconds, at most ${MAX_TIMER_S}, not ${timeout}`);
  return { ...where, username, password, timeoutMs: timeout * 1000, names: NAMES };
}

function readPath(path: string, options: ConnectOptions): { readonly path: string } {
  const other = (['host', 'port', 'tls', 'ca'] as const).find(
    (name) => options[name] !== undefined && options[name] !== false,
  );
  if (other !== undefined) throw new TypeError(`path and ${other} exclude each other`);
  if (path === '') throw new RangeError('path is empty');
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH)
    throw new RangeError(`path has more than ${MAX_SOCKET_PATH} bytes, which no unix socket can have`);
  return { path };
}

function readTcp(options: ConnectOptions): { host: string; port: number; tls: TlsSettings | undefined } {
  const { host = DEFAULT_HOST, port = DEFAULT_PORT } = options;
  if (host === '') throw new RangeError('host is empty');
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new RangeError(`port must be an integer from 1 to 65535, not ${port}`);
  return { host, port, tls: readTls(options) };
}

function readTls({ tls = false, ca }: ConnectOptions): TlsSettings | undefined {
  if (tls === false) {
    if (ca !== undefined) throw new TypeError('ca has no effect without tls: set tls: true');
    return undefined;
  }
  if (tls !== true) checkOptions('tls', tls, TLS_OPTIONS);
  const { cert, key, servername } = tls === true ? ({} as TlsOptions) : tls;
  checkType('tls.servername', servername, 'string');
  if (servername === '') throw new RangeError('tls.servername is empty');
  if ((cert === undefined) !== (key === undefined))
    throw new TypeError(`${cert === undefined ? 'tls.key needs tls.cert' : 'tls.cert needs tls.key'}`);
  const settings = {
    ca: readPem(NAMES.ca, ca, certificatesProblem),
    cert: readPem(NAMES.cert, cert, certificatesProblem),
    key: readPem(NAMES.key, key, keyProblem),
    servername,
  };
  if (settings.cert !== undefined && settings.key !== undefined && !isPair(settings.cert, settings.key))
    throw new RangeError('tls.key is not the key of the certificate in tls.cert');
  return settings;
}

/** PEM, also where `value` is the path of a file with it. */
function readPem(
  name: string,
  value: unknown,
  problemOf: (pem: string) => string | undefined,
): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' && !Buffer.isBuffer(value))
    throw new TypeError(`${name} must be PEM or the path of a file, not ${shown(value)}`);
  const isPath = typeof value === 'string' && !value.includes('-----BEGIN');
  const pem = isPath ? readFile(name, value) : value.toString();
  const problem = problemOf(pem);
  // Not what is in it, which may be a key.
  if (problem !== undefined) throw new RangeError(`${isPath ? `${name}: ${value}` : name} ${problem}`);
  return pem;
}

function readFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new RangeError(`${name}: ${whyUnreadable(path, error)}`);
  }
}
