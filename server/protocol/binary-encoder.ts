import type { Key } from './key.ts';
import type { Problem, ProblemKind } from './problem.ts';
import { bodyBytes, INLINE_LIMIT, type Replies, type Reply, type Status, type Value } from './replies.ts';
import type { Command } from './request.ts';

const RESPONSE_MAGIC = 0x81;
const HEADER_LENGTH = 24;
const NOOP = 0x0a;

/** The opcodes whose answers carry the key. */
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
function header(command: Command, status: number, key: string, rest: number, cas = 0, flags = -1): string {
  const extras = flags < 0 ? 0 : 4;
  scratch[0] = RESPONSE_MAGIC;
  scratch[1] = command.frame?.opcode ?? NOOP;
  scratch.writeUInt16BE(key.length, 2);
  scratch[4] = extras;
  scratch[5] = 0;
  scratch.writeUInt16BE(status, 6);
  scratch.writeUInt32BE(extras + key.length + rest, 8);
  scratch.writeUInt32BE(command.frame?.opaque ?? 0, 12);
  scratch.writeUInt32BE(Math.floor(cas / 2 ** 32), 16);
  scratch.writeUInt32BE(cas >>> 0, 20);
  if (extras > 0) scratch.writeUInt32BE(flags, HEADER_LENGTH);
  return scratch.toString('latin1', 0, HEADER_LENGTH + extras) + key;
}

function answer(command: Command, status: number, text: string): string {
  return header(command, status, '', text.length) + text;
}

/** The binary protocol. Quiet opcodes silence success (of a store) or a miss (of a read), never an error. */
export const binaryReplies: Replies = {
  status(command: Command, outcome: Status): Reply {
    const status = outcome === 'not_stored' ? refusal(command) : outcome;
    const code = STATUS_CODE[status];
    // "DELETEQ, TOUCH": a quiet miss of a delete is an error and so is answered.
    if (command.quiet && code === 0) return '';
    return answer(command, code, STATUS_TEXT[status] ?? '');
  },

  problem: (command: Command, problem: Problem) => answer(command, PROBLEM_CODE[problem.kind], problem.text),

  value(command: Command, key: Key, value: Value): Reply {
    const length = value.preface.length + value.end - value.start;
    const head = header(command, 0, keyOf(command, key), length, value.cas, value.flags) + value.preface;
    if (length <= INLINE_LIMIT) return head + value.body.toString('latin1', value.start, value.end);
    return [head, bodyBytes(value)];
  },

  miss(command: Command, key: Key): Reply {
    if (command.quiet) return '';
    const echoed = keyOf(command, key);
    // A miss with the key has no text behind it, so that clients can match on the key alone.
    return echoed === '' ? answer(command, 1, 'Not found') : header(command, 1, echoed, 0);
  },

  end: () => '',
  version: (command, version) => answer(command, 0, version),
  noop: (command) => answer(command, 0, ''),
  stat: (command, name, value) => header(command, 0, name, value.length) + value,
  statsEnd: (command) => answer(command, 0, ''),
  saslMechanisms: (command, mechanisms) => answer(command, 0, mechanisms),
  authenticated: (command) => answer(command, 0, 'Authenticated'),
};

/** As memcached has it: what cannot be added exists, what cannot be replaced was not found. */
function refusal({ verb }: Command): Status {
  if (verb === 'add') return 'exists';
  return verb === 'replace' ? 'not_found' : 'not_stored';
}

function keyOf(command: Command, key: Key): string {
  return command.frame !== undefined && WITH_KEY.has(command.frame.opcode) ? key.text : '';
}
