import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobLine } from '../../../consumer/foreign/messages.ts';
import { payloadReader } from '../../../consumer/payload/payload.ts';
import { formatCall, type Literal } from '../../../shared/call.ts';
import { exactJson } from '../../../shared/payload/exact.ts';

const exact = payloadReader({ format: 'auto', charset: 'utf-8', client: undefined, isExact: true });
const usual = payloadReader({ format: 'auto', charset: 'utf-8', client: undefined });
/** The arguments as a program is given them. */
const written = (payload: string) => exactJson(exact(Buffer.from(payload), 0).args);

describe('the arguments of a program', () => {
  it.each([
    ['f(array(10 => 1, 2 => 2))', '[{"10": 1, "2": 2}]'],
    ["f(array(1 => 'a', 0 => 'b'))", '[{"1": "a", "0": "b"}]'],
    [
      "f(array('x' => 1, 7 => array(3 => 4, 'y', 2 => 'z')))",
      '[{"x": 1, "7": {"3": 4, "4": "y", "2": "z"}}]',
    ],
    ['f([0 => 1, 1 => 2])', '[[1, 2]]'],
    ['f([2 => 1, 2 => 2, 1 => 3])', '[{"2": 2, "1": 3}]'],
    ["f((object) array('b', 'a'), (object) array())", '[{"0": "b", "1": "a"}, {}]'],
    ["f(stdClass::__set_state(array(2 => 'b', 1 => 'a')))", '[{"2": "b", "1": "a"}]'],
    [
      'f({"10": 1, "2": {"3": 1, "1": 2}, "__proto__": 1})',
      '[{"10": 1, "2": {"3": 1, "1": 2}, "__proto__": 1}]',
    ],
    ['{"method":"f","args":[{"10":1.0,"2":2}]}', '[{"10": 1.0, "2": 2}]'],
    ['f?a[10]=x&a[2]=y&9=z&1=u', '[{"a": {"10": "x", "2": "y"}, "9": "z", "1": "u"}]'],
    ['f?a[]=x&a[]=y', '[{"a": ["x", "y"]}]'],
    ['f(1.0, 1, -1.0, 1.5, 1e3, 1E+25, 12.50, .0, 5.)', '[1.0, 1, -1.0, 1.5, 1000.0, 1e+25, 12.5, 0.0, 5.0]'],
    ['f(-0.0, -0, 0, 0.0)', '[-0.0, 0, 0, 0.0]'],
    ['f(9007199254740992.0, 9007199254740993)', '[9.007199254740992e+15, 9007199254740993]'],
    ['f(5n, 18446744073709551616)', '[5, 18446744073709551616]'],
    ['f(INF, -INF, 1e999)', '[1e999, -1e999, 1e999]'],
    ['f(true, NULL, "é\\n")', '[true, null, "é\\n"]'],
    ['f()', '[]'],
  ])('are what the payload has: %s', (payload, json) => {
    expect(written(payload)).toBe(json);
  });

  it('cannot be NAN', () => {
    const call = exact(Buffer.from("f(1, ['a' => ['b c' => [NAN]]])"), 0);
    const line = () =>
      jobLine(undefined, call, { queue: 'q', id: '1', job: undefined, attempt: 1, enqueued: 0 });
    expect(line).toThrow(TypeError);
    expect(line).toThrow('args[1].a["b c"][0] is NaN, which JSON cannot carry');
  });

  it('have their keys in the order of the payload, however deep', () => {
    type Tree = number | { entries: [string, Tree][] };
    const key = fc.oneof(fc.nat({ max: 99 }).map(String), fc.string({ unit: 'binary' }));
    const tree = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.nat(),
        fc
          .uniqueArray(fc.tuple(key, tie('tree')), { selector: ([name]) => name, minLength: 1, maxLength: 4 })
          .map((entries) => ({ entries })),
      ),
    })).tree;
    const php = (value: Tree): string =>
      typeof value === 'number'
        ? String(value)
        : `array(${value.entries.map(([name, each]) => `${JSON.stringify(name)} => ${php(each)}`).join(', ')})`;
    const json = (value: Tree): string => {
      if (typeof value === 'number') return String(value);
      const isList = value.entries.every(([name], i) => name === String(i));
      const parts = value.entries.map(
        ([name, each]) => (isList ? '' : `${JSON.stringify(name)}: `) + json(each),
      );
      return isList ? `[${parts.join(', ')}]` : `{${parts.join(', ')}}`;
    };
    fc.assert(
      fc.property(tree, (value) => {
        expect(written(`f(${php(value)})`)).toBe(`[${json(value)}]`);
      }),
    );
  });

  it('are the same values that a class is given', () => {
    const value = fc.letrec<{ value: Literal }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, -0, 1, 2 ** 53, Number.MAX_VALUE),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.string({ unit: 'binary' }),
        fc.array(tie('value')),
        fc.dictionary(fc.oneof(fc.string(), fc.nat().map(String), fc.constant('__proto__')), tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(fc.array(value), (args) => {
        const payload = formatCall('f', args);
        expect(JSON.parse(written(payload))).toEqual(usual(Buffer.from(payload), 0).args);
      }),
    );
  });
});

it('a class is given the order that JavaScript has, and 1 for 1.0', () => {
  const [object, number] = usual(Buffer.from('f(array(10 => 1, 2 => 2), 1.0)'), 0).args;
  expect(Object.entries(object as object)).toEqual([
    ['2', 2],
    ['10', 1],
  ]);
  expect(number).toBe(1);
});
