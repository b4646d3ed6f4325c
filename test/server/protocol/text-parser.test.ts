import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Input } from '../../../server/protocol/input.ts';
import { MAX_LINE_LENGTH, TextParser } from '../../../server/protocol/text-parser.ts';
import { amount } from '../../helpers/amount.ts';
import {
  body,
  cut,
  expectSameHoweverCut,
  expectSameWhatever,
  int32,
  MAX_ITEM,
  parse,
  places,
  queue,
  uint32,
  word,
} from '../../helpers/parse.ts';

const createParser = () => new TextParser(MAX_ITEM);
const blanks = fc.constantFrom(' ', '  ', '   ');
const lineEnd = fc.constantFrom('\r\n', '\n');
const store = fc.record({
  verb: fc.constantFrom('set', 'add', 'replace', 'append', 'prepend'),
  key: queue,
  flags: uint32,
  exptime: int32,
  quiet: fc.boolean(),
  body,
});

it('reads back every store that can be written, with any body', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(store, blanks, lineEnd), { maxLength: 5 }), places, (stores, places) => {
      const data = stores.map(([{ verb, key, flags, exptime, quiet, body }, blank, end]) => {
        const words = [verb, key, flags, exptime, body.length, ...(quiet ? ['noreply'] : [])];
        return Buffer.concat([Buffer.from(words.join(blank) + end), body, Buffer.from(end)]);
      });
      const commands = expectSameHoweverCut(createParser, Buffer.concat(data), places);
      expect(commands).toMatchObject(
        stores.map(([{ body, quiet, ...rest }]) => ({
          ...rest,
          isSilent: quiet,
          body: body.toString('latin1'),
        })),
      );
      expect(commands.every(({ problem }) => problem === undefined)).toBe(true);
    }),
  );
});

it('reads a line that is there as it reads one that comes byte by byte, whatever is wrong with it', () => {
  const line = fc
    .tuple(queue, uint32, int32, body)
    .chain(([key, flags, exptime, body]) =>
      fc.constantFrom(
        Buffer.from(`get ${key}\r\n`),
        Buffer.concat([
          Buffer.from(`set ${key} ${flags} ${exptime} ${body.length}\r\n`),
          body,
          Buffer.from('\r\n'),
        ]),
      ),
    );
  const change = fc.record({ at: fc.nat(60), byte: fc.constantFrom(0, 10, 13, 32, 45, 48, 57, 58, 99, 255) });
  fc.assert(
    fc.property(line, fc.option(change), places, (line, change, places) => {
      if (change !== null && change.at < line.length) line[change.at] = change.byte;
      expectSameHoweverCut(createParser, Buffer.concat([line, Buffer.from('version\r\n')]), places);
    }),
    { numRuns: amount(400, 4000) },
  );
});

it.each([249, 250, 251, 70_000])('reads a key of %i bytes alike, however it comes', (length) => {
  const [whole] = expectSameHoweverCut(createParser, Buffer.from(`get ${'k'.repeat(length)}\r\n`), [3, 200]);
  expect(whole?.problem?.text).toBe(length > MAX_LINE_LENGTH ? 'line too long' : undefined);
});

it('reads back every retrieval', () => {
  const retrieval = fc.tuple(
    fc.constantFrom('get', 'gets'),
    fc.array(queue, { minLength: 1, maxLength: 6 }),
    blanks,
    lineEnd,
  );
  fc.assert(
    fc.property(fc.array(retrieval), places, (retrievals, places) => {
      const text = retrievals.map(([verb, keys, blank, end]) => [verb, ...keys].join(blank) + end).join('');
      const commands = expectSameHoweverCut(createParser, Buffer.from(text), places);
      expect(commands.map(({ verb, key, keys }) => [verb, keys ?? [key]])).toEqual(
        retrievals.map(([verb, keys]) => [verb, keys]),
      );
    }),
  );
});

it('does not depend on how the bytes arrive, whatever they are', () => {
  const lie = fc
    .tuple(queue, fc.integer({ min: -2, max: MAX_ITEM + 50 }), body, lineEnd)
    .map(([key, length, body, end]) =>
      Buffer.concat([Buffer.from(`set ${key} 0 0 ${length}${end}`), body, Buffer.from(end)]),
    );
  const soup = fc
    .array(
      fc.oneof(
        word,
        blanks,
        lineEnd,
        fc.constantFrom('set', 'cas', 'ms', 'mg', 'gat', '\r', '\0', '-1', '5', 'noreply'),
      ),
    )
    .map((parts) => Buffer.from(parts.join(''), 'latin1'));
  const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  const data = fc.array(fc.oneof(lie, soup, noise), { maxLength: 6 }).map((parts) => Buffer.concat(parts));
  expectSameWhatever(createParser, data);
});

