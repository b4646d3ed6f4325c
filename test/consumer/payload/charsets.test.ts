import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Format, payloadReader } from '../../../consumer/payload/payload.ts';
import { PayloadError } from '../../../shared/errors.ts';
import { amount } from '../../helpers/amount.ts';

/** All that Node.js knows, but for those of Unicode. */
const CHARSETS = [
  ...['ibm866', 'koi8-r', 'koi8-u', 'macintosh', 'x-mac-cyrillic', 'windows-874'],
  ...[1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258].map((page) => `windows-${page}`),
  ...[2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15].map((part) => `iso-8859-${part}`),
  ...['gbk', 'gb18030', 'big5', 'shift_jis', 'euc-kr', 'euc-jp', 'iso-2022-jp'],
];
const WITH_BACKSLASHES = ['gbk', 'gb18030', 'big5', 'shift_jis', 'iso-2022-jp'];
const [BACKSLASH, APOSTROPHE, QUOTATION] = [0x5c, 0x27, 0x22];
const KANJI = [0x1b, 0x24, 0x42];
const KATAKANA = [0x1b, 0x28, 0x49];
const ASCII = [0x1b, 0x28, 0x42];

interface Character {
  readonly bytes: readonly number[];
  readonly text: string;
}

/** All characters of a charset that have a quote or a backslash in them, apart from the three themselves. */
function dangerous(charset: string): Character[] {
  const special = [BACKSLASH, APOSTROPHE, QUOTATION];
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  const candidates =
    charset === 'iso-2022-jp'
      ? [
          ...special
            .flatMap((byte) =>
              all.flatMap((other) => [
                [byte, other],
                [other, byte],
              ]),
            )
            .map((pair) => [...KANJI, ...pair, ...ASCII]),
          ...special.map((byte) => [...KATAKANA, byte, ...ASCII]),
        ]
      : special.flatMap((byte) => all.slice(0x80).map((lead) => [lead, byte]));
  const decoder = new TextDecoder(charset, { fatal: true });
  return candidates.flatMap((bytes) => {
    try {
      const text = decoder.decode(Uint8Array.from(bytes));
      return /["'\\]/.test(text) ? [] : [{ bytes, text }];
    } catch {
      return [];
    }
  });
}

/** As PHP's var_export does: a backslash before each byte that is one, or an apostrophe. */
function varExport(bytes: readonly number[]): number[] {
  return [...escapeBytes(bytes, APOSTROPHE)];
}

function escapeBytes(bytes: readonly number[], quote: number): number[] {
  const inside = bytes.flatMap((byte) => (byte === BACKSLASH || byte === quote ? [BACKSLASH, byte] : [byte]));
  return [quote, ...inside, quote];
}

const ascii = (text: string) => [...Buffer.from(text)];

function reader(charset: string, format: Format = 'auto'): (bytes: readonly number[]) => readonly unknown[] {
  const read = payloadReader({ format, charset, client: undefined });
  return (bytes) => read(Uint8Array.from(bytes), 0).args;
}

describe('what var_export writes is read back', () => {
  it.each(CHARSETS)('in %s', (charset) => {
    const read = reader(charset);
    const characters = dangerous(charset);
    expect(characters.length > 50).toBe(WITH_BACKSLASHES.includes(charset));
    for (const { bytes, text } of characters) {
      const values: readonly [number[], string][] = [
        [[...bytes], text],
        // ISO-2022-JP has no two escape sequences beside each other.
        [[...bytes, 0x78, ...bytes], `${text}x${text}`],
        [[...bytes, ...ascii('n\\\'\\n"')], `${text}n\\'\\n"`],
        [[...ascii("C:\\'"), ...bytes, BACKSLASH], `C:\\'${text}\\`],
      ];
      for (const [value, expected] of values)
        expect(
          read([
            ...ascii('m('),
            ...varExport(value),
            ...ascii(",array('k'=>"),
            ...varExport(bytes),
            ...ascii('))'),
          ]),
        ).toEqual([expected, { k: text }]);
    }
  });

  it('as FAULTS has it: 功能 in big5', () => {
    const bytes = [...ascii("m('"), 0xa5, 0x5c, 0x5c, 0xaf, 0xe0, ...ascii("')")];
    expect(reader('big5')(bytes)).toEqual(['功能']);
  });
});

describe.each(WITH_BACKSLASHES)('in %s', (charset) => {
  const characters = dangerous(charset);

  it.each<[Format, string, string]>([
    ['call', 'm(', ')'],
    ['json', '{"method": "m", "args": [', ']}'],
  ])('strings with their bytes escaped are read back in double quotes: %s', (format, before, after) => {
    const read = reader(charset, format);
    for (const { bytes, text } of characters) {
      const value = escapeBytes([...bytes, ...ascii('n"'), ...bytes], QUOTATION);
      expect(read([...ascii(before), ...value, ...ascii(after)])).toEqual([`${text}n"${text}`]);
    }
  });

  it('text that was escaped and then encoded is read as well', () => {
    const read = reader(charset);
    for (const { bytes, text } of characters) {
      // The first one has nothing before it that would be an escape.
      const strings = ["'", '"'].map((quote) => [...ascii(quote), ...bytes, ...ascii(`n${quote}`)]);
      expect(read([...ascii('m('), ...strings[0], ...ascii(', '), ...strings[1], ...ascii(')')])).toEqual([
        `${text}n`,
        `${text}n`,
      ]);
      const json = [
        ...ascii('{"method":"m","args":["'),
        ...bytes,
        ...ascii('\\n\\\\", "'),
        ...bytes,
        ...ascii('"]}'),
      ];
      expect(read(json)).toEqual([`${text}\n\\`, text]);
      const escaped = [...ascii('{"method":"m","args":["'), ...bytes, ...ascii('\\n\\\\"]}')];
      expect(read(escaped)).toEqual([`${text}\n\\`]);
    }
  });

  it('a query has its bytes as they are, or escaped', () => {
    const read = reader(charset, 'query');
    for (const { bytes, text } of characters) {
      const escaped = bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
      // As PHP's urlencode has it: letters and digits stay, also as a part of a character.
      expect(read(ascii(`m?a=${escaped}\\n&b='${escaped}'`))).toEqual([{ a: `${text}\\n`, b: `'${text}'` }]);
      if (charset !== 'iso-2022-jp')
        expect(read([...ascii('m?a='), ...bytes, ...ascii('\\n')])).toEqual([{ a: `${text}\\n` }]);
    }
  });

  it('bytes may be written as escapes, with ASCII between them', () => {
    const read = reader(charset);
    for (const { bytes, text } of characters) {
      const hex = bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
      const mixed = bytes
        .map((byte) =>
          byte > 0x7f || byte < 0x20
            ? `\\${byte.toString(8).padStart(3, '0')}`
            : String.fromCharCode(byte).replace(/["\\]/, '\\$&'),
        )
        .join('');
      expect(read(ascii(`m("a${hex}b", "a${mixed}b\\n")`))).toEqual([`a${text}b`, `a${text}b\n`]);
    }
  });
});

it('windows-1252 is what it is, not ISO 8859-1', () => {
  const read = reader('windows-1252');
  expect(read([...ascii("m('"), 0x80, 0x93, 0x9f, 0xe9, ...ascii('\', "\\x80")')])).toEqual(['€“Ÿé', '€']);
  expect(read([...ascii('m?a='), 0xff, ...ascii('b%ffc%80')])).toEqual([{ a: 'ÿbÿc€' }]);
});

describe('a payload in UTF-16', () => {
  it.each(['utf-16le', 'utf-16be'])('is text whose escapes are read as text: %s', (charset) => {
    const encode = (text: string) => {
      const bytes = Buffer.from(text, 'utf16le');
      return [...(charset === 'utf-16be' ? bytes.swap16() : bytes)];
    };
    const read = reader(charset);
    // U+5C27 and U+275C have bytes that are a backslash and an apostrophe.
    expect(read(encode(String.raw`m('尧❜\'\\', "尧\n\xe5\x93\x88")`))).toEqual(["尧❜'\\", '尧\n哈']);
    expect(read(encode('\ufeffm("\ufeffa")'))).toEqual(['\ufeffa']);
    expect(read(encode('m?a=尧%E5%93%88'))).toEqual([{ a: '尧哈' }]);
  });
});

it('a byte order mark goes at the beginning, and nowhere else', () => {
  const bom = '\ufeff';
  for (const [text, expected] of [
    [`${bom}m('${bom}a${bom}')`, `${bom}a${bom}`],
    [`m("${bom}")`, bom],
    [`{"method":"m","args":["${bom}a"]}`, `${bom}a`],
    ['m("\\xef\\xbb\\xbfa")', `${bom}a`],
  ])
    expect(reader('utf-8')(ascii(text))).toEqual([expected]);
  expect(reader('utf-8')(ascii(`m?a=%EF%BB%BFx&b=${bom}y&%EF%BB%BFc=z`))).toEqual([
    { a: `${bom}x`, b: `${bom}y`, [`${bom}c`]: 'z' },
  ]);
  expect(
    reader('gb18030')([0x84, 0x31, 0x95, 0x33, ...ascii("m('"), 0x84, 0x31, 0x95, 0x33, ...ascii("')")]),
  ).toEqual([bom]);
});

describe.each(WITH_BACKSLASHES)('whatever it is, in %s', (charset) => {
  const read = reader(charset);
  const special = fc.constantFrom(BACKSLASH, APOSTROPHE, QUOTATION);
  const character = fc.constantFrom(...dangerous(charset).map(({ bytes }) => bytes));
  // ISO-2022-JP has no two escape sequences beside each other.
  const piece = fc.oneof(
    fc.tuple(character, fc.integer({ min: 0x20, max: 0x7e })).map(([bytes, after]) => [...bytes, after]),
    special.map((byte) => [byte]),
  );
  const value = fc.array(piece).map((pieces) => pieces.flat());

  it('bytes that are escaped are read back, in either quotes', () => {
    const decoder = new TextDecoder(charset, { fatal: true });
    fc.assert(
      fc.property(value, value, (single, double) => {
        const call = [...ascii('m('), ...varExport(single), 0x2c, ...escapeBytes(double, QUOTATION), 0x29];
        const expected = [single, double].map((bytes) => decoder.decode(Uint8Array.from(bytes)));
        expect(read(call)).toEqual(expected);
      }),
      { numRuns: amount(400, 1000) },
    );
  });

  it('nothing but calls and errors comes of any bytes', () => {
    const anything = fc.array(
      fc.oneof(
        character,
        special.map((byte) => [byte]),
        fc.nat(255).map((byte) => [byte]),
      ),
    );
    fc.assert(
      fc.property(
        anything,
        fc.constantFrom("m('", 'm("', '{"method":"m","args":["', 'm?a='),
        (pieces, before) => {
          try {
            expect(read([...ascii(before), ...pieces.flat(), ...ascii("')")])).toBeInstanceOf(Array);
          } catch (error) {
            expect(error).toBeInstanceOf(PayloadError);
          }
        },
      ),
      { numRuns: amount(400, 1000) },
    );
  });
});
