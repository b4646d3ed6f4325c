import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseCall } from '../../../consumer/payload/call.ts';
import { formatCall, type Literal, MAX_DIGITS } from '../../../shared/call.ts';

const literal = fc.letrec<{ value: Literal }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false, -0, 2 ** 53, -(2 ** 53), Number.MAX_VALUE, Number.MIN_VALUE),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.bigInt().filter((value) => !Number.isSafeInteger(Number(value))),
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
    { numRuns: 3000 },
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
    'f(1, -0.0, 1e+21, null, [true], {"a": 2})',
  );
});

it('leaves out a key with undefined, as JSON does', () => {
  expect(formatCall('f', [{ a: undefined, b: 1, c: undefined }])).toBe('f({"b": 1})');
});

it('reads a small bigint back as the number that it equals', () => {
  expect(parseCall(formatCall('f', [5n])).args).toEqual([5]);
});

const circular: unknown[] = [];
circular.push(circular);
it.each<[string, unknown, string]>([
  ['NaN', Number.NaN, 'argument 1 is NaN'],
  ['infinity', [-Infinity], 'argument 1[0] is -Infinity'],
  ['undefined', undefined, 'argument 1 is undefined'],
  ['undefined in a list', { a: [1, undefined] }, 'argument 1["a"][1] is undefined'],
  ['a function', () => 1, 'argument 1 is a function'],
  ['a symbol', Symbol('x'), 'argument 1 is a symbol'],
  ['a Date', new Date(0), 'argument 1 is an instance of Date'],
  ['a Map', { m: new Map() }, 'argument 1["m"] is an instance of Map'],
  ['a Buffer', Buffer.from('x'), 'argument 1 is an instance of Buffer'],
  ['a circle', circular, 'nested deeper than'],
  ['an endless bigint', 10n ** BigInt(MAX_DIGITS), 'digits'],
])('refuses %s and names the place', (_, value, message) => {
  const format = () => formatCall('f', [value as Literal]);
  expect(format).toThrow(TypeError);
  expect(format).toThrow(message);
});

it.each(['', 'a b', 'f(', "f('x'); g", '1f', 'a.b', 'a\n'])('refuses the method name %j', (name) => {
  expect(() => formatCall(name)).toThrow(TypeError);
});
