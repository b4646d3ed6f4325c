import fc from 'fast-check';
import { expect } from 'vitest';
import { Input } from '../../../server/protocol/input.ts';
import { type Reply, type Status, settled, type Value } from '../../../server/protocol/reply.ts';
import type { Request } from '../../../server/protocol/request.ts';
import { textEncoder } from '../../../server/protocol/text-encoder.ts';
import { TextParser } from '../../../server/protocol/text-parser.ts';
import { cut, MAX_ITEM, parseAs, seen, word } from '../../helpers/parse.ts';

/** What a parser makes of these chunks, and what it refuses is answered with. */
export function parseChunks(chunks: readonly Buffer[]) {
  return parseAs(new TextParser(MAX_ITEM), chunks, (command) => {
    const { problem } = command;
    return { ...seen(command), refusal: problem && bytesOf(textEncoder.problem(command, problem)) };
  });
}

export function parse(text: string, places: readonly number[] = []) {
  return parseChunks(cut(Buffer.from(text, 'latin1'), places));
}

/** The one command of `text`. */
export function commandOf(text: string): Request {
  const input = new Input();
  input.push(Buffer.from(text, 'latin1'));
  const parser = new TextParser(MAX_ITEM);
  const command = parser.next(input);
  if (command === undefined) throw new Error(`no command in ${JSON.stringify(text)}`);
  if (command.problem?.fatal) return command;
  expect(parser.next(input)).toBeUndefined();
  expect(input.length).toBe(0);
  return command;
}

export function bytesOf(reply: Reply): string {
  const text = settled(reply);
  const parts = typeof text === 'string' ? [text] : text;
  return parts.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))).join('');
}

export function messageOf(text: string, rest: Partial<Value> = {}): Value {
  // Real bodies lie somewhere in a larger buffer.
  const body = Buffer.from(`<<${text}>>`, 'latin1');
  return { flags: 7, cas: 42, preface: '', body, start: 2, end: body.length - 2, ...rest };
}

/** What a read is answered with, found or not. */
export function readReply(line: string, value: Value | undefined): string {
  const command = commandOf(`${line}\r\n`);
  const { key } = command;
  if (key === undefined) throw new Error(command.problem?.text);
  const first = value === undefined ? textEncoder.miss(command, key) : textEncoder.value(command, key, value);
  return bytesOf(first) + bytesOf(textEncoder.end(command));
}

export function statusReply(request: string, status: Status, cas?: number): string {
  const command = commandOf(request);
  expect(command.problem).toBeUndefined();
  return bytesOf(textEncoder.status(command, status, cas));
}

export function refusalOf(request: string): string {
  const command = commandOf(request);
  const { problem } = command;
  if (problem === undefined) throw new Error(`${JSON.stringify(request)} was not refused`);
  expect(problem.fatal).toBe(false);
  return bytesOf(textEncoder.problem(command, problem));
}

export const opaque = fc.stringMatching(/^[!-~\x80-\xff]{0,32}$/);

export const shared = [
  fc.constant('k'),
  fc.constant('q'),
  opaque.map((token) => `O${token}`),
  word.map((token) => `L${token}`),
  word.map((token) => `P${token}`),
];

/** Some of the flags, each at most once, in any order. */
export function someOf(...flags: fc.Arbitrary<string>[]): fc.Arbitrary<string[]> {
  return fc.tuple(...flags).chain((all) => fc.shuffledSubarray(all));
}

export function numberOf(flags: readonly string[], letter: string): number {
  return Number(flags.find((flag) => flag.startsWith(letter))?.slice(1) ?? 0);
}
