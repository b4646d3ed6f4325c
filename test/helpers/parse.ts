import fc from 'fast-check';
import { expect } from 'vitest';
import { Input } from '../../server/protocol/input.ts';
import type { Parser, Request } from '../../server/protocol/request.ts';
import { amount } from './amount.ts';

/** The item size limit of the parsers under test. */
export const MAX_ITEM = 100;

/** What a command says, as plain values; the body copied, as it is valid for the moment only. */
export function seen(command: Request) {
  const { verb, key, keys, flags, exptime, quiet, isSilent, cas, argument, problem, frame, meta } = command;
  const body = command.copyBody().toString('latin1');
  return {
    verb,
    key: key?.text,
    keys: keys?.map(({ text }) => text),
    flags,
    exptime,
    quiet,
    isSilent,
    cas,
    argument,
    problem,
    frame,
    meta,
    body,
  };
}

/** Feeds a parser as the server does: through one buffer for all, whose bytes are gone after each chunk. */
export function parse(parser: Parser, chunks: readonly Buffer[]) {
  return parseAs(parser, chunks, seen);
}

/** The same, and of each command what `look` makes of it. */
export function parseAs<T>(parser: Parser, chunks: readonly Buffer[], look: (command: Request) => T): T[] {
  const input = new Input();
  const shared = Buffer.alloc(Math.max(0, ...chunks.map(({ length }) => length)) + 16, '\n');
  const commands: T[] = [];
  for (const chunk of chunks) {
    chunk.copy(shared);
    input.push(shared, chunk.length);
    for (let command = parser.next(input); command !== undefined; command = parser.next(input)) {
      commands.push(look(command));
      if (command.problem?.fatal) return commands;
    }
    input.settle();
    shared.fill('\n');
  }
  return commands;
}

function bytesOf(data: Buffer): Buffer[] {
  return Array.from(data, (byte) => Buffer.of(byte));
}

/** `data` in pieces; a place beyond its end counts on from its start. */
export function cut(data: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (data.length + 1)), data.length].sort((a, b) => a - b);
  return ends.map((end, i) => data.subarray(ends[i - 1] ?? 0, end));
}

/** Where to cut: any number of places anywhere. */
export const places = fc.array(fc.nat(), { maxLength: 8 });

/** Whole, byte by byte, and cut anywhere: the commands are the same. */
export function expectSameHoweverCut(createParser: () => Parser, data: Buffer, places: readonly number[]) {
  const whole = parse(createParser(), [data]);
  expect(parse(createParser(), bytesOf(data))).toEqual(whole);
  expect(parse(createParser(), cut(data, places))).toEqual(whole);
  return whole;
}

/** The same of any data of that kind, which never makes more commands than it has bytes. */
export function expectSameWhatever(createParser: () => Parser, data: fc.Arbitrary<Buffer>): void {
  fc.assert(
    fc.property(data, places, (data, places) => {
      const commands = expectSameHoweverCut(createParser, data, places);
      expect(commands.length).toBeLessThanOrEqual(data.length);
    }),
    { numRuns: amount(800, 2000) },
  );
}

/** Bytes without a blank or line end. */
export const word = fc.stringMatching(/^[!-~\x80-\xff]{1,12}$/);
/** A key without options. */
export const queue = fc.stringMatching(/^[a-z:_]{1,12}$/);
export const body = fc.uint8Array({ maxLength: MAX_ITEM }).map((bytes) => Buffer.from(bytes));
export const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
export const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
