import type { MessageDetail } from '../../../server/http/schemas/messages.ts';
import { bytesOfBase64 } from './hex.ts';
import { isPasteable, jsText, phpBytes, phpText, printfBytes, shellWord } from './quoting.ts';

export const COMMAND_LANGUAGES = ['memq', 'curl', 'php', 'node', 'nc'] as const;
export type CommandLanguage = (typeof COMMAND_LANGUAGES)[number];

/** Where the server is. */
export interface Address {
  /** Of its HTTP side, without a slash at its end. */
  readonly url: string;
  /** Who has to log in there. */
  readonly user: string | null;
  /** Of its memcache side: a host and a port, or a socket. */
  readonly memcache: { readonly host: string; readonly port: number } | { readonly socket: string };
}

type Enqueued = Pick<
  MessageDetail,
  | 'queue'
  | 'ref'
  | 'id'
  | 'group'
  | 'priority'
  | 'flags'
  | 'every'
  | 'cron'
  | 'payload'
  | 'truncated'
  | 'body_bytes'
>;

interface Parts {
  readonly message: Enqueued;
  readonly address: Address;
  /** Undefined: it is in the file. */
  readonly text: string | undefined;
}

/** The usual priority of a message. */
const USUAL = 1024;
const FILE = 'payload.bin';

/** What enqueues the same once more. A payload that cannot be pasted is fetched into a file first. */
export function commandOf(language: CommandLanguage, message: Enqueued, address: Address): string {
  const { payload, truncated, queue, ref } = message;
  const text = payload !== null && !truncated && isPasteable(payload) ? payload : undefined;
  const command = WRITERS[language]({ message, address, text });
  if (text !== undefined) return command;
  const body = `${address.url}/api/v1/queues/${queue.key}/messages/${ref}/body`;
  const comment = language === 'php' || language === 'node' ? '// ' : '';
  return `${comment}curl -sS${login(address)} -o ${FILE} ${shellWord(body)}\n${command}`;
}

const WRITERS: Readonly<Record<CommandLanguage, (parts: Parts) => string>> = { memq, curl, php, node, nc };

function memq({ message, address, text }: Parts): string {
  const options = optionsOf(message).map(([name, value]) => ` --${name} ${shellWord(value)}`);
  const input = text === undefined ? ` < ${FILE}` : ` -- ${shellWord(text)}`;
  return `MEMQ_URL=${shellWord(address.url)} memq enqueue ${shellWord(message.queue.key)}${options.join('')}${input}`;
}

function curl({ message, address, text }: Parts): string {
  // Only `--data-raw` takes an @ at its head for what it is.
  const data = text === undefined ? `--data-binary @${FILE}` : `--data-raw ${shellWord(text)}`;
  const type = "-H 'content-type: application/octet-stream'";
  return `curl -sS${login(address)} ${type} ${data} \\\n  ${shellWord(enqueueUrl(message, address))}`;
}

function php({ message, address: { memcache }, text }: Parts): string {
  const bytes = memcacheKey(message);
  const key = textOf(bytes);
  const to =
    'socket' in memcache ? `${phpText(memcache.socket)}, 0` : `${phpText(memcache.host)}, ${memcache.port}`;
  const body = text === undefined ? `file_get_contents('${FILE}')` : phpText(text);
  // In text the client refuses what is not ASCII.
  const isPlain = bytes.every((byte) => byte > 0x20 && byte < 0x7f);
  const lines = [
    '$memcached = new Memcached();',
    '$memcached->setOption(Memcached::OPT_COMPRESSION, false);',
    ...(isPlain ? [] : ['$memcached->setOption(Memcached::OPT_BINARY_PROTOCOL, true);']),
    `$memcached->addServer(${to});`,
    `if (!$memcached->set(${key === undefined ? phpBytes(bytes) : phpText(key)}, ${body})) {`,
    '    throw new RuntimeException($memcached->getResultMessage());',
    '}',
  ];
  return lines.join('\n');
}

function node({ message, address, text }: Parts): string {
  const body = text === undefined ? `readFileSync('${FILE}')` : jsText(text);
  const token = address.user === null ? '' : `\n    authorization: \`Bearer \${process.env.MEMQ_TOKEN}\`,`;
  return `${text === undefined ? `import { readFileSync } from 'node:fs';\n\n` : ''}const response = await fetch(${jsText(enqueueUrl(message, address))}, {
  method: 'POST',
  headers: {
    'content-type': 'application/octet-stream',${token}
  },
  body: ${body},
});
console.log(response.status, await response.json());`;
}

function nc({ message, address: { memcache }, text }: Parts): string {
  const to = 'socket' in memcache ? `-U ${shellWord(memcache.socket)}` : `${memcache.host} ${memcache.port}`;
  const head = `set ${printfBytes(memcacheKey(message))} ${message.flags} 0 ${message.body_bytes}\\r\\n`;
  if (text === undefined) return `{ printf '${head}'; cat ${FILE}; printf '\\r\\nquit\\r\\n'; } | nc ${to}`;
  return `printf '${head}%s\\r\\nquit\\r\\n' ${shellWord(text)} | nc ${to}`;
}

function login({ user }: Address): string {
  return user === null ? '' : ` -u ${shellWord(user)}`;
}

function enqueueUrl(message: Enqueued, { url }: Address): string {
  const { flags } = message;
  const options = new URLSearchParams([
    ...optionsOf(message),
    ...(flags === 0 ? [] : [['flags', String(flags)]]),
  ]).toString();
  return `${url}/api/v1/queues/${message.queue.key}/messages${options === '' ? '' : `?${options}`}`;
}

/** Options as HTTP and the command line name them. The id of a job that is scheduled belongs to the schedule. */
function optionsOf({ id, group, priority, every, cron }: Enqueued): [string, string][] {
  const options: [string, string | null][] = [
    ['id', cron === null ? id : null],
    ['group', group],
    ['priority', priority === USUAL ? null : String(priority)],
    ['every', every === null ? null : String(every)],
  ];
  return options.filter((option): option is [string, string] => option[1] !== null);
}

/** Queue and options as memcache clients have them in a key. */
function memcacheKey(message: Enqueued): Uint8Array {
  const { key } = message.queue;
  const queue = key.startsWith('~') ? bytesOfBase64(fromUrl(key.slice(1))) : new TextEncoder().encode(key);
  const options = optionsOf(message).map(
    ([name, value]) => `/${name === 'priority' ? 'pri' : name}=${value}`,
  );
  return Uint8Array.from([...queue, ...new TextEncoder().encode(options.join(''))]);
}

/** Undefined where it is no UTF-8, or cannot be pasted. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return isPasteable(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

function fromUrl(base64url: string): string {
  return base64url.replaceAll('-', '+').replaceAll('_', '/');
}
