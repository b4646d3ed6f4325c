import { PassThrough, Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { runnerOf } from '../../helpers/class-executor.ts';
import { worker } from '../../helpers/worker-file.ts';

let hasRun = false;

function* generator() {
  hasRun = true;
  yield 1;
}
async function* asyncGenerator() {
  hasRun = true;
  yield 1;
}
/** A query that runs when it is awaited, as those of knex and mongoose. */
function lazy(value: unknown) {
  // biome-ignore lint/suspicious/noThenProperty: what this is about
  return { then: (resolve: (value: unknown) => void) => resolve(value) };
}
async function ended(stream: Readable | Writable) {
  if (stream instanceof Writable) stream.end();
  else stream.resume();
  await finished(stream);
  await new Promise(setImmediate);
  return stream;
}

class Worker {
  static given: () => unknown = () => undefined;

  *generator() {
    hasRun = true;
    yield 1;
  }
  async *asyncGenerator() {
    hasRun = true;
    yield 1;
  }
  gives() {
    return Worker.given();
  }
  async givesLater() {
    await null;
    return Worker.given();
  }
}

const run = await runnerOf(Worker, ['generator', 'asyncGenerator', 'gives', 'givesLater']);

describe('what a method returns is no result', () => {
  it.each(['generator', 'asyncGenerator'] as const)('where the method is a %s', async (method) => {
    hasRun = false;
    expect(await run(method)).toEqual({
      kind: 'rejected',
      isThrown: true,
      reason: expect.stringMatching(
        new RegExp(`^${method} returned a generator, .*async method without \\*`),
      ),
    });
    expect(hasRun).toBe(false);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['a generator', generator, /^gives returned a generator/],
    ['an async generator', asyncGenerator, /^gives returned a generator/],
    ['a promise of one', async () => generator(), /^gives returned a generator/],
    ['a thenable of one', () => lazy(generator()), /^gives returned a generator/],
    ['an iterator of a map', () => new Map([[1, 2]]).entries(), /or another iterator/],
    [
      'a cursor',
      () => ({ next: async () => undefined, [Symbol.asyncIterator]: () => generator() }),
      /or another iterator/,
    ],
    ['a stream', () => Readable.from(['a']), /a stream that has not ended.*pipeline/],
    ['a stream that is piped', () => Readable.from(['a']).pipe(new PassThrough()), /a stream/],
    ['a stream that is written to', () => new Writable(), /a stream/],
    ['a web stream', () => new ReadableStream(), /or another iterator/],
    ['a function', () => () => 1, /a function, which nobody calls/],
    ['an async function', () => async () => 1, /a function, which nobody calls/],
    ['promises in an array', () => [1, Promise.resolve()], /an array of promises.*Promise\.all/],
  ])('where it is %s', async (_, given, reason) => {
    Worker.given = given;
    expect(await run('gives')).toEqual({
      kind: 'rejected',
      isThrown: true,
      reason: expect.stringMatching(reason),
    });
    expect(await run('givesLater')).toMatchObject({ kind: 'rejected' });
  });

  it.each(['setUp', 'tearDown'])('nor what %s returns', async (name) => {
    class Other {
      send() {}
    }
    Object.defineProperty(Other.prototype, name, { value: asyncGenerator });
    const runOther = await runnerOf(Other, ['send']);
    expect(await runOther('send')).toEqual({
      kind: 'rejected',
      isThrown: true,
      reason: expect.stringMatching(new RegExp(`^${name} returned a generator`)),
    });
  });
});

it.each<[string, () => unknown]>([
  ['nothing', () => undefined],
  ['null', () => null],
  ['text', () => 'text'],
  ['a list', () => [1, [2]]],
  ['an empty list', () => []],
  ['a map', () => new Map([[1, 2]])],
  ['a set', () => new Set([1])],
  ['bytes', () => Buffer.from('x')],
  ['a linked list', () => ({ value: 1, next: { value: 2 } })],
  ['an object that can be iterated over again and again', () => ({ *[Symbol.iterator]() {} })],
  ['a lazy query', () => lazy('row')],
  ['a stream that was read', () => ended(Readable.from(['a']))],
  ['a stream that was written', () => ended(new Writable({ write: (_, __, done) => done() }))],
  ['a response', () => new Response('x')],
])('%s is a result', async (_, given) => {
  Worker.given = given;
  expect(await run('gives')).toMatchObject({ kind: 'done' });
});

describe('a method and a tearDown that throw', () => {
  class Both {
    fails() {
      throw new Error('the method', { cause: new Error('why') });
    }
    works() {}
    tearDown() {
      throw new Error('the end');
    }
  }

  it('are both told, the method first', async () => {
    const runBoth = await runnerOf(Both, ['fails', 'works']);
    expect(await runBoth('fails')).toEqual({
      kind: 'failed',
      reason: expect.stringMatching(
        /^Error: the method\n(.*\n)*caused by: Error: why\n(.*\n)*error 2 of 2: tearDown: Error: the end/,
      ),
    });
    expect(await runBoth('works')).toEqual({
      kind: 'failed',
      reason: expect.stringMatching(/^Error: the end/),
    });
  });
});

withWorkplace()('memq-consume keeps a job as failed whose method is a generator', async ({ workplace }) => {
  await workplace.setWorker(worker("*send() { log('has run'); }", "['send']"));
  await workplace.enqueue('send()');
  const { code, stderr } = await workplace.consume();
  expect(code).toBe(0);
  expect(stderr).toMatch(/^ {2}error {2}send returned a generator/m);
  expect(await workplace.failed()).toMatchObject({
    error: expect.stringMatching(/^send returned a generator/),
  });
  expect(await workplace.logged()).toEqual([]);
});
