import { matches } from './bytes.ts';
import type { BodyCheck } from './protocol.ts';

/** Digits of the number of a connection, a blank, digits of the number of a message on it, a blank. */
const CONNECTION_DIGITS = 3;
const MESSAGE_DIGITS = 9;
const MESSAGE_AT = CONNECTION_DIGITS + 1;
/** Bytes of a numbered body before its filling. */
const NUMBER_LENGTH = MESSAGE_AT + MESSAGE_DIGITS + 1;

const ZERO = 0x30;
const BLANK = 0x20;

/** Writes at `start` what a body begins with: the number of a connection and of a message on it. */
export function writeNumber(bytes: Buffer, start: number, connection: number, message: number): void {
  writeDigits(bytes, start, CONNECTION_DIGITS, connection);
  writeDigits(bytes, start + MESSAGE_AT, MESSAGE_DIGITS, message);
}

/** Reads it back. */
export function parseNumber(body: string): { connection: number; message: number } {
  const [connection, message] = body.split(' ', 2).map(Number);
  return { connection: connection, message: message };
}

/** The messages of one connection that were taken. */
interface Taken {
  /** One bit each. */
  bits: Uint8Array;
  first: number;
  last: number;
  count: number;
}

/** All numbered bodies that a load takes: each is to come once. */
export class NumberedBodies {
  /** By the connection that stored them. */
  readonly #taken: Taken[] = [];

  /** How many, of those between the first and the last of each connection, have not come. */
  get missing(): number {
    return this.#taken.reduce((sum, { first, last, count }) => sum + last - first + 1 - count, 0);
  }

  /** Counts a message; false if it came before. */
  count(connection: number, message: number): boolean {
    this.#taken[connection] ??= { bits: new Uint8Array(1024), first: message, last: message, count: 0 };
    const taken = this.#taken[connection];
    const index = message >>> 3;
    const bit = 1 << (message & 7);
    if (index >= taken.bits.length) taken.bits = grown(taken.bits, 2 * index);
    if ((taken.bits[index] & bit) !== 0) return false;
    taken.bits[index] |= bit;
    taken.first = Math.min(taken.first, message);
    taken.last = Math.max(taken.last, message);
    taken.count++;
    return true;
  }
}

/** The bodies that one connection takes: those that another one stored are to come in the order of their numbers. */
export class NumberedBodyCheck implements BodyCheck {
  readonly #all: NumberedBodies;
  readonly #expected: Buffer;
  readonly #number = Buffer.alloc(NUMBER_LENGTH);
  /** By the connection that stored it: the message that came last. */
  readonly #last: number[] = [];

  /** `expected`: a body, whatever its number. */
  constructor(all: NumberedBodies, expected: Buffer) {
    this.#all = all;
    this.#expected = expected;
  }

  get length(): number {
    return this.#expected.length;
  }

  isPart(bytes: Buffer, start: number, offset: number, length: number): boolean {
    const ofNumber = Math.min(Math.max(NUMBER_LENGTH - offset, 0), length);
    for (let i = 0; i < ofNumber; i++) this.#number[offset + i] = bytes[start + i];
    return matches(bytes, start + ofNumber, this.#expected, offset + ofNumber, length - ofNumber);
  }

  isWhole(): boolean {
    const connection = readDigits(this.#number, 0, CONNECTION_DIGITS);
    const message = readDigits(this.#number, MESSAGE_AT, MESSAGE_DIGITS);
    if (!(connection >= 0 && message >= 0)) return false;
    const isNext = message > (this.#last[connection] ?? -1);
    this.#last[connection] = message;
    return this.#all.count(connection, message) && isNext;
  }
}

function writeDigits(bytes: Buffer, start: number, digits: number, number: number): void {
  let rest = number;
  for (let at = start + digits - 1; at >= start; at--) {
    bytes[at] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  bytes[start + digits] = BLANK;
}

/** NaN where other bytes than digits and a blank behind them are found. */
function readDigits(bytes: Buffer, start: number, digits: number): number {
  let number = 0;
  for (let at = start; at < start + digits; at++) {
    const digit = bytes[at] - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return bytes[start + digits] === BLANK ? number : Number.NaN;
}

function grown(bits: Uint8Array, length: number): Uint8Array {
  const larger = new Uint8Array(length);
  larger.set(bits);
  return larger;
}
