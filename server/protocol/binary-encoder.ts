import { HEADER_LENGTH, RESPONSE_MAGIC } from './binary-layout.ts';
import type { Encoder } from './encoder.ts';
import type { Key } from './key.ts';
import type { Problem, ProblemKind } from './problem.ts';
import {
  bodyBytes,
  INLINE_LIMIT,
  InlineValue,
  lengthOf,
  type Reply,
  type Status,
  type Value,
} from './reply.ts';
import type { Request } from './request.ts';

const NOOP = 0x0a;

/** The opcodes whose replies carry the key. */
const WITH_KEY: ReadonlySet<number> = new Set([0x0c, 0x0d, 0x23, 0x24]);

/** BinaryProtocolRevamped, "Response Status". */
const STATUS_CODE: Readonly<Record<Status, number>> = {
  stored: 0,
  deleted: 0,
  touched: 0,
  ok: 0,
  not_found: 1,
  exists: 2,
  not_stored: 5,
};

const PROBLEM_CODE: Readonly<Record<ProblemKind, number>> = {
  client: 0x04,
  too_large: 0x03,
  auth: 0x20,
  unknown: 0x81,
  full: 0x82,
  server: 0x84,
  disk: 0x84,
  stopping: 0x86,
};

const STATUS_TEXT: Readonly<Partial<Record<Status, string>>> = {
  not_found: 'Not found',
  exists: 'Data exists for key.',
  not_stored: 'Not stored.',
};

const scratch = Buffer.alloc(HEADER_LENGTH + 4);

/** The header, and 4 bytes of flags as extras where `flags` is given, as a latin1 string. */
function header(request: Request, status: number, key: string, rest: number, cas = 0, flags = -1): string {
  const extras = flags < 0 ? 0 : 4;
  scratch[0] = RESPONSE_MAGIC;
  scratch[1] = request.frame?.opcode ?? NOOP;
  scratch.writeUInt16BE(key.length, 2);
  scratch[4] = extras;
  scratch[5] = 0;
  scratch.writeUInt16BE(status, 6);
  scratch.writeUInt32BE(extras + key.length + rest, 8);
  scratch.writeUInt32BE(request.frame?.opaque ?? 0, 12);
  scratch.writeUInt32BE(Math.floor(cas / 2 ** 32), 16);
  scratch.writeUInt32BE(cas >>> 0, 20);
  if (extras > 0) scratch.writeUInt32BE(flags, HEADER_LENGTH);
  return scratch.toString('latin1', 0, HEADER_LENGTH + extras) + key;
}

function reply(request: Request, status: number, text: string, cas = 0): string {
  return header(request, status, '', text.length, cas) + text;
}

/** The binary protocol. Quiet opcodes silence success (of a store) or a miss (of a read), never an error. */
export const binaryEncoder: Encoder = {
  /** A store's reply has the message's id as its CAS: clients take 0 for a store that failed. */
  status(request: Request, given: Status, cas = 0): Reply {
    const status = given === 'not_stored' ? refusal(request) : given;
    const code = STATUS_CODE[status];
    // "DELETEQ, TOUCH": a quiet miss of a delete is an error and so has a reply.
    if (request.quiet && code === 0) return '';
    return reply(request, code, STATUS_TEXT[status] ?? '', cas);
  },

  problem: (request: Request, problem: Problem) => reply(request, PROBLEM_CODE[problem.kind], problem.text),

  value(request: Request, key: Key, value: Value): Reply {
    const length = lengthOf(value);
    const head = header(request, 0, keyOf(request, key), length, value.cas, value.flags);
    if (length <= INLINE_LIMIT) return new InlineValue(head, value, '');
    return [head + value.preface, bodyBytes(value)];
  },

  miss(request: Request, key: Key): Reply {
    if (request.quiet) return '';
    const echoed = keyOf(request, key);
    // A miss with the key has no text behind it, so that clients can match on the key alone.
    return echoed === '' ? reply(request, 1, 'Not found') : header(request, 1, echoed, 0);
  },

  end: () => '',
  version: (request, version) => reply(request, 0, version),
  noop: (request) => reply(request, 0, ''),
  quit: (request) => (request.quiet ? '' : reply(request, 0, '')),
  stat: (request, name, value) => header(request, 0, name, value.length) + value,
  statsEnd: (request) => reply(request, 0, ''),
  statsReset: (request) => reply(request, 0, ''),
  saslMechanisms: (request, mechanisms) => reply(request, 0, mechanisms),
  authenticated: (request) => reply(request, 0, 'Authenticated'),
};

/** As memcached has it: what cannot be added exists, what cannot be replaced was not found. */
function refusal({ verb }: Request): Status {
  if (verb === 'add') return 'exists';
  return verb === 'replace' ? 'not_found' : 'not_stored';
}

function keyOf(request: Request, key: Key): string {
  return request.frame !== undefined && WITH_KEY.has(request.frame.opcode) ? key.text : '';
}
