import { MAX_KEY_LENGTH } from '../../shared/key-length.ts';
import type { KeyCache } from './key.ts';
import { Request } from './request.ts';

const LF = 10;
const CR = 13;
const BLANK = 32;
const ZERO = 48;
/** `get ` and `set `, as little-endian words. */
const GET = 0x20_74_65_67;
const SET = 0x20_74_65_73;

/** More digits than a number is read of here: beyond them it might not be a small integer. */
const MOST_DIGITS = 9;

/**
 * The lines that nearly all lines are, read from their bytes without making a string: `get <key>` and
 * `set <key> <flags> <exptime> <bytes>` with one blank between the words. All others are up to `TextParser`, which reads these
 * as well, and to the same end.
 */
export class PlainLines {
  readonly #keys: KeyCache;
  /** Of the line that was read last: what follows it, the length of its body (-1: it has none), and how it ends. */
  after = 0;
  bodyLength = -1;
  endsInLf = false;
  /** Behind the number that was read last. */
  #next = 0;

  constructor(keys: KeyCache) {
    this.#keys = keys;
  }

  /** The request of the line at `start`; undefined where it is another one, or not all of it is there. */
  read(bytes: Buffer, start: number, end: number): Request | undefined {
    const key = start + 4;
    if (key >= end) return undefined;
    const verb = bytes.readInt32LE(start);
    if (verb === GET) return this.#get(bytes, key, end);
    return verb === SET ? this.#set(bytes, key, end) : undefined;
  }

  #get(bytes: Buffer, start: number, end: number): Request | undefined {
    const keyEnd = endOfKey(bytes, start, end);
    if (keyEnd === start || !this.#endsAt(bytes, keyEnd, end)) return undefined;
    this.bodyLength = -1;
    const request = new Request('get');
    request.key = this.#keys.read(bytes, start, keyEnd);
    return request;
  }

  #set(bytes: Buffer, start: number, end: number): Request | undefined {
    const keyEnd = endOfKey(bytes, start, end);
    if (keyEnd === start || keyEnd === end || bytes[keyEnd] !== BLANK) return undefined;
    const flags = this.#number(bytes, keyEnd + 1, end);
    if (flags < 0 || bytes[this.#next] !== BLANK) return undefined;
    const exptime = this.#number(bytes, this.#next + 1, end);
    if (exptime < 0 || bytes[this.#next] !== BLANK) return undefined;
    const size = this.#number(bytes, this.#next + 1, end);
    if (size < 0 || !this.#endsAt(bytes, this.#next, end)) return undefined;
    this.bodyLength = size;
    const request = new Request('set');
    request.key = this.#keys.read(bytes, start, keyEnd);
    request.flags = flags;
    request.exptime = exptime;
    return request;
  }

  /** The number at `at`, behind which something has to follow; -1 where there is none. */
  #number(bytes: Buffer, at: number, end: number): number {
    const last = Math.min(end - 1, at + MOST_DIGITS);
    let value = 0;
    let next = at;
    for (; next < last; next++) {
      const digit = (bytes[next] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.#next = next;
    return next === at ? -1 : value;
  }

  /** Whether the line ends at `at`, which is noted then. */
  #endsAt(bytes: Buffer, at: number, end: number): boolean {
    const newline = bytes[at] === CR ? at + 1 : at;
    if (newline >= end || bytes[newline] !== LF) return false;
    this.after = newline + 1;
    this.endsInLf = newline === at;
    return true;
  }
}

/** Where a key ends; somewhere in it where it is too long. */
function endOfKey(bytes: Buffer, start: number, end: number): number {
  const longest = Math.min(end, start + MAX_KEY_LENGTH);
  let at = start;
  while (at < longest && (bytes[at] as number) > BLANK) at++;
  return at;
}
