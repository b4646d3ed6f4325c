import { createServer } from 'node:net';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorText, joinReasons, MAX_REASON, reasonOf } from '../../consumer/reason.ts';
import { locationOf, messageOf, rootCauseOf } from '../../consumer/report/error-location.ts';
import { ConfigError } from '../../shared/errors.ts';

/** Places are lines of this file. */
const HERE = expect.stringContaining(import.meta.filename);

/** What people are told of something that was thrown. */
function told(thrown: unknown) {
  const reason = errorText(thrown);
  expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(MAX_REASON);
  return { message: messageOf(reason), place: locationOf(reason), root: rootCauseOf(reason) };
}

/** So many errors, each the cause of the next. */
function chain(length: number, message: (index: number) => string): Error {
  let error = new Error(message(0));
  for (let index = 1; index < length; index++) error = new Error(message(index), { cause: error });
  return error;
}

describe('an error as text', () => {
  it('has name, message, properties and stack', () => {
    class HttpError extends Error {
      readonly status = 404;
    }
    expect(told(new HttpError('not there'))).toEqual({
      message: 'HttpError: not there [status: 404]',
      place: HERE,
      root: undefined,
    });
  });

  it('has what led to it, down to the root', () => {
    const root = Object.assign(new TypeError('no route'), { code: 'EHOSTUNREACH', syscall: 'connect' });
    const error = new Error('not saved', { cause: new Error('no connection', { cause: root }) });
    expect(errorText(error)).toMatch(
      /^Error: not saved\n( {4}at .*\n)+caused by: Error: no connection\n( {4}at .*\n)+caused by: TypeError: no route/,
    );
    expect(told(error)).toEqual({
      message: 'Error: not saved',
      place: HERE,
      root: 'TypeError: no route [code: EHOSTUNREACH, syscall: connect]',
    });
  });

  it('says why a fetch failed', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const error = await fetch(`http://127.0.0.1:${port}`).catch((error: unknown) => error);
    expect(told(error)).toMatchObject({
      message: 'TypeError: fetch failed',
      root: expect.stringMatching(/^Error: connect ECONNREFUSED 127\.0\.0\.1:\d+ \[.*code: ECONNREFUSED/),
    });
  });

  it.each([1, 2, 10, 1000, 20_000])('keeps the root of a chain of %i', (length) => {
    const { message, place, root } = told(chain(length, (index) => `error ${index}`));
    expect(message).toBe(`Error: error ${length - 1}`);
    expect(place).toEqual(HERE);
    // What is longer than ten thousand is cut: a getter could make up errors for ever.
    if (length <= 10_000) expect(root).toBe(length === 1 ? undefined : 'Error: error 0');
  });

  it.each(['x', '哈', '😀', 'line\n', '\n    at fake (/fake.js:1:1)', 'caused by: '])(
    'keeps message, place and root where messages are long, of %j',
    (unit) => {
      const long = unit.repeat(50_000);
      const error = chain(20, (index) => `begins ${index} ${long} ends ${index}`);
      const { message, place, root } = told(error);
      expect(message).toMatch(/^Error: begins 19 .*ends 19$/s);
      expect(place).toEqual(HERE);
      expect(root).toMatch(/^Error: begins 0 .*ends 0$/s);
    },
  );

  it('keeps them where properties are large, and stacks deep', () => {
    const large = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`field${i}`, 'y'.repeat(5000)]));
    const deep = (depth: number): Error =>
      depth === 0 ? Object.assign(new Error('root'), large) : deep(depth - 1);
    const error = Object.assign(new Error('top', { cause: deep(50) }), large);
    expect(told(error)).toMatchObject({
      message: expect.stringMatching(/^Error: top \[field0: y+/),
      place: HERE,
      root: expect.stringMatching(/^Error: root \[/),
    });
  });

  it('ends where causes go round in a circle', () => {
    const a = new Error('a');
    a.cause = new Error('b', { cause: a });
    expect(told(a)).toMatchObject({ message: 'Error: a', root: 'Error: b' });
    const itself = new Error('c');
    itself.cause = itself;
    expect(told(itself)).toMatchObject({ message: 'Error: c', root: undefined });
  });

  it.each<[string, unknown, string]>([
    ['text', 'no disk', 'no disk'],
    ['a number', 0, '0'],
    ['an object', { code: 5, deep: { status: 503 } }, '{ code: 5, deep: { status: 503 } }'],
    ['a symbol', Symbol('why'), 'Symbol(why)'],
  ])('has a cause that is %s', (_, cause, root) => {
    expect(told(new Error('x', { cause }))).toMatchObject({ message: 'Error: x', root });
  });

  it('has the first of several errors, and how many there are', () => {
    const errors = [1, 2, 3, 4, 5].map((index) => new Error(`number ${index}`, { cause: `why ${index}` }));
    const error = new AggregateError(errors, 'none of them worked');
    expect(told(error)).toEqual({
      message: 'AggregateError: none of them worked',
      place: HERE,
      root: 'why 1',
    });
    expect(errorText(error)).toMatch(/^caused by: 5 errors, the first: Error: number 1$/m);
    expect(errorText(error)).toMatch(/^error 2 of 5: Error: number 2, caused by: why 2$/m);
    expect(errorText(error)).not.toContain('number 4');
    expect(told(new AggregateError([new Error('one')]))).toMatchObject({ root: 'Error: one' });
    expect(told(new AggregateError([], 'empty'))).toMatchObject({ message: 'AggregateError: empty' });
  });

  it('has an error that it holds under another name', () => {
    const original = Object.assign(new Error('duplicate key'), { code: '23505' });
    expect(told(Object.assign(new Error('not saved'), { original })).root).toBe(
      'Error: duplicate key [code: 23505]',
    );
  });

  it('has nothing of requests, and nothing that may be secret', () => {
    const request = { headers: { Authorization: 'SECRET' }, body: 'SECRET' };
    const response = {
      status: 500,
      headers: { 'set-cookie': 'SECRET' },
      data: { reason: 'busy', token: 'SECRET' },
    };
    const error = Object.assign(new Error('no'), { config: request, request, response, password: 'SECRET' });
    expect(told(error).message).toBe('Error: no [response: { status: 500, data: { reason: busy } }]');
    expect(errorText(error)).not.toContain('SECRET');
  });

  it('has the message of now where that was changed', () => {
    const error = new Error('before');
    error.message = `in line 5: ${error.message}`;
    expect(told(error)).toEqual({ message: 'Error: in line 5: before', place: HERE, root: undefined });
  });

  it('has name and message without a stack', () => {
    const error = new RangeError('too much');
    for (const stack of ['', undefined, 5, []]) {
      Object.defineProperty(error, 'stack', { value: stack, configurable: true });
      expect(told(error)).toEqual({ message: 'RangeError: too much', place: undefined, root: undefined });
    }
  });

  it('knows errors of other realms, and those that are no instances of Error', () => {
    expect(told(runInNewContext("new TypeError('there', { cause: new Error('why') })"))).toMatchObject({
      message: 'TypeError: there',
      root: 'Error: why',
    });
    expect(told(new DOMException('stopped', 'AbortError'))).toMatchObject({
      message: 'AbortError: stopped',
      place: HERE,
    });
    expect(told({ name: 'Odd', message: 'like an error', stack: 'at all' }).message).toBe(
      'Odd: like an error',
    );
  });

  it('shows neither frames of Node.js nor our own', () => {
    const error = new Error('x');
    const own = join(import.meta.dirname, '../../consumer/class/class-executor.ts');
    error.stack = [
      'Error: x',
      '    at check (node:internal/validators:162:11)',
      `    at ClassExecutor.execute (file://${own}:9:9)`,
      '    at Worker.send (file:///srv/app/worker.js:12:7)',
      '    at processTicksAndRejections (node:internal/process/task_queues:105:5)',
    ].join('\n');
    expect(errorText(error)).toBe('Error: x\n    at Worker.send (file:///srv/app/worker.js:12:7)');
  });

  it("names the class's own code rather than that of a package", () => {
    const error = new Error('x');
    const frames = Array.from(
      { length: 9 },
      (_, i) => `    at parse (/srv/app/node_modules/pg/parser.js:${i + 1}:1)`,
    );
    error.stack = ['Error: x', ...frames, '    at Worker.send (/srv/app/worker.js:12:7)'].join('\n');
    expect(told(error).place).toBe('/srv/app/worker.js:12:7');
    error.message = 'y'.repeat(100_000);
    expect(told(error).place).toBe('/srv/app/worker.js:12:7');
  });

  it('has the line of code that could not be parsed', () => {
    const error = new SyntaxError("Unexpected token '='");
    error.stack = `/srv/a.cjs:4\n  return = 5;\n         ^\n\n${error.stack}`;
    expect(told(error)).toMatchObject({
      message: "SyntaxError: Unexpected token '=' in: return = 5;",
      place: '/srv/a.cjs:4:10',
    });
    // With source maps it stands before errors of all kinds.
    const mapped = new RangeError('too much');
    mapped.stack =
      "/srv/a.ts:4\n  throw new RangeError('too much');\n        ^\n\nRangeError: too much\n    at f (/srv/a.ts:4:9)";
    expect(errorText(mapped)).toBe('RangeError: too much\n    at f (/srv/a.ts:4:9)');
  });
});

