import { errorCode, errorMessage } from './errors.ts';
import { hostProblem } from './host.ts';

/** What to do when the system says this of an attempt to connect. */
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

const SUDDEN_END =
  'It may have as many connections as it takes (--conn-limit), want TLS, or be no memq-server';

/** Codes of a connection that was there, and is not any more. */
const ENDED: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** What the system says of a connection, or of an attempt to connect; `hasAnswered`: whether the server said something before. */
export function aboutSocketError(error: unknown, host: string, hasAnswered: boolean): string {
  const code = errorCode(error);
  const text = messageOf(error) || code || 'unknown error';
  if (ENDED.has(code)) return `${aboutEnd(hasAnswered)} (${text})`;
  const problem = code === 'ENOTFOUND' ? hostProblem(host, 'port') : undefined;
  const advice = problem ?? (code && ADVICE.get(code));
  return advice === undefined ? text : `${advice} (${text})`;
}

/** Node tries all addresses of a name, and tells of each. */
function messageOf(error: unknown): string {
  return error instanceof AggregateError ? error.errors.map(errorMessage).join(', ') : errorMessage(error);
}

/** That the server has closed the connection. */
export function aboutEnd(hasAnswered: boolean): string {
  return hasAnswered ? 'it closed the connection' : `it closed the connection at once. ${SUDDEN_END}`;
}

/** That it took too long. */
export function aboutSilence(waitedMs: number, isConnected: boolean, hasAnswered: boolean): string {
  if (!isConnected) return `no connection in ${waitedMs} ms: ${ADVICE.get('ETIMEDOUT')}`;
  const text = `no answer in ${waitedMs} ms`;
  return hasAnswered ? text : `${text}, though it took the connection: it may be no memq-server, or want TLS`;
}

/** The first byte of an answer of the binary protocol. */
const ANSWER = 0x81;

/** What the first bytes are of that some servers say; the rest of the line is theirs. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^HTTP\//, 'HTTP'],
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

/** What somebody is who does not answer in the binary protocol: a server that takes no more connections, or another. */
export type Stranger = { readonly isFull: boolean; readonly text: string };

/** Who has sent these first bytes; undefined for an answer of the binary protocol. */
export function strangerOf(bytes: Buffer): Stranger | undefined {
  if (bytes[0] === ANSWER) return undefined;
  const said = bytes.toString('latin1', 0, 200);
  const refusal = TOO_MANY.exec(said)?.[1];
  if (refusal !== undefined)
    return { isFull: true, text: `${refusal}: raise its --conn-limit, or open fewer connections` };
  if (TLS.test(said)) return { isFull: false, text: 'what listens there wants TLS' };
  const how = OTHERS.find(([pattern]) => pattern.test(said))?.[1] ?? 'another protocol';
  const text = `what listens there is no memq-server, but speaks ${how}: correct the host or the port`;
  return { isFull: false, text };
}
