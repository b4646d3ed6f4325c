import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLIENTS, FORMATS, type Format, payloadReader } from '../../../consumer/payload/payload.ts';
import { PayloadError } from '../../../shared/errors.ts';

const reader = (format: Format, charset = 'utf-8') => payloadReader({ format, charset, client: undefined });
const problem = (read: () => unknown): PayloadError => {
  try {
    read();
  } catch (error) {
    if (error instanceof PayloadError) return error;
    throw error;
  }
  throw new Error('no error');
};

const CALL = "saveToLocal('hi')";
const JSON_TEXT = '{"method":"saveToLocal","args":["hi"]}';
const QUERY = 'saveToLocal?msg=hi';

describe('auto', () => {
  const read = reader('auto');
  const auto = (text: string, flags = 0) => read(Buffer.from(text), flags);

  it.each([CALL, JSON_TEXT, ` \n${CALL};\n`, `\ufeff${JSON_TEXT}\n`, ` ${JSON_TEXT}`])('reads %j', (text) => {
    expect(auto(text)).toEqual({ method: 'saveToLocal', args: ['hi'] });
  });

  it('reads a query', () => {
    expect(auto(` ${QUERY}\n`)).toEqual({ method: 'saveToLocal', args: [{ msg: 'hi' }] });
  });

  it.each<[string, string]>([
    ['saveToLocal(', 'taken for a call: expected a literal at position 12, found the end'],
    ['saveToLocal', 'taken for a call: expected "(" at position 11'],
    ['saveToLocal ?a=1', 'taken for a call: expected "(" at position 12, found "?a=1"'],
    ['', 'taken for a call: expected a method name at position 0, found the end'],
    ['<xml/>', 'taken for a call: expected a method name at position 0, found "<xml/>"'],
    ['{"method":', 'taken for JSON: expected a literal at position 10, found the end'],
    ['f?[a]=1', 'taken for a query: expected key=value'],
  ])('says of %j what it was taken for', (text, message) => {
    expect(problem(() => auto(text)).message).toContain(message);
  });

  it('takes what it can read as it is, whatever the flags say', () => {
    for (const flags of [1, 2, 16, 0x0300, 0x0112, 2 ** 32 - 1]) {
      for (const client of [undefined, ...CLIENTS]) {
        const read = payloadReader({ format: 'auto', charset: 'utf-8', client });
        expect(read(Buffer.from(CALL), flags)).toEqual({ method: 'saveToLocal', args: ['hi'] });
      }
    }
  });

  it('says that flags may explain what cannot be read', () => {
    expect(problem(() => auto('5', 1)).message).toContain('found "5" (its flags are 1: ');
    expect(problem(() => auto('5')).message).not.toContain('flags');
  });
});

it.each<[Format, readonly boolean[]]>([
  ['auto', [true, true, true]],
  ['call', [true, false, false]],
  ['json', [false, true, false]],
  ['query', [false, false, true]],
])('format %s reads calls, JSON and queries: %j', (format, expected) => {
  const read = reader(format);
  const reads = [CALL, JSON_TEXT, QUERY].map((text) => {
    try {
      return read(Buffer.from(text), 0).method === 'saveToLocal';
    } catch (error) {
      expect(error).toBeInstanceOf(PayloadError);
      return false;
    }
  });
  expect(reads).toEqual(expected);
  expect(FORMATS).toContain(format);
});

it('reads any form in the charset', () => {
  const hi = Buffer.from([0xb9, 0xfe]);
  const gbk = (before: string, after: string) => Buffer.concat([Buffer.from(before), hi, Buffer.from(after)]);
  const read = reader('auto', 'gbk');
  expect(read(gbk("f('", "')"), 0).args).toEqual(['哈']);
  expect(read(gbk('{"method":"f","args":["', '"]}'), 0).args).toEqual(['哈']);
  expect(read(gbk('f?a=', ''), 0).args).toEqual([{ a: '哈' }]);
  expect(problem(() => reader('auto')(gbk("f('", "')"), 0)).message).toBe('not utf-8 at byte 3, found 0xb9');
  expect(() => reader('auto', 'klingon')).toThrow(RangeError);
});

describe('docs/payloads.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/payloads.md'), 'utf8');
  const examples = [...page.matchAll(/^```(?:json)?\n(.*?)^```$/gms)].flatMap(([, text]) =>
    text.trim().split('\n'),
  );
  const shapes = [...page.matchAll(/^\| \S+: `(\{.*\})` \| `perform/gm)].map(([, json]) => json);

  it.each([...examples, ...shapes])('has %s, which is read', (text) => {
    expect(reader('auto')(Buffer.from(text), 0).method).toMatch(/^(saveToLocal|perform)$/);
  });

  it('has examples of every form, and every client', () => {
    expect([examples.length, shapes.length]).toEqual([5, 3]);
    const rows = [...page.matchAll(/^\| `([\w-]+)`(?: \(npm\))? \| \d/gm)].map(([, client]) => client);
    expect(rows.toSorted()).toEqual(CLIENTS.toSorted());
  });
});