describe('whatever else was thrown', () => {
  it.each<[unknown, string]>([
    ['no address', 'no address'],
    ['', "''"],
    [undefined, 'undefined'],
    [null, 'null'],
    [7n, '7n'],
    [Symbol('s'), 'Symbol(s)'],
    [{ status: 404 }, '{ status: 404 }'],
    [Object.assign(Object.create(null), { a: 1 }), '{ a: 1 }'],
    [Object.create(null), '[Object: null prototype] {}'],
    [[1, 2], '[ 1, 2 ]'],
  ])('is shown as it is: %o', (thrown, text) => {
    expect(told(thrown)).toEqual({
      message: `${text} (thrown as it is, not as an Error: its place in the code is not known)`,
      place: undefined,
      root: undefined,
    });
  });

  it('may refuse to be looked at', () => {
    const trap = () => {
      throw new Error('trap');
    };
    class Hostile extends Error {
      override get name(): string {
        return trap();
      }
      override get message(): string {
        return trap();
      }
      override get cause(): unknown {
        return trap();
      }
      get code(): unknown {
        return trap();
      }
    }
    expect(told(new Hostile()).message).toBe('Hostile');
    const handler = {
      get: trap,
      ownKeys: trap,
      getPrototypeOf: trap,
      has: trap,
      getOwnPropertyDescriptor: trap,
    };
    for (const target of [new Error('x'), {}, () => 1])
      expect(errorText(new Proxy(target, handler))).not.toBe('');
    const endless = () => Object.defineProperty(new Error('made up'), 'cause', { get: endless }) as Error;
    expect(told(endless()).message).toBe('Error: made up');
  });

  it('fits into what the server keeps, and is never empty', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true }),
        fc.string({ unit: 'binary' }),
        (thing, message) => {
          for (const thrown of [
            thing,
            new Error(message, { cause: thing }),
            Object.assign(new Error(message), { thing }),
          ]) {
            const text = errorText(thrown);
            expect(text).not.toBe('');
            expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_REASON);
          }
        },
      ),
    );
  });
});

describe('a reason', () => {
  it('is the message of an error of ours, cut in the middle', () => {
    expect(reasonOf(new ConfigError('no class'))).toBe('no class');
    const long = reasonOf(new ConfigError(`begins ${'哈'.repeat(5000)} ends`));
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(MAX_REASON);
    expect(long).toMatch(/^begins 哈+ \.\.\. 哈+ ends$/);
  });

  it('can be two', () => {
    expect(joinReasons('too late', 'Error: x')).toBe('too late\nError: x');
    const late = joinReasons('too late', errorText(chain(3, (index) => `${index} ${'x'.repeat(9000)}`)));
    expect(Buffer.byteLength(late)).toBeLessThanOrEqual(MAX_REASON);
    expect(late).toMatch(/^too late\nError: 2 /);
    expect(rootCauseOf(late)).toMatch(/^Error: 0 /);
    const both = joinReasons(`a${'x'.repeat(5000)}b`, `c${'y'.repeat(5000)}d`);
    expect(Buffer.byteLength(both)).toBe(MAX_REASON);
    expect(both).toMatch(/^ax+ \.\.\. x+b\ncy+ \.\.\. y+d$/);
  });
});
