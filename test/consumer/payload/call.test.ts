import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCall, MAX_DEPTH, MAX_DIGITS } from '../../../shared/call.ts';
import { PayloadError } from '../../../shared/errors.ts';
import { parseCall } from '../../../shared/payload/call.ts';
import { textReader } from '../../../shared/payload/text.ts';
import { amount } from '../../helpers/amount.ts';

/** The arguments of `f(<text>)`. */
function read(text: string): readonly unknown[] {
  return parseCall(`f(${text})`).args;
}

function problem(text: string): PayloadError {
  try {
    parseCall(text);
  } catch (error) {
    if (error instanceof PayloadError) return error;
    throw error;
  }
  throw new Error(`no error for ${text}`);
}

describe('a call', () => {
  it('is a method and its arguments', () => {
    expect(parseCall("saveToLocal('hi')")).toEqual({ method: 'saveToLocal', args: ['hi'] });
    expect(parseCall('tick()')).toEqual({ method: 'tick', args: [] });
    expect(parseCall("记录('哈哈哈哈哈啊哈哈哈,尴尬不?', 2)")).toEqual({
      method: '记录',
      args: ['哈哈哈哈哈啊哈哈哈,尴尬不?', 2],
    });
  });

  it('may have blanks around everything, a trailing comma and one final semicolon', () => {
    expect(parseCall(' \t\r\n f\n (\n 1 ,\n [ 2 , ] , ) ; \n')).toEqual({ method: 'f', args: [1, [2]] });
  });

  it.each([
    ['', 0],
    ['f', 1],
    ['f(', 2],
    ['f(1', 3],
    ['f(1 2)', 4],
    ['f(,)', 2],
    ['f(1,,2)', 4],
    ['f(1));', 4],
    ['f(1);;', 5],
    ["saveToLocal('a'); evil()", 18],
    ["saveToLocal('a') . 'b'", 17],
    ['saveToLocal(process.exit())', 12],
    ['saveToLocal($x)', 12],
    ['saveToLocal(a)', 12],
    ['saveToLocal(1 + 1)', 14],
    ['saveToLocal(`x`)', 12],
    ['saveToLocal(function(){})', 12],
    ['saveToLocal(new Date())', 12],
    ["saveToLocal((string) 'a')", 12],
    ['$worker->saveToLocal()', 7],
    ['Worker::saveToLocal()', 6],
    ["1('x')", 0],
    ["f('abc", 2],
    ["f('abc\\')", 2],
    ['f("abc', 2],
    ['f({a: 1})', 3],
    ['f({"a" 1})', 7],
    ['f({"a": 1 "b": 2})', 10],
    ['f([1', 4],
    ['f([1)', 4],
    ['f(array(1])', 9],
    ['f([1 = 2])', 5],
    ['f([1.5 => 2])', 3],
    ['f([true => 2])', 3],
    ['f(-)', 2],
    ['f(-a)', 2],
    ['f(.)', 2],
    ['f(0x1f)', 3],
    ['f(017)', 2],
    ['f(1e)', 3],
    ['f(1.5n)', 5],
    ['f(5nx)', 3],
    ["f('a' . 1)", 8],
    ['f("\\u{110000}")', 3],
    ['f("ab\\u{12")', 5],
    ['f("\\xff")', 3],
    ["f(\\App\\User::__set_state(array('id' => 1)))", 2],
    ['f(array)', 2],
    ['f(stdClass)', 2],
    ['f(constructor)', 2],
  ])('is refused with the position: %s at %i', (text, position) => {
    expect(problem(text).position).toBe(position);
    expect(problem(text).message).toContain(`at position ${position}`);
  });

  it('shows the text at the place of the error, and not more than a little', () => {
    expect(problem("saveToLocal('a'); evil()").message).toContain('found "evil()"');
    expect(problem(`f(${'x'.repeat(1000)})`).message.length).toBeLessThan(200);
    expect(problem('f(').message).toContain('found the end');
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'eval'])(
    'may name %s: it is only a name',
    (name) => {
      expect(parseCall(`${name}('x')`)).toEqual({ method: name, args: ['x'] });
    },
  );
});

