import type { Key, KeyCache } from './key.ts';
import { Option } from './options.ts';
import { type MetaName, Request, type Verb } from './request.ts';
import { integer, UINT32_MAX, uint32, unsigned } from './words.ts';

interface Flag {
  readonly commands: readonly MetaName[];
  /** What the token must be; undefined where any will do. */
  readonly token: { readonly what: string; allows(token: string): boolean } | undefined;
}

const UINT64_MAX = 18_446_744_073_709_551_615n;
const MAX_OPAQUE_LENGTH = 32;

/** The token of `M`. Earlier versions of the protocol wrote it in lower case. */
const MODES: ReadonlyMap<string, Verb> = new Map([
  ['E', 'add'],
  ['A', 'append'],
  ['P', 'prepend'],
  ['R', 'replace'],
  ['S', 'set'],
]);

const NO_TOKEN = { what: 'takes no token', allows: (token: string) => token === '' };
const CAS = { what: 'needs the token of a lease', allows: isCas };
const UINT32 = {
  what: `needs a number up to ${UINT32_MAX}`,
  allows: (token: string) => uint32(token) !== undefined,
};
const SECONDS = { what: 'needs seconds', allows: (token: string) => integer(token) !== undefined };
const MODE = {
  what: 'needs one of E, A, P, R, S',
  allows: (token: string) => MODES.has(token.toUpperCase()),
};
const OPAQUE = {
  what: `takes up to ${MAX_OPAQUE_LENGTH} bytes without CR`,
  allows: (token: string) => token.length <= MAX_OPAQUE_LENGTH && !token.includes('\r'),
};

const ALL: readonly MetaName[] = ['mg', 'ms', 'md'];

const FLAGS: ReadonlyMap<string, Flag> = new Map<string, Flag>([
  ['b', { commands: ALL, token: NO_TOKEN }],
  ['c', { commands: ['mg', 'ms'], token: NO_TOKEN }],
  ['f', { commands: ['mg'], token: NO_TOKEN }],
  ['k', { commands: ALL, token: NO_TOKEN }],
  ['q', { commands: ALL, token: NO_TOKEN }],
  ['s', { commands: ['mg', 'ms'], token: NO_TOKEN }],
  ['v', { commands: ['mg'], token: NO_TOKEN }],
  ['C', { commands: ['md'], token: CAS }],
  ['F', { commands: ['ms'], token: UINT32 }],
  ['M', { commands: ['ms'], token: MODE }],
  ['O', { commands: ALL, token: OPAQUE }],
  ['T', { commands: ['mg', 'ms'], token: SECONDS }],
  // For proxies on the way.
  ['L', { commands: ALL, token: undefined }],
  ['P', { commands: ALL, token: undefined }],
]);

/** The flags of one line with their tokens, in the order of the line. */
type Flags = ReadonlyMap<string, string>;

/** `mg|md <key> <flags>*`, `ms <key> <datalen> <flags>*`, as the words of the line; the length is the caller's. */
export function metaRequest(name: MetaName, words: readonly string[], keys: KeyCache): Request {
  const text = words[1];
  if (text === undefined) return refuse(`${name} needs a key`);
  const flags = readFlags(name, words);
  if (typeof flags === 'string') return refuse(flags);
  if (flags.has('b') && !isBase64(text)) return refuse('key is not base64');
  const key = keys.get(flags.has('b') ? Buffer.from(text, 'base64').toString('latin1') : text);
  const problem = name === 'mg' && !flags.has('v') ? valuelessProblem(flags, key) : undefined;
  if (problem !== undefined) return refuse(problem);

  const request = new Request(verbOf(name, flags));
  request.key = key;
  request.flags = unsigned(flags.get('F')) ?? 0;
  request.exptime = integer(flags.get('T')) ?? 0;
  request.cas = Number(flags.get('C') ?? 0);
  request.quiet = flags.has('q');
  request.meta = { name, wantsValue: flags.has('v'), returned: returnedOf(flags, text) };
  return request;
}

function refuse(why: string): Request {
  return Request.invalid('client', why);
}

/** The flags, or what is wrong with them. */
function readFlags(name: MetaName, words: readonly string[]): Flags | string {
  const flags = new Map<string, string>();
  for (let i = name === 'ms' ? 3 : 2; i < words.length; i++) {
    const word = words[i] as string;
    const letter = word.charAt(0);
    const token = word.slice(1);
    const flag = FLAGS.get(letter);
    if (!flag?.commands.includes(name)) {
      const reason = name === 'ms' && letter === 'C' ? ': a message in a queue is never changed' : '';
      return `flag "${letter}" is not supported with ${name}${reason}`;
    }
    if (flags.has(letter)) return `duplicate flag "${letter}"`;
    if (flag.token?.allows(token) === false) return `flag "${letter}" ${flag.token.what}`;
    flags.set(letter, token);
  }
  return flags;
}

/** What an `mg` that asks for no body cannot ask for either. */
function valuelessProblem(flags: Flags, key: Key): string | undefined {
  if (key.has(Option.open)) return 'option "open" needs the flag "v"';
  if (!flags.has('T')) return undefined;
  for (const letter of ['c', 'f', 's']) {
    if (flags.has(letter)) return `flag "${letter}" needs the flag "v" when there is a "T"`;
  }
  return undefined;
}

function verbOf(name: MetaName, flags: Flags): Verb {
  switch (name) {
    case 'mg':
      if (!flags.has('T')) return flags.has('c') ? 'gets' : 'get';
      if (!flags.has('v')) return 'touch';
      return flags.has('c') ? 'gats' : 'gat';
    case 'ms':
      return MODES.get(flags.get('M')?.toUpperCase() ?? '') ?? 'set';
    case 'md':
      return 'delete';
  }
}

function returnedOf(flags: Flags, text: string): string[] {
  const returned: string[] = [];
  for (const [letter, token] of flags) {
    if (letter === 'k') returned.push(flags.has('b') ? `k${text} b` : `k${text}`);
    else if ('Osfc'.includes(letter)) returned.push(letter + token);
  }
  return returned;
}

/** 0 is none: with it a client that has lost its token would delete the queue. */
function isCas(token: string): boolean {
  return /^\d{1,20}$/.test(token) && BigInt(token) > 0n && BigInt(token) <= UINT64_MAX;
}

function isBase64(text: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==|[A-Za-z0-9+/]=))?$/.test(text);
}
