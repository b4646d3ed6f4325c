import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { addAbortSignal } from 'node:stream';
import tls from 'node:tls';
import {
  DiskError,
  errorCode,
  MemqError,
  NotAllowedError,
  TryLaterError,
  UnreachableError,
  UsageError,
} from '../../shared/errors.ts';
import { printableLines } from '../../shared/printable.ts';
import type { ServerConfig } from '../config/config.ts';
import { counted, shown } from './report.ts';

/** How long all of it may take, milliseconds. */
const PATIENCE_MS = 5000;

/** Longer than all answers of a memq-server together. */
const MOST_BYTES = 1024 * 1024;

const NOBODY = 'nothing listens there: start it, or correct the address';

/** What it means when the system says this of a unix socket, and of a port. */
const ABOUT_SOCKETS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such socket: start it, or correct unix_socket'],
  ['EACCES', 'this user may not use that socket: see unix_mask'],
  ['ECONNREFUSED', NOBODY],
]);
const ABOUT_TCP: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', NOBODY],
  ['ECONNRESET', 'it closed the connection: it may want TLS, or none'],
]);

/** That the connection is gone. */
const ENDS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

type Address = { readonly path: string } | { readonly host: string; readonly port: number };

/**
 * Looks at the server that runs by this configuration: a line that says who it is. Rejects with a MemqError when none
 * answers, when it refuses us, and when it takes no messages.
 */
export async function check(config: ServerConfig): Promise<string> {
  const address = addressOf(config);
  const name = 'path' in address ? address.path : `${address.host}:${address.port}`;
  try {
    const answer = await ask(address, config);
    if (answer === '' && config.tls?.ca !== undefined && 'host' in address)
      throw new NotAllowedError(
        `the server at ${name} takes only clients with a certificate by ${config.tls.ca}, and its own is none: have it listen on a unix socket, too`,
      );
    return judged(printableLines(answer), name);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof MemqError) throw error;
    throw new UnreachableError(`no memq-server answers at ${name}: ${whySilent(error, address)}`);
  }
}

/** The unix socket, where there is one: it takes no certificate. */
function addressOf({ unixSocket: path, tcpPort: port, address: host }: ServerConfig): Address {
  if (path !== undefined) return { path };
  if (port) return { host, port };
  throw new UsageError('--check: port 0 is any free one, which nobody knows here: name the one that it took');
}

/** All that the server answers until it closes the connection. */
async function ask(address: Address, { authFile, tls: files }: ServerConfig): Promise<string> {
  const isTls = files !== undefined && 'host' in address;
  // With a certificate of its own the server may let us in where it asks for one.
  const own = isTls ? { cert: readFileSync(files.cert), key: readFileSync(files.key) } : undefined;
  const socket = own
    ? tls.connect({ ...address, ...own, rejectUnauthorized: false })
    : net.connect(address as net.NetConnectOpts);
  addAbortSignal(AbortSignal.timeout(PATIENCE_MS), socket);
  await once(socket, own ? 'secureConnect' : 'connect');
  if (own && socket instanceof tls.TLSSocket && !isSame(socket, own.cert))
    throw new Error(`it shows another certificate than ${files?.cert}: if that was renewed, kill -HUP it`);
  socket.end(`${authFile === undefined ? '' : login(authFile)}stats\r\nquit\r\n`);
  try {
    return await answerOf(socket);
  } catch (error) {
    // Whose certificate is none of the server's authority learns that only now, by an end or a reset.
    if (isTls && ENDS.has(errorCode(error) ?? '')) return '';
    throw error;
  }
}

/** What is said until the end, or until it is more than a memq-server says. */
async function answerOf(socket: net.Socket): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of socket as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes > MOST_BYTES) break;
  }
  return Buffer.concat(parts).toString();
}

/** Whether the server shows this certificate: then it is no stranger, whoever has signed that. */
function isSame(socket: tls.TLSSocket, pem: Buffer): boolean {
  return socket.getPeerX509Certificate()?.fingerprint256 === new X509Certificate(pem).fingerprint256;
}

/** Logs in as the first of the users. */
function login(file: string): string {
  const first = readFileSync(file, 'utf8').trimStart().split(/\r?\n/, 1)[0] as string;
  const words = first.replace(':', ' ');
  return `set $login 0 0 ${Buffer.byteLength(words)}\r\n${words}\r\n`;
}

/** What a server says of itself, or why that is no good. */
function judged(answer: string, name: string): string {
  if (/^CLIENT_ERROR (?:un)?authenticat/m.test(answer))
    throw new NotAllowedError(
      `the server at ${name} refuses the login: it has read other users; kill -HUP has it read auth_file again`,
    );
  const [, refusal] = /^SERVER_ERROR (.*)$/m.exec(answer.replaceAll('\r', '')) ?? [];
  if (refusal !== undefined) throw new TryLaterError(`the server at ${name} says: ${refusal}`);
  const stats = new Map(
    [...answer.matchAll(/^STAT (\S+) (.*?)\r?$/gm)].map(([, key, value]) => [key, value] as const),
  );
  const of = (key: string) => stats.get(key) ?? '';
  if (!stats.has('journal_failure')) {
    const line = shown(answer.split(/\r?\n/, 1)[0]?.slice(0, 100) ?? '');
    throw new Error(`what listens there says ${line === '' ? 'nothing' : `"${line}"`}`);
  }
  const who = `memq-server ${of('version')} at ${name}, pid ${of('pid')}, up ${span(Number(of('uptime')))}`;
  if (of('journal_failure') !== 'none')
    throw new DiskError(`${who}, stores nothing any more: ${of('journal_failure')}`);
  // What is kept in memory has none.
  if (!['none', ''].includes(of('journal_refusal')))
    throw new TryLaterError(`${who}, cannot store much more: ${of('journal_refusal')}`);
  const holds = `${counted(Number(of('curr_items')), 'message')} in ${counted(Number(of('queues')), 'queue')}`;
  return `${who}: takes messages, has ${holds}`;
}

/** `3 days`, `5 hours`, `1 minute`. */
function span(seconds: number): string {
  for (const [unit, length] of [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const) {
    if (seconds >= length) return counted(Math.floor(seconds / length), unit);
  }
  return counted(seconds, 'second');
}

function whySilent(error: Error, address: Address): string {
  if (error.name === 'AbortError') return `nothing in ${PATIENCE_MS / 1000} s`;
  const code = errorCode(error);
  const why = code && ('path' in address ? ABOUT_SOCKETS : ABOUT_TCP).get(code);
  return why === undefined ? error.message : `${why} (${code})`;
}