describe('strings', () => {
  it("in single quotes have PHP's two escapes only", () => {
    expect(read(String.raw`'C:\new', 'it\'s', 'a\\b', '\\', '"$x"', '\\\'', ''`)).toEqual([
      'C:\\new',
      "it's",
      'a\\b',
      '\\',
      '"$x"',
      "\\'",
      '',
    ]);
    expect(read("'two\nlines'")).toEqual(['two\nlines']);
  });

  it("in double quotes have JSON's and PHP's escapes", () => {
    expect(read(String.raw`"\n\r\t\v\e\f\b\"\\\/\$"`)).toEqual(['\n\r\t\v\x1b\f\b"\\/$']);
    expect(read(String.raw`"\u00e9\u54C8\uD83D\uDE00\u{1F600}\u{41}"`)).toEqual(['é哈😀😀A']);
    expect(read(String.raw`"\0\101\x41\x4a\1"`)).toEqual(['\0AAJ\x01']);
    expect(read('"it\'s $x {$y}"')).toEqual(["it's $x {$y}"]);
  });

  it('may hold a backslash that begins no escape, as in PHP', () => {
    expect(read(String.raw`"\q\'\8\xg\ugh"`)).toEqual(["\\q\\'\\8\\xg\\ugh"]);
    expect(read(String.raw`"\\n\\u0041\\101"`)).toEqual(['\\n\\u0041\\101']);
  });

  it('may be written as bytes of UTF-8, as in PHP', () => {
    expect(read(String.raw`"\xe5\x93\x88\345\223\210!"`)).toEqual(['哈哈!']);
    expect(problem(String.raw`f("ok\xe5\x93")`).message).toContain('not UTF-8');
  });

  it('may have bytes of one character beside its text', () => {
    expect(read(String.raw`"é\xe5\x93\u00e9"`.replace('\\u00e9', '\\210é'))).toEqual(['é哈é']);
    expect(read(String.raw`"\\x41\x41\\"`)).toEqual(['\\x41A\\']);
  });

  it('keep a byte order mark, wherever it is', () => {
    expect(read('"\ufeffa\ufeff", \'\ufeff\', "\\xef\\xbb\\xbfb"')).toEqual([
      '\ufeffa\ufeff',
      '\ufeff',
      '\ufeffb',
    ]);
  });

  it('may be joined by dots, as var_export writes a NUL', () => {
    expect(read(String.raw`'a' . "\0" . 'b'`)).toEqual(['a\0b']);
    expect(read("['k' . 'ey' => 1]")).toEqual([{ key: 1 }]);
  });
});

describe('numbers', () => {
  it('are integers and doubles', () => {
    expect(read('0, 17, -5, 1.5, -0.25, .5, 5., 1e3, 1.0E+25, 2e-3')).toEqual([
      0, 17, -5, 1.5, -0.25, 0.5, 5, 1000, 1e25, 0.002,
    ]);
    expect(read('-0, -0.0')).toEqual([-0, -0]);
    expect(read('INF, -INF, NAN')).toEqual([Infinity, -Infinity, Number.NaN]);
  });

  it('are bigints where a double would lose digits', () => {
    expect(read('9007199254740991, -9007199254740991')).toEqual([9007199254740991, -9007199254740991]);
    expect(read('9007199254740992, -9007199254740993')).toEqual([9007199254740992n, -9007199254740993n]);
    expect(read('9223372036854775807, -9223372036854775807-1')).toEqual([2n ** 63n - 1n, -(2n ** 63n)]);
    expect(read('18446744073709551616')).toEqual([2n ** 64n]);
    expect(read('5n, -0n, 18446744073709551616n, [7n => 1]')).toEqual([5n, 0n, 2n ** 64n, { 7: 1 }]);
  });
});

describe('true, false and null', () => {
  it('are read in any case, as PHP has printed them', () => {
    expect(read('true, TRUE, True, false, FALSE, null, NULL')).toEqual([
      true,
      true,
      true,
      false,
      false,
      null,
      null,
    ]);
  });
});

