import { aboutTls, wrongServer } from './connection-trouble.ts';
import { type MemqError, ServerError } from './errors.ts';
import { addressText, type ServerAddress } from './server-address.ts';
import { Status } from './status.ts';

/** The first byte of an answer of the binary protocol. */
const ANSWER = 0x81;

/** What the first bytes are of that some servers say; the rest of the line is theirs. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^(?:HTTP\/|<!DOCTYPE html|<html)/i, 'HTTP'],
  [/^[-+](?:ERR|OK|NOAUTH|DENIED|PONG|WRONGPASS)\b/, 'as Redis does'],
  [/^SSH-/, 'SSH'],
  [/^(?:UNKNOWN_COMMAND|BAD_FORMAT)\r/, 'as beanstalkd does'],
  [/^(?:ERROR|CLIENT_ERROR|END)\b/, "memcached's text protocol only"],
  [/^AMQP/, 'AMQP'],
  [/^220[ -]/, 'SMTP or FTP'],
  [/^.\0\0\0\n\d/s, 'as MySQL does'],
];

/** What a record of TLS begins with. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is not text
const TLS = /^[\x14-\x17]\x03/;

/** Said in the text protocol, before anything was asked. */
const TOO_MANY = /^(?:SERVER_ERROR|ERROR) ([^\r\n]*too many[^\r\n]*)/i;

/**
 * Who has sent these first bytes, as an error: a server that takes no more connections, or another one. Undefined for an
 * answer of the binary protocol.
 */
export function strangerOf(bytes: Buffer, address: ServerAddress): MemqError | undefined {
  if (bytes[0] === ANSWER) return undefined;
  const said = bytes.toString('latin1', 0, 200);
  const refusal = TOO_MANY.exec(said)?.[1];
  if (refusal !== undefined)
    return new ServerError(
      `the server at ${addressText(address)} says: ${refusal}: raise its --conn-limit, or open fewer connections`,
      Status.busy,
    );
  if (TLS.test(said)) return wrongServer(address, aboutTls(address));
  const how = OTHERS.find(([pattern]) => pattern.test(said))?.[1] ?? 'another protocol';
  return wrongServer(address, aboutStranger(`speaks ${how}`));
}

/** That something else listens there: what it does, or is. */
export function aboutStranger(what: string): string {
  return `what listens there is no memq-server, but ${what}: correct the address`;
}