it('is back in step behind a body that is longer than it said', () => {
  const line = fc.stringMatching(/^[ -~\x80-\xff]{1,100}$/);
  fc.assert(
    fc.property(line, fc.nat(), places, (line, length, places) => {
      const data = Buffer.from(`set q 0 0 ${length % line.length}\r\n${line}\r\nversion\r\n`, 'latin1');
      const commands = expectSameHoweverCut(createParser, data, places);
      expect(commands).toMatchObject([
        { problem: { kind: 'client', text: 'bad data chunk' } },
        { verb: 'version' },
      ]);
    }),
  );
});

it('drops a body that is too large unseen, and is in step behind it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: MAX_ITEM + 1, max: 1000 }),
      fc.boolean(),
      places,
      (length, quiet, places) => {
        const line = `set q 0 0 ${length}${quiet ? ' noreply' : ''}\r\n`;
        const text = `${line}${'flush_all\r\n'.repeat(100).slice(0, length)}\r\nversion\r\n`;
        const commands = expectSameHoweverCut(createParser, Buffer.from(text), places);
        expect(commands).toMatchObject([
          { isSilent: quiet, problem: { kind: 'too_large', fatal: false } },
          { verb: 'version' },
        ]);
      },
    ),
  );
});

it('takes no body for commands, of whatever storage line it can read the length', () => {
  const lines = ['cas q 0 0 11 7', 'ms q 11 T0', 'set q -1 0 11', 'set q 4294967296 0 11'];
  for (const line of lines) {
    const data = Buffer.from(`${line}\r\nflush_all\r\n\r\nversion\r\n`);
    const commands = expectSameHoweverCut(createParser, data, [3, 20]);
    expect(commands).toMatchObject([{ verb: expect.not.stringMatching('flush_all') }, { verb: 'version' }]);
  }
});

it('believes no length that cannot be true', () => {
  for (const length of ['-1', '2147483648', '99999999999999999999', '0x5', '1e2', '5.0', '']) {
    const commands = parse(createParser(), [Buffer.from(`set q 0 0 ${length}\r\nversion\r\n`)]);
    expect(commands).toHaveLength(1);
    expect(commands[0]?.problem).toMatchObject({
      kind: expect.stringMatching(/client|unknown/),
      fatal: true,
    });
  }
});

it('gives up on a line that does not end, at the same length however it arrives', () => {
  for (const end of ['\n', '\r\n']) {
    const longest = Buffer.from(`get ${'q'.repeat(MAX_LINE_LENGTH - 4)}${end}`);
    const longer = Buffer.from(`get ${'q'.repeat(MAX_LINE_LENGTH - 3)}${end}`);
    for (const place of [1, longest.length - 3, longest.length - 2, longest.length - 1, longest.length]) {
      expect(parse(createParser(), cut(longest, [place]))).toMatchObject([{ verb: 'get' }]);
      expect(parse(createParser(), cut(longer, [place]))).toMatchObject([
        { problem: { text: 'line too long', fatal: true }, isSilent: false },
      ]);
    }
  }
});

it('gives up on it without a word unless it asks for an answer, whichever part of it has come', () => {
  const line = (start: string, end: string) =>
    Buffer.from(start.padEnd(MAX_LINE_LENGTH + 100, ' x') + end, 'latin1');
  for (const [start, isSilent] of [
    ['delete q', true],
    ['set q 0 0 5', true],
    ['nonsense', true],
    ['getx', true],
    ['  gets q', false],
    ['stats', false],
    ['gat 1 q', false],
  ] as const) {
    for (const end of ['', '\n', ' noreply\r\n', ' noreply\r\nhello\r\n']) {
      const data = line(start, end);
      for (const place of [5, MAX_LINE_LENGTH - 1, MAX_LINE_LENGTH + 2, data.length - 1]) {
        expect(parse(createParser(), cut(data, [place])), start).toMatchObject([
          { problem: { text: 'line too long', fatal: true }, isSilent },
        ]);
      }
    }
  }
});
it('takes no memory for what it drops', () => {
  const big = 10_000_000;
  const parser = createParser();
  const input = new Input();
  input.push(Buffer.from(`set q 0 0 ${big}\r\n`));
  expect(parser.next(input)?.problem?.kind).toBe('too_large');
  input.settle();
  const chunk = Buffer.alloc(65_536, 'x');
  for (let left = big; left > 0; left -= chunk.length) {
    input.push(chunk, Math.min(left, chunk.length));
    expect(parser.next(input)).toBeUndefined();
    input.settle();
    expect(input.bytes).toHaveLength(0);
  }
  input.push(Buffer.from('\r\nversion\r\n'));
  expect(parser.next(input)?.verb).toBe('version');
});