describe('lists, objects and arrays', () => {
  it('are lists with keys 0, 1, 2 in order, else objects', () => {
    expect(read("[], array(), {}, [1, [2]], array('a', 'b')")).toEqual([[], [], {}, [1, [2]], ['a', 'b']]);
    expect(read("[0 => 'a', 1 => 'b'], array('0' => 'a', 'b')")).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(read("[1 => 'a', 0 => 'b']")).toEqual([{ 0: 'b', 1: 'a' }]);
    expect(read("['x' => 1, 2, 7 => 3, 4, '9' => 5, 6]")).toEqual([{ x: 1, 0: 2, 7: 3, 8: 4, 9: 5, 10: 6 }]);
    expect(read('[-3 => 1, 9007199254740993 => 2]')).toEqual([{ '-3': 1, '9007199254740993': 2 }]);
    expect(read('[0 => 1, 0 => 2]')).toEqual([[2]]);
    expect(read("['01' => 1]")).toEqual([{ '01': 1 }]);
  });

  it('may be what JSON writes', () => {
    const value = { id: 17, tags: ['a', 'b'], nested: { ok: true, none: null }, text: 'é"\\/\u0001' };
    expect(read(JSON.stringify(value))).toEqual([value]);
    expect(read(JSON.stringify(value, null, 2))).toEqual([value]);
  });

  it('may be what var_export writes', () => {
    const exported = `array (
  'name' => 'O\\'Reilly \\\\ "Söhne"',
  'price' => 12.0,
  'gone' => NULL,
  'ok' => true,
  'big' => 1.0E+25,
  'zero' => -0.0,
  'list' => 
  array (
    0 => 'a',
    1 => 
    array (
    ),
  ),
  'binary' => '' . "\\0" . 'x' . "\\0" . '',
  -7 => 1,
  'new' => 
  (object) array(
     'a' => 1,
  ),
  'old' => 
  stdClass::__set_state(array(
     'b' => 2,
  )),
  'rooted' => 
  \\stdClass::__set_state(array(
  )),
)`;
    expect(read(exported)).toEqual([
      {
        name: 'O\'Reilly \\ "Söhne"',
        price: 12,
        gone: null,
        ok: true,
        big: 1e25,
        zero: -0,
        list: ['a', []],
        binary: '\0x\0',
        '-7': 1,
        new: { a: 1 },
        old: { b: 2 },
        rooted: {},
      },
    ]);
    expect(read("(object) array('a', 'b')")).toEqual([{ 0: 'a', 1: 'b' }]);
  });

  it('hold __proto__ as data like any other key', () => {
    for (const text of ['{"__proto__": {"evil": 1}}', "['__proto__' => ['evil' => 1]]"]) {
      const [object] = read(text) as [Record<string, unknown>];
      expect(Object.keys(object)).toEqual(['__proto__']);
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
      expect(object.evil).toBeUndefined();
    }
    expect(({} as Record<string, unknown>).evil).toBeUndefined();
  });

  it('are refused beyond a depth, without harm to the stack', () => {
    expect(read('['.repeat(MAX_DEPTH) + ']'.repeat(MAX_DEPTH))).toHaveLength(1);
    for (const open of ['[', '{"a":', 'array(', '[1=>', '(object)[', 'stdClass::__set_state(array(1,']) {
      const error = problem(`f(${open.repeat(10_000)}`);
      expect(error.message).toContain(`nested deeper than ${MAX_DEPTH} levels`);
      expect(error.position).toBeGreaterThanOrEqual(MAX_DEPTH);
    }
    expect(problem(`f(${'(object)'.repeat(10_000)}`)).toBeInstanceOf(PayloadError);
    expect(problem(`f(${'stdClass::__set_state('.repeat(10_000)}`)).toBeInstanceOf(PayloadError);
  });
});

describe('large payloads', () => {
  it('are read whole', () => {
    const text = '哈"\\\n'.repeat(250_000);
    expect(parseCall(formatCall('f', [text])).args[0] === text).toBe(true);
    const plain = 'x'.repeat(1_000_000);
    expect(parseCall(`f('${plain}')`).args[0] === plain).toBe(true);
    expect(problem(`f('${plain}`).position).toBe(2);
    expect(read(`${'1,'.repeat(100_000)}`)).toHaveLength(100_000);
  });

  it('do not hide an integer that takes long to read', () => {
    expect(read('9'.repeat(MAX_DIGITS))).toEqual([BigInt('9'.repeat(MAX_DIGITS))]);
    expect(problem(`f(${'9'.repeat(MAX_DIGITS + 1)})`).position).toBe(2);
  });
});

describe('bytes', () => {
  it('are UTF-8 unless another charset is set, with or without a byte order mark', () => {
    expect(textReader('utf-8')(Buffer.from("f('哈')"))).toBe("f('哈')");
    expect(textReader('utf-8')(Buffer.from("\ufefff('é')"))).toBe("f('é')");
    expect(textReader('gbk')(Buffer.from([0x66, 0xb9, 0xfe]))).toBe('f哈');
  });

  it('that are no text are refused with the position', () => {
    const error = (bytes: Buffer, charset = 'utf-8') => {
      try {
        textReader(charset)(bytes);
      } catch (error) {
        return error as PayloadError;
      }
      throw new Error('no error');
    };
    const invalid = error(Buffer.concat([Buffer.from("f('哈"), Buffer.from([0xff]), Buffer.from("')")]));
    expect(invalid).toBeInstanceOf(PayloadError);
    expect(invalid.position).toBe(6);
    expect(invalid.message).toContain('found 0xff');
    expect(error(Buffer.from([0x61, 0xe5, 0x93])).message).toContain('the end');
    expect(error(Buffer.from([0x61, 0x81, 0x20, 0x62]), 'gbk').position).toBeGreaterThan(0);
  });

  it('never do more than give a result or a positioned error', () => {
    const alphabet = fc.constantFrom(
      ...[
        ...'f(),;:=>[]{}\'"\\.-+09eExu$ \n\0é😀',
        'array(',
        'true',
        'NULL',
        '(object)',
        'stdClass::__set_state(',
      ],
    );
    const payload = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(alphabet).map((parts) => `f(${parts.join('')}`),
    );
    fc.assert(
      fc.property(payload, (text) => {
        try {
          expect(parseCall(text).args).toBeInstanceOf(Array);
        } catch (error) {
          expect(error).toBeInstanceOf(PayloadError);
          expect((error as PayloadError).position).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: amount(2000, 5000) },
    );
  });
});
