import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BinaryParser } from '../../server/protocol/binary-parser.ts';
import type { Parser } from '../../server/protocol/request.ts';
import { TextParser } from '../../server/protocol/text-parser.ts';
import { amount } from '../helpers/amount.ts';
import { expectSameHoweverCut, MAX_ITEM, parse, places } from '../helpers/parse.ts';
import { BINARY_CONVERSATIONS, CONVERSATIONS, TEXT_CONVERSATIONS } from './conversations.ts';
import { fuzz } from './fuzzer.ts';
import { mutated } from './mutation.ts';

const INPUTS = Number(process.env.FUZZ_INPUTS ?? amount(2500, 20_000));
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 30));

function parserFor(bytes: Buffer): Parser {
  return bytes[0] === 0x80 ? new BinaryParser(MAX_ITEM) : new TextParser(MAX_ITEM);
}

describe('a conversation', () => {
  it.each(CONVERSATIONS.map((bytes, i) => ({ i, bytes })))(
    '$i means the same wherever it is cut',
    ({ bytes }) => {
      const whole = parse(parserFor(bytes), [bytes]);
      expect(whole.length).toBeGreaterThan(5);
      for (let offset = 0; offset <= bytes.length; offset++) {
        expect(parse(parserFor(bytes), [bytes.subarray(0, offset), bytes.subarray(offset)])).toEqual(whole);
      }
    },
  );

  it('is of every protocol, and has something for every verb', () => {
    const verbs = (conversations: readonly Buffer[]) =>
      new Set(conversations.flatMap((bytes) => parse(parserFor(bytes), [bytes]).map(({ verb }) => verb)));
    const common = ['get', 'gat', 'set', 'add', 'replace', 'append', 'prepend', 'delete', 'touch', 'incr'];
    const both = [...common, 'stats', 'version', 'verbosity', 'noop', 'quit', 'invalid'];
    for (const verb of [...both, 'gets', 'gats', 'cas', 'decr', 'flush'])
      expect(verbs(TEXT_CONVERSATIONS)).toContain(verb);
    for (const verb of [...both, 'flush_all', 'sasl_list', 'sasl_auth'])
      expect(verbs(BINARY_CONVERSATIONS)).toContain(verb);
  });

  it('means the same however it is cut, when it is mutated', () => {
    fc.assert(
      fc.property(mutated, places, (bytes, cuts) => {
        expectSameHoweverCut(() => parserFor(bytes), bytes, cuts);
      }),
      { numRuns: amount(200, 500) },
    );
  });
});

describe('a server', () => {
  it(`withstands ${INPUTS} hostile inputs, and serves an honest client all the time`, {
    timeout: 300_000,
  }, async () => {
    const { served } = await fuzz(INPUTS, SEED);
    expect(served).toBeGreaterThan(INPUTS / 100);
  });
});
