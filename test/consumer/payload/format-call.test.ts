import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatCall, type Literal, MAX_DIGITS } from '../../../shared/call.ts';
import { parseCall } from '../../../shared/payload/call.ts';
import { amount } from '../../helpers/amount.ts';

const literal = fc.letrec<{ value: Literal }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false, -0, 2 ** 53, -(2 ** 53), Number.MAX_VALUE, Number.MIN_VALUE),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.bigInt(),
    // Any UTF-16, well-formed or not, with what means something in a call.
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
    fc
      .array(fc.constantFrom('"', "'", '\\', '$', '{', ')', ';', '\0', '\n', 'u0041', 'x41', '😀'))
      .map((parts) => parts.join('')),
    fc.array(tie('value')),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '0', '')), tie('value')),
  ),
})).value;

it('writes what reads back to the same values', () => {
  fc.assert(
    fc.property(fc.array(literal), (args) => {
      const { method, args: back } = parseCall(formatCall('saveToLocal', args));
      expect(method).toBe('saveToLocal');
      // Prototypes aside: dictionaries without one come back as plain objects.
      expect(back).toEqual(args);
    }),
    { numRuns: amount(1200, 3000) },
  );
});

it('keeps whatever a user has typed inside its string', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom("'", '"', '\\', "'); evil('"), (text, end) => {
      expect(parseCall(formatCall('f', [text + end]))).toEqual({ method: 'f', args: [text + end] });
    }),
  );
});

it('writes calls that a person can read', () => {
  expect(formatCall('saveToLocal', ['哈哈'])).toBe('saveToLocal("哈哈")');
  expect(formatCall('f')).toBe('f()');
  expect(formatCall('f', [1, -0, 1e21, null, [true], { a: 2n }])).toBe(
    'f(1, -0.0, 1e+21, null, [true], {"a": 2n})',
  );
});

it('leaves out a key with undefined, as JSON does', () => {
  expect(formatCall('f', [{ a: undefined, b: 1, c: undefined }])).toBe('f({"b": 1})');
});

it('reads a bigint back as one, whatever its size', () => {
  const bigints = [5n, 0n, -1n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 64n)];
  expect(parseCall(formatCall('f', bigints)).args).toEqual(bigints);
});

it('takes what another realm has made', () => {
  const [list, object] = runInNewContext('[[1, [2]], { a: 1 }]');
  expect(parseCall(formatCall('f', [list, object])).args).toEqual([[1, [2]], { a: 1 }]);
});

const circular: unknown[] = [];
circular.push({ circular });
class List extends Array {}
const tagged = Object.assign([1], { index: 0 });

it.each<[string, readonly unknown[], string]>([
  ['NaN', [1, { x: Number.NaN }], 'args[1].x is NaN'],
  ['infinity', [[-Infinity]], 'args[0][0] is -Infinity'],
  ['undefined', [undefined], 'args[0] is undefined'],
  ['undefined in a list', [{ a: [1, undefined] }], 'args[0].a[1] is undefined'],
  // biome-ignore lint/suspicious/noSparseArray: that is what is refused
  ['a list with a hole', [[1, , 2]], 'args[0][1] is undefined'],
  ['arguments with a hole', new Array(2), 'args[0] is undefined'],
  ['a function', [{ 'a b': () => 1 }], 'args[0]["a b"] is a function'],
  ['a symbol', [Symbol('x')], 'args[0] is a symbol'],
  ['a symbol as key', [{ a: { [Symbol('x')]: 1 } }], 'args[0].a has the key Symbol(x)'],
  ['a Date', [new Date(0)], 'args[0] is an instance of Date'],
  ['a Map', [{ m: new Map() }], 'args[0].m is an instance of Map'],
  ['a Set', [[new Set()]], 'args[0][0] is an instance of Set'],
  ['a Buffer', [Buffer.from('x')], 'args[0] is an instance of Buffer'],
  ['an Error', [new RangeError('x')], 'args[0] is an instance of RangeError'],
  ['a boxed string', [new String('x')], 'args[0] is an instance of String'],
  ['a promise', [Promise.resolve()], 'args[0] is an instance of Promise'],
  ['an instance', [new (class Mail {})()], 'args[0] is an instance of Mail'],
  ['an instance of a class without a name', [new (class {})()], 'args[0] is an instance of a class'],
  ['a list of a class of its own', [new List()], 'args[0] is an instance of List'],
  ['a list with a key', [[tagged]], 'args[0][0].index is no item of the list'],
  ['arguments with a key', tagged, 'args.index is no item of the list'],
  ['a circle', [1, circular], 'args[1] is nested deeper than 512 levels, or contains itself'],
  ['an endless bigint', [10n ** BigInt(MAX_DIGITS)], 'args[0] has more than 4096 digits'],
])('refuses %s and names the place', (_, args, message) => {
  const format = () => formatCall('f', args as Literal[]);
  expect(format).toThrow(TypeError);
  expect(format).toThrow(message);
});

it.each([
  ['hi', "'hi'"],
  [null, 'null'],
  [5, '5'],
  [{ length: 0 }, '{ length: 0 }'],
  [new Set([1]), 'Set(1)'],
])('refuses %j in place of the list of arguments', (args, shown) => {
  const format = () => formatCall('f', args as unknown as Literal[]);
  expect(format).toThrow(TypeError);
  expect(format).toThrow(`the arguments of f must be a list, such as ["hi"], not ${shown}`);
});

it.each(['', 'a b', 'f(', "f('x'); g", '1f', 'a.b', 'a\n', null, undefined, 5, ['f']])(
  'refuses the method name %j',
  (name) => {
    expect(() => formatCall(name as string)).toThrow(TypeError);
    expect(() => formatCall(name as string)).toThrow("is not a method's name");
  },
);
