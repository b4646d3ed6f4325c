import { HEADER_LENGTH, REQUEST_MAGIC } from './binary-layout.ts';
import type { Input } from './input.ts';
import { KeyCache } from './key.ts';
import { type Parser, Request, type Verb } from './request.ts';

interface Operation {
  readonly verb: Verb;
  readonly quiet: boolean;
  /** Lengths of extras that the specification and its clients use. */
  readonly extras: readonly number[];
  readonly key: 'required' | 'none' | 'optional';
}

/** All others take no value. */
const WITH_VALUE: ReadonlySet<Verb> = new Set(['set', 'add', 'replace', 'append', 'prepend', 'sasl_auth']);

function operation(verb: Verb, extras: readonly number[], key: Operation['key'], quiet = false): Operation {
  return { verb, quiet, extras, key };
}

/** BinaryProtocolRevamped, "Command Opcodes". */
const OPERATIONS = new Map<number, Operation>([
  [0x00, operation('get', [0], 'required')],
  [0x01, operation('set', [8], 'required')],
  [0x02, operation('add', [8], 'required')],
  [0x03, operation('replace', [8], 'required')],
  [0x04, operation('delete', [0], 'required')],
  [0x05, operation('incr', [20], 'required')],
  [0x06, operation('decr', [20], 'required')],
  [0x07, operation('quit', [0], 'none')],
  [0x08, operation('flush_all', [0, 4], 'none')],
  [0x09, operation('get', [0], 'required', true)],
  [0x0a, operation('noop', [0], 'none')],
  [0x0b, operation('version', [0], 'none')],
  [0x0c, operation('get', [0], 'required')],
  [0x0d, operation('get', [0], 'required', true)],
  [0x0e, operation('append', [0], 'required')],
  [0x0f, operation('prepend', [0], 'required')],
  [0x10, operation('stats', [0], 'optional')],
  [0x11, operation('set', [8], 'required', true)],
  [0x12, operation('add', [8], 'required', true)],
  [0x13, operation('replace', [8], 'required', true)],
  [0x14, operation('delete', [0], 'required', true)],
  [0x15, operation('incr', [20], 'required', true)],
  [0x16, operation('decr', [20], 'required', true)],
  [0x17, operation('quit', [0], 'none', true)],
  [0x18, operation('flush_all', [0, 4], 'none', true)],
  [0x19, operation('append', [0], 'required', true)],
  [0x1a, operation('prepend', [0], 'required', true)],
  [0x1b, operation('verbosity', [0, 4], 'none')],
  [0x1c, operation('touch', [4], 'required')],
  [0x1d, operation('gat', [4], 'required')],
  [0x1e, operation('gat', [4], 'required', true)],
  [0x20, operation('sasl_list', [0], 'none')],
  [0x21, operation('sasl_auth', [0], 'optional')],
  [0x22, operation('sasl_auth', [0], 'optional')],
  [0x23, operation('gat', [4], 'required')],
  [0x24, operation('gat', [4], 'required', true)],
]);

/** The binary protocol (BinaryProtocolRevamped). */
export class BinaryParser implements Parser {
  readonly #maxItemSize: number;
  readonly #keys: KeyCache;

  /** `keysHaveOptions`: see the constructor of Key. */
  constructor(maxItemSize: number, keysHaveOptions = true) {
    this.#maxItemSize = maxItemSize;
    this.#keys = new KeyCache(keysHaveOptions);
  }

  next(input: Input): Request | undefined {
    if (input.skipping || input.length === 0) return undefined;
    const { bytes, start } = input;
    if (bytes[start] !== REQUEST_MAGIC) return framed(broken('not a binary request'), 0, 0);
    if (input.length < HEADER_LENGTH) return undefined;
    const opcode = bytes.readUInt8(start + 1);
    const opaque = bytes.readUInt32BE(start + 12);
    const keyLength = bytes.readUInt16BE(start + 2);
    const extrasLength = bytes.readUInt8(start + 4);
    const bodyLength = bytes.readUInt32BE(start + 8);
    const valueLength = bodyLength - keyLength - extrasLength;
    if (valueLength < 0) return framed(broken('key and extras are longer than the body'), opcode, opaque);
    const known = OPERATIONS.get(opcode);
    const problem =
      known === undefined ? undefined : shapeProblem(known, keyLength, extrasLength, valueLength);
    if (known === undefined || problem !== undefined) {
      input.start += HEADER_LENGTH;
      input.skip(bodyLength);
      if (problem === undefined) return framed(Request.invalid('unknown', 'unknown command'), opcode, opaque);
      return framed(Request.invalid('client', problem), opcode, opaque);
    }
    const isTooLarge = valueLength > this.#maxItemSize;
    // Of what is too large, all but the value.
    if (input.length < HEADER_LENGTH + bodyLength - (isTooLarge ? valueLength : 0)) return undefined;

    const extras = start + HEADER_LENGTH;
    const key = extras + extrasLength;
    const value = key + keyLength;
    const request = new Request(known.verb);
    request.quiet = known.quiet;
    request.cas = bytes.readUInt32BE(start + 16) * 2 ** 32 + bytes.readUInt32BE(start + 20);
    if (known.key === 'required') request.key = this.#keys.read(bytes, key, value);
    else request.argument = bytes.toString('latin1', key, value);
    if (extrasLength >= 8) request.flags = bytes.readUInt32BE(extras);
    if (extrasLength === 4) request.exptime = readExptime(bytes, extras);
    else if (extrasLength === 8) request.exptime = readExptime(bytes, extras + 4);
    input.start = value;
    if (isTooLarge) {
      input.skip(valueLength);
      request.refused('too_large', 'object too large for cache');
    } else {
      input.start += valueLength;
      request.body = bytes;
      request.bodyStart = value;
      request.bodyEnd = input.start;
    }
    return framed(request, opcode, opaque);
  }
}

/** What is wrong with the lengths of a packet's three parts: such a packet is not executed. */
function shapeProblem(
  known: Operation,
  keyLength: number,
  extrasLength: number,
  valueLength: number,
): string | undefined {
  if (!known.extras.includes(extrasLength))
    return `${known.verb} does not take ${extrasLength} bytes of extras`;
  if (known.key === 'required' && keyLength === 0) return `${known.verb} needs a key`;
  if (known.key === 'none' && keyLength > 0) return `${known.verb} takes no key`;
  if (valueLength > 0 && !WITH_VALUE.has(known.verb)) return `${known.verb} takes no value`;
  return undefined;
}

/** Nothing behind this can be trusted to be where it seems to be. */
function broken(why: string): Request {
  return Request.invalid('client', why, true);
}

function framed(request: Request, opcode: number, opaque: number): Request {
  request.frame = { opcode, opaque };
  return request;
}

/** Clients send small negative numbers for what has expired already; all else is unsigned. */
const MOST_NEGATIVE = -(2 ** 20);

function readExptime(bytes: Buffer, offset: number): number {
  const exptime = bytes.readInt32BE(offset);
  return exptime < MOST_NEGATIVE ? exptime + 2 ** 32 : exptime;
}
