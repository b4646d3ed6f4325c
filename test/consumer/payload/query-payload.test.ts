import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { payloadReader } from '../../../consumer/payload/payload.ts';
import { PayloadError } from '../../../shared/errors.ts';
import { MAX_BRACKETS, MAX_FIELDS } from '../../../shared/payload/query.ts';
import { amount } from '../../helpers/amount.ts';

const reader = (charset: string) => payloadReader({ format: 'query', charset, client: undefined });
const read = reader('utf-8');
/** The one argument of `f?<query>`. */
const fields = (query: string) => read(Buffer.from(`f?${query}`), 0).args[0];
const problem = (query: string): PayloadError => {
  try {
    read(Buffer.from(query), 0);
  } catch (error) {
    if (error instanceof PayloadError) return error;
    throw error;
  }
  throw new Error(`no error for ${query}`);
};

describe('a query', () => {
  it('is a method and one argument, an object of strings', () => {
    expect(read(Buffer.from('push?uid=4&uids[]=6&uids[]=234&content=%E5%93%88+hi\n'), 0)).toEqual({
      method: 'push',
      args: [{ uid: '4', uids: ['6', '234'], content: '哈 hi' }],
    });
    expect(read(Buffer.from(' tick?'), 0)).toEqual({ method: 'tick', args: [{}] });
  });

  // What parse_str of PHP 8.2 makes of them.
  it.each<[string, object]>([
    ['a=1&a=2', { a: '2' }],
    ['a=1&a[]=2', { a: ['2'] }],
    ['a[]=1&a=2', { a: '2' }],
    ['a%5B%5D=1&a%5b%5d=2', { a: ['1', '2'] }],
    ['a', { a: '' }],
    ['a=', { a: '' }],
    ['a=b=c', { a: 'b=c' }],
    ['a[5]=x&a[]=y', { a: { 5: 'x', 6: 'y' } }],
    ['a[0]=x&a[1]=y', { a: ['x', 'y'] }],
    ['a[1]=x&a[0]=y', { a: { 0: 'y', 1: 'x' } }],
    ['a[b][]=1&a[b][]=2', { a: { b: ['1', '2'] } }],
    ['a[b]=1&a[b][c]=2', { a: { b: { c: '2' } } }],
    ['a[b]=1&a[]=2', { a: { b: '1', 0: '2' } }],
    ['a%zz=%4&b=100%', { 'a%zz': '%4', b: '100%' }],
    ['x=%2B+%26%3d', { x: '+ &=' }],
    ['a[07]=1', { a: { '07': '1' } }],
    ['a[[b]=1', { a: { '[b': '1' } }],
    ['&&a=1&', { a: '1' }],
    ['a[b.c]=1', { a: { 'b.c': '1' } }],
    [' a=1', { a: '1' }],
    ['a]b=2', { 'a]b': '2' }],
    ['a[][x]=1&a[][x]=2', { a: [{ x: '1' }, { x: '2' }] }],
    ['a[99999999999999999999]=1', { a: { '99999999999999999999': '1' } }],
    ['a[ ]=1&a[%09]=2&a[+]=3', { a: ['1', '2', '3'] }],
    ['a[  ]=1&a[ b]=2&a[1 ]=3', { a: { '  ': '1', ' b': '2', '1 ': '3' } }],
    ['a[][b]=1&a[][b]=2', { a: [{ b: '1' }, { b: '2' }] }],
    ['a[b=1&a[c]=2', { a_b: '1', a: { c: '2' } }],
    ['a[=1', { a_: '1' }],
    ['a[', { a_: '' }],
    ['a[ =1', { a__: '1' }],
    ['a.b[c d.e=1', { a_b_c_d_e: '1' }],
    ['a.b=1&a b=2&c+d.e[f.g h]=3', { a_b: '2', c_d_e: { 'f.g h': '3' } }],
    ['. a=1', { __a: '1' }],
    ['a%20=1', { a_: '1' }],
    ['a[b]c=1&a[d]]=2&a[e]f[g]=3', { a: { b: '1', d: '2', e: '3' } }],
    ['a[b][c=1', { a: { b: '1' } }],
    ['a[b[c]=1', { a: { 'b[c': '1' } }],
    ['a[b].c=1', { a: { b: '1' } }],
    ['a%00b=1&c=%00', { a: '1', c: '\0' }],
    ['a[b%00c]=1', { a_b: '1' }],
    ['a[-5]=1&a[]=2', { a: { '-5': '1', '-4': '2' } }],
    ['a[b]=1&a=2&a[c]=3', { a: { c: '3' } }],
    ['a;b=1;c', { 'a;b': '1;c' }],
  ])("is read as PHP's parse_str does: %s", (query, expected) => {
    expect(fields(query)).toEqual(expected);
  });

  it('loses blanks of ASCII around it, and no others', () => {
    expect(fields(' a=1 \r\n')).toEqual({ a: '1' });
    expect(fields('%E3%80%80a=1\u3000')).toEqual({ '\u3000a': '1\u3000' });
  });

  it.each<[string, number, string]>([
    ['', 0, 'expected a method name'],
    ['f', 1, 'expected "?"'],
    ['f(1)', 1, 'expected "?"'],
    ['f?a=1&[b]=2', 6, 'expected key=value or key[...]=value at position 6, found "[b]=2"'],
    ['f?=1', 2, 'expected key=value'],
    ['f?a=1& []=1', 6, 'expected key=value'],
    ['f?%00=1', 2, 'expected key=value'],
    ['f?a=1&b=%E5%93', 6, 'escaped bytes that are not text at position 6, found "b=%E5%93"'],
    ['f?a=1&%ff=1', 6, 'escaped bytes that are not text'],
  ])('is refused with the position: %s at %i', (query, position, message) => {
    expect(problem(query).position).toBe(position);
    expect(problem(query).message).toContain(message);
  });

  it('has __proto__ and the like as data', () => {
    const object = fields('__proto__[evil]=1&a[__proto__][evil]=2&constructor[prototype][evil]=3') as {
      a: object;
    };
    expect(Object.keys(object)).toEqual(['__proto__', 'a', 'constructor']);
    expect(Object.keys(object.a)).toEqual(['__proto__']);
    expect(({} as { evil?: string }).evil).toBeUndefined();
  });

  it('has so many fields and brackets, and not more', () => {
    expect((fields('a[]=1&'.repeat(MAX_FIELDS)) as { a: string[] }).a).toHaveLength(MAX_FIELDS);
    expect(problem(`f?${'a[]=1&'.repeat(MAX_FIELDS + 1)}`).message).toContain(
      `more than ${MAX_FIELDS} fields`,
    );
    expect(fields(`a${'[b]'.repeat(MAX_BRACKETS)}=1`)).toHaveProperty('a');
    expect(problem(`f?a${'[b]'.repeat(MAX_BRACKETS + 1)}=1`).message).toContain('nested deeper');
  });

  it.each(['a&', ' ', '+', '[', '[]', '%', '%4', 'a', '&', '%20', '='])(
    'takes no time worth mentioning: many %j',
    (part) => {
      const many = part.repeat(200_000);
      for (const query of [`a=1&${many}`, `${many}[`, `a[${many}`, `a=${many}x`, ` ${many}=1`]) {
        try {
          expect(typeof fields(query)).toBe('object');
        } catch (error) {
          expect(error).toBeInstanceOf(PayloadError);
        }
      }
    },
  );

  it('has its escapes in the charset of the payload', () => {
    // 丂 is 0x81 0x40 in GBK, and 0x40 is an @ that is not escaped; 哈 is 0xb9 0xfe.
    const gbk = Buffer.concat([Buffer.from('f?a=%81@%B9%FE&b='), Buffer.from([0xb9, 0xfe])]);
    expect(reader('gbk')(gbk, 0).args).toEqual([{ a: '丂哈', b: '哈' }]);
    expect(reader('utf-16le')(Buffer.from('f?a=%E5%93%88哈', 'utf16le'), 0).args).toEqual([{ a: '哈哈' }]);
  });

  it('reads back what is escaped, whatever it is', () => {
    const text = fc.string({ unit: 'grapheme' });
    const key = text.filter((each) => /^[^ .[\0]/.test(each) && !/^\d+$|[ .\0]/.test(each));
    fc.assert(
      fc.property(fc.dictionary(key, fc.oneof(text, fc.array(text, { minLength: 1 }))), (object) => {
        const query = Object.entries(object).flatMap(([name, value]) => {
          // What is behind a bracket in a key would be brackets of its own.
          const escaped = encodeURIComponent(name.replaceAll('[', '('));
          return typeof value === 'string'
            ? [`${escaped}=${encodeURIComponent(value)}`]
            : value.map((each) => `${escaped}%5B%5D=${encodeURIComponent(each)}`);
        });
        const expected = Object.entries(object).map(([name, value]) => [name.replaceAll('[', '('), value]);
        fc.pre(new Set(expected.map(([name]) => name)).size === expected.length);
        expect(fields(query.join('&'))).toEqual(Object.fromEntries(expected));
      }),
    );
  });

  it('never does more than give a result or a positioned error', () => {
    const part = fc.constantFrom(
      ...'a[]=&+%?. \n0',
      '%5B',
      '%5d',
      '%e5%93%88',
      '%ff',
      '哈',
      '[a]',
      '__proto__',
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = `f?${parts.join('')}`;
        try {
          expect(typeof read(Buffer.from(text), 0).args[0]).toBe('object');
        } catch (error) {
          expect(error).toBeInstanceOf(PayloadError);
          expect((error as PayloadError).position).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: amount(2000, 5000) },
    );
  });
});
