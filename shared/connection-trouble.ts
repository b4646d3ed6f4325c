import { statSync } from 'node:fs';
import {
  errorCode,
  errorMessage,
  type MemqError,
  NotAllowedError,
  UnreachableError,
  WrongServerError,
} from './errors.ts';
import { hostProblem } from './host.ts';
import { addressText, CONFIG_NAMES, type ServerAddress, type SettingNames, tlsOf } from './server-address.ts';
import { tlsTrouble } from './tls-trouble.ts';

/** How far a connection has come: TLS is agreed on, then requests are sent, then there was an answer. */
export type Stage = 'connecting' | 'handshake' | 'open' | 'answered';

/** What to do when the system says this of an attempt to connect by TCP. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there: start memq-server, or correct the address'],
  ['ENOTFOUND', 'there is no such name: correct the host'],
  ['EAI_AGAIN', 'the name service does not answer: try again later, or write the address for the name'],
  ['ETIMEDOUT', 'nothing answers there: the machine is down, or a firewall is in the way'],
  ['EHOSTUNREACH', 'no way leads there: correct the address, or see to the network'],
  ['ENETUNREACH', 'no way leads there: correct the address, or see to the network'],
  [
    'EADDRNOTAVAIL',
    'no connection can be made from here: too many are open, or the address is none to connect to',
  ],
  ['EINVAL', 'it is no address to connect to: correct the host'],
  ['EACCES', 'this machine forbids it: see to its firewall'],
  ['EPERM', 'this machine forbids it: see to its firewall'],
  ['EMFILE', 'this process may have no more files open: raise ulimit -n'],
]);

/** Codes of a connection that was there, and is not any more. */
const ENDED: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** What the system, or OpenSSL, says of a connection or of an attempt to connect, as an error of ours. */
export function connectionError(error: unknown, address: ServerAddress, stage: Stage): MemqError {
  const tls = tlsOf(address);
  // Who has answered is the right server, and speaks TLS.
  const trouble =
    tls &&
    'host' in address &&
    stage !== 'answered' &&
    tlsTrouble(error, address.host, tls, namesOf(address));
  if (!trouble) return unreachable(address, aboutSocketError(error, address, stage));
  const { with: who, text } = trouble;
  const where = `the server at ${addressText(address)}`;
  if (who === 'client') return new NotAllowedError(`${where} ${text}`);
  return new WrongServerError(`${where} cannot be ${who === 'server' ? 'trusted' : 'used'}: ${text}`);
}

/** That the server cannot be reached, and why. */
export function unreachable(address: ServerAddress, why: string): UnreachableError {
  return new UnreachableError(`the server at ${addressText(address)} cannot be reached: ${why}`);
}

/** That what is there is not the server that was meant, and what it is. */
export function wrongServer(address: ServerAddress, what: string): WrongServerError {
  return new WrongServerError(`the server at ${addressText(address)} cannot be used: ${what}`);
}

/** What errors call the settings. */
export function namesOf({ names = CONFIG_NAMES }: ServerAddress): SettingNames {
  return names;
}

/** What the system says of a connection, or of an attempt to connect. */
export function aboutSocketError(error: unknown, address: ServerAddress, stage: Stage): string {
  const code = errorCode(error);
  const text = messageOf(error) || code || 'unknown error';
  if (ENDED.has(code)) return `${aboutEnd(address, stage)} (${text})`;
  const advice = code && ('path' in address ? aboutPath(code, address) : aboutHost(code, address.host));
  return advice ? `${advice} (${text})` : text;
}

function aboutHost(code: string, host: string): string | undefined {
  return (code === 'ENOTFOUND' ? hostProblem(host, 'port') : undefined) ?? ADVICE.get(code);
}

function aboutPath(code: string, address: ServerAddress & { readonly path: string }): string | undefined {
  const { path } = address;
  const name = namesOf(address).path;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `there is no such socket: start memq-server with --unix-socket, or correct ${name}`;
    case 'ECONNREFUSED':
      return statSync(path, { throwIfNoEntry: false })?.isSocket() === false
        ? `it is no socket: correct ${name}`
        : 'nobody listens on it any more: start memq-server';
    case 'EPROTOTYPE':
      return `it is a socket of another kind: correct ${name}`;
    case 'EACCES':
    case 'EPERM':
      return `user ${process.getuid?.()}, who runs this, may not use it: see to its rights (--unix-mask of memq-server) and those of its directory`;
    case 'EAGAIN':
      return 'too many connect to it at the same time: try again later';
    default:
      return ADVICE.get(code);
  }
}

/** Node tries all addresses of a name, and tells of each. */
function messageOf(error: unknown): string {
  return error instanceof AggregateError ? error.errors.map(errorMessage).join(', ') : errorMessage(error);
}

/** That the server has closed the connection. */
export function aboutEnd(address: ServerAddress, stage: Stage): string {
  if (stage === 'answered') return 'it closed the connection';
  const { tlsOn, tlsOff, cert, key } = namesOf(address);
  const tls = tlsOf(address);
  const wants =
    tls?.cert === undefined
      ? `want a certificate of its clients (${cert}, ${key})`
      : `not accept the certificate in ${cert}`;
  if (stage === 'handshake')
    return `it closed the connection before TLS was agreed on. It may not speak TLS (${tlsOff}), ${wants}, or be no memq-server`;
  const may = tls !== undefined ? `, ${wants}` : 'path' in address ? '' : `, want TLS (${tlsOn})`;
  return `it closed the connection at once. It may have as many connections as it takes (--conn-limit)${may}, or be no memq-server`;
}

/** That it took too long. */
export function aboutSilence(waitedMs: number, address: ServerAddress, stage: Stage): string {
  const { tlsOn, tlsOff } = namesOf(address);
  switch (stage) {
    case 'connecting':
      return `no connection in ${waitedMs} ms: ${ADVICE.get('ETIMEDOUT')}`;
    case 'handshake':
      return `TLS was not agreed on in ${waitedMs} ms, though it took the connection: it may not speak TLS (${tlsOff}), or be no memq-server`;
    case 'open': {
      const may = 'path' in address || address.tls !== undefined ? '' : `, or want TLS (${tlsOn})`;
      return `no answer in ${waitedMs} ms, though it took the connection: it may be no memq-server${may}`;
    }
    case 'answered':
      return `no answer in ${waitedMs} ms`;
  }
}

/** That it speaks TLS, and we do not. */
export function aboutTls(address: ServerAddress): string {
  return `it speaks TLS: set ${namesOf(address).tlsOn}`;
}
