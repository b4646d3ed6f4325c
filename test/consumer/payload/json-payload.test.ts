import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { payloadReader } from '../../../consumer/payload/payload.ts';
import { MAX_DEPTH } from '../../../shared/call.ts';
import { PayloadError } from '../../../shared/errors.ts';
import { amount } from '../../helpers/amount.ts';

const read = payloadReader({ format: 'json', charset: 'utf-8', client: undefined });
const call = (json: string) => read(Buffer.from(json), 0);
const problem = (json: string): PayloadError => {
  try {
    call(json);
  } catch (error) {
    if (error instanceof PayloadError) return error;
    throw error;
  }
  throw new Error(`no error for ${json}`);
};

describe('JSON', () => {
  it('names the method, the arguments and the class', () => {
    expect(call('{"class": "Worker", "method": "saveToLocal", "args": ["hi", {"a": [1]}]}')).toEqual({
      className: 'Worker',
      method: 'saveToLocal',
      args: ['hi', { a: [1] }],
    });
    expect(call(' \n{"method":"tick"}\n')).toEqual({ method: 'tick', args: [] });
    expect(call('{"args":[1],"method":"记录"}')).toEqual({ method: '记录', args: [1] });
  });

  it.each<[string, string, object]>([
    ['Resque', '{"class":"Mail","args":["a@b.c",42]}', { className: 'Mail', args: ['a@b.c', 42] }],
    ['Resque without arguments', '{"class":"Mail","args":null}', { className: 'Mail', args: [] }],
    [
      'php-resque',
      '{"class":"App\\\\Mail","args":[{"to":"a@b.c"}],"id":"4f6c","prefix":"","queue_time":1700000000.1234}',
      { className: 'App\\Mail', args: [{ to: 'a@b.c' }] },
    ],
    [
      'php-resque without arguments',
      '{"class":"Mail","args":[null],"id":"4f"}',
      { className: 'Mail', args: [null] },
    ],
    [
      'Sidekiq',
      '{"retry":true,"queue":"default","class":"Mail::Job","args":["a@b.c",42],"jid":"b4a577edbccf1d805744efa9",' +
        '"created_at":1700000000.1,"enqueued_at":1700000000.2}',
      { className: 'Mail::Job', args: ['a@b.c', 42] },
    ],
  ])('is what %s sends: method perform', (_, json, expected) => {
    expect(call(json)).toEqual({ method: 'perform', ...expected });
  });

  it('means what it means elsewhere, long integers aside', () => {
    const asBigint = (_: string, value: unknown) =>
      typeof value === 'number' && /^-?\d{16,}$/.test(String(value)) && !Number.isSafeInteger(value)
        ? BigInt(String(value))
        : value;
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.nat({ max: 2 }), (args, indent) => {
        const json = JSON.stringify({ method: 'f', args }, undefined, indent);
        expect(call(json).args).toEqual((JSON.parse(json, asBigint) as { args: unknown[] }).args);
      }),
      { numRuns: amount(800, 2000) },
    );
  });

  it('loses no digit of an integer', () => {
    expect(
      call('{"method":"f","args":[9007199254740991,9007199254740993,-12345678901234567890,1e3,1.0]}').args,
    ).toEqual([9007199254740991, 9007199254740993n, -12345678901234567890n, 1000, 1]);
  });

  it('has __proto__ and the like as data', () => {
    const json =
      '{"method":"f","args":[{"__proto__":{"evil":1},"constructor":2}],"__proto__":{"method":"g"}}';
    const [object] = call(json).args as [object];
    expect(Object.keys(object)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
    expect(({} as { evil?: number }).evil).toBeUndefined();
    expect(call(json).method).toBe('f');
  });

  it.each<[string, number, string]>([
    ['', 0, 'expected "{"'],
    ['[]', 0, 'expected "{"'],
    ['{"method":"f"', 13, 'expected "," or "}" at position 13, found the end'],
    ['{"method":"f"}{', 14, 'expected nothing after the object'],
    ['{"method" "f"}', 10, 'expected ":"'],
    ['{method:"f"}', 1, 'expected a key in double quotes or "}"'],
    ['{"method":f()}', 10, 'only literals'],
    ['{}', 0, 'expected an object with "class" or "method"'],
    [' {"args":[1]}', 1, 'expected an object with "class" or "method" at position 1, found "{\\"args'],
    ['{"method":"a b"}', 10, 'expected the name of a method at position 10, found "\\"a b\\"}"'],
    ['{"method":5}', 10, 'expected the name of a method'],
    ['{"method":null,"class":"C"}', 10, 'expected the name of a method'],
    ['{"class":""}', 9, 'expected the name of a class'],
    ['{"class":["C"]}', 9, 'expected the name of a class'],
    ['{"method":"f", "args": {"uid": 4}}', 23, 'expected the arguments in a list, [...]'],
    ['{"method":"f","method":"g"}', 14, '"method" a second time'],
    ['{"method":"f","m\\u0065thod":"g"}', 14, '"method" a second time'],
  ])('is refused with the position: %s at %i', (json, position, message) => {
    expect(problem(json).position).toBe(position);
    expect(problem(json).message).toContain(message);
  });

  it('is nested so deep and not deeper', () => {
    const nested = (depth: number) => `{"method":"f","args":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(call(nested(MAX_DEPTH - 1)).method).toBe('f');
    expect(problem(nested(MAX_DEPTH)).message).toContain(`nested deeper than ${MAX_DEPTH} levels`);
    expect(problem(nested(1_000_000)).message).toContain('nested deeper');
  });
});
