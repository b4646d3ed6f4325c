import { unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../shared/errors.ts';
import { MAX_ERROR_BYTES } from '../../../shared/limits.ts';
import { withProgram } from '../../helpers/foreign.ts';
import {
  copyHostile,
  type Language,
  PHP,
  PYTHON,
  RUBY,
  runnerIn,
  startHostile,
} from '../../helpers/runners.ts';

interface Traits extends Language {
  /** What the worker of test/foreign-workers has, or has not, and a job must not reach. */
  readonly hidden: readonly string[];
  /** What `next` makes of 2 ** 64. */
  readonly afterBig: unknown;
  /** What printing leaves on standard output. */
  readonly strays: readonly string[];
  /** Methods that return what is yet to be run, and nobody runs. */
  readonly lazy: readonly string[];
  /** Methods that return what comes to `kept` when somebody waits for it. */
  readonly promising: readonly string[];
  /** Results that JSON does not have. */
  readonly odd: readonly string[];
  /** What the errors of methods begin with. */
  readonly errors: { readonly [method: string]: string };
}

const LANGUAGES: readonly Traits[] = [
  {
    ...PHP,
    hidden: ['__construct', 'inherited', 'secret', 'missing'],
    afterBig: '18446744073709551616, as text',
    strays: ['written'],
    lazy: ['later', 'nested', 'closure'],
    promising: ['promise'],
    odd: ['odd', 'unwritable', 'exhausts'],
    errors: { beyond: 'Error: beyond\n', binary: 'Exception: caf\ufffd\n' },
  },
  {
    ...PYTHON,
    hidden: ['__init__', '_secret', 'attribute', 'inherited', 'missing'],
    afterBig: 2 ** 64,
    strays: [],
    lazy: ['later', 'async_later', 'mapped', 'nested', 'closure'],
    promising: ['promise', 'plain', 'task', 'future'],
    odd: ['odd', 'endless'],
    errors: {
      beyond: 'KeyboardInterrupt: beyond\n',
      binary: 'Exception: caf\udce9\n',
      unspeakable: 'Unspeakable, which cannot be shown: ValueError\n',
    },
  },
  {
    ...RUBY,
    hidden: ['initialize', 'instance_eval', 'secret', 'inherited', 'missing'],
    afterBig: 2 ** 64,
    strays: [],
    lazy: ['later', 'lazy', 'nested', 'fiber', 'closure'],
    promising: ['promise', 'thread'],
    odd: ['odd', 'endless'],
    errors: {
      beyond: 'Exception: beyond\n',
      thrown: 'UncaughtThrowError: uncaught throw :nobody\n',
      binary: 'RuntimeError: caf\ufffd\n',
      utf16: 'RuntimeError: café\n',
      unspeakable: 'Unspeakable, which cannot be shown: RuntimeError\n',
      nameless: '#<Class:',
      broken_thread: 'RuntimeError: boom\n',
    },
  },
];

describe.each(LANGUAGES)('the runner in examples/$language', (traits) => {
  const { program, worker, hidden, afterBig, strays, lazy, promising, odd, errors } = traits;
  withProgram(program, () => {
    it('calls nothing but public methods of the class itself', async () => {
      // As with sudo, which hands on no environment: so the runner hears of the methods only in the jobs.
      const prefix = ['env', '-u', 'MEMQ_CLASS', '-u', 'MEMQ_METHODS'] as const;
      const { executor, run } = await runnerIn(copyHostile(traits), {
        methods: hidden,
        prefix: [...prefix],
      });
      await executor.start();
      for (const name of hidden) {
        expect(await run(name)).toEqual({
          kind: 'rejected',
          isThrown: true,
          reason: `${name} is not a public method of class Worker`,
        });
      }
    });

    it('says at the start which class or method there is not', async () => {
      const directory = copyHostile(traits);
      const problem = async (changes: Parameters<typeof runnerIn>[1]) => {
        const error = await (await runnerIn(directory, changes)).executor.start().catch((error) => error);
        expect(error).toBeInstanceOf(ConfigError);
        return error.message;
      };
      for (const name of hidden) {
        expect(await problem({ methods: ['same', name] })).toMatch(
          new RegExp(`^command ${program} .*: ${name} is not a public method of class Worker$`),
        );
      }
      expect(await problem({ methods: ['same'], className: 'Wroker' })).toMatch(
        /^command .*: there is no class Wroker .*\.(php|py|rb)$/,
      );
      writeFileSync(join(directory, worker), program === 'php' ? '<?php class {' : 'class (\n');
      expect(await problem({ methods: ['same'] })).toMatch(/: (ParseError|SyntaxError): .*worker\.\w+:1/is);
      unlinkSync(join(directory, worker));
      expect(await problem({ methods: ['same'] })).toMatch(/: \w*Error: .*worker/is);
    });

    it('keeps values as they are, as far as the language has them', async () => {
      const { run } = await startHostile(traits, 'same', 'next', ...odd);
      const value = [null, true, -1, 1.5, '', '"\\\u2028😀', { a: { b: [[]] } }];
      expect(await run('same', [value])).toEqual({ kind: 'done', value: value });
      expect(await run('next', [2n ** 64n])).toEqual({ kind: 'done', value: afterBig });
      for (const name of odd) expect(await run(name), name).toMatchObject({ kind: 'done' });
    });

    it('leaves out a result that is too large, of a job that is done', async () => {
      const { executor, run, printed } = await startHostile(traits, 'large');
      expect(await run('large')).toEqual({ kind: 'done' });
      await executor.close();
      expect(printed.map(({ text }) => text)).toEqual([
        expect.stringMatching(/^the result of job 1 is left out: it has 31457\d\d \w+ of JSON$/),
      ]);
    });

    it.each(lazy)('refuses a job whose method has not run: %s', async (name) => {
      const { run } = await startHostile(traits, name);
      expect(await run(name)).toEqual({
        kind: 'rejected',
        isThrown: true,
        reason: expect.stringMatching(
          /^the method returned an object of class \S+, which is yet to be run, and nobody runs it$/,
        ),
      });
    });

    it.each(promising)('waits for what is under way: %s', async (name) => {
      const { run } = await startHostile(traits, name);
      expect(await run(name)).toEqual({ kind: 'done', value: 'kept' });
    });

    it('waits for what is in a list', async () => {
      const { run } = await startHostile(traits, 'several');
      expect(await run('several')).toEqual({ kind: 'done', value: { a: 'kept', b: 1 } });
    });

    it('tells what the class prints from its answers', async () => {
      const { executor, run, printed } = await startHostile(traits, 'prints');
      expect(await run('prints')).toMatchObject({ kind: 'done' });
      await executor.close();
      const of = (stream: string) => printed.filter((line) => line.stream === stream).map(({ text }) => text);
      expect(of('stdout')).toEqual(strays);
      expect(of('stderr').join('\n')).toMatch(/printed\nfrom a program/);
    });

    it('takes no answer from a copy of the program that a job has made', async () => {
      const { run } = await startHostile(traits, 'forks', 'same');
      expect(await run('forks')).toEqual({ kind: 'done', value: 'the first' });
      expect(await run('same', [1])).toEqual({ kind: 'done', value: 1 });
    });

    it('tells of an error with its place, and goes on', async () => {
      const { run } = await startHostile(traits, 'fails', 'breaks', 'same');
      expect(await run('fails')).toEqual({
        kind: 'failed',
        reason: expect.stringMatching(/^\w+: boom\n.*worker\.(php|py|rb):\d+/is),
      });
      expect(await run('breaks')).toEqual({
        kind: 'failed',
        reason: expect.stringContaining('undefined_function'),
      });
      expect(await run('same')).toMatchObject({ kind: 'failed', reason: expect.stringContaining('Error') });
      expect(await run('same', [1])).toEqual({ kind: 'done', value: 1 });
    });

    it.each(Object.entries(errors))('tells of any error, and goes on: %s', async (name, beginning) => {
      const { run } = await startHostile(traits, name, 'same');
      const result = await run(name);
      expect(result).toMatchObject({ kind: 'failed', reason: expect.stringContaining(beginning) });
      expect(result).not.toHaveProperty('died');
      expect(await run('same', [1])).toEqual({ kind: 'done', value: 1 });
    });

    it('tells what an error came from, whatever the length of what is between', async () => {
      const { run } = await startHostile(traits, 'chain');
      const result = await run('chain');
      expect(result).toMatchObject({ kind: 'failed' });
      const reason = result.kind === 'failed' ? result.reason : '';
      expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(MAX_ERROR_BYTES);
      const [first, second, third, place] = reason.split('\n');
      expect(first).toBe(
        'RuntimeError: not saved'.replace('Error', program === 'php' ? 'Exception' : 'Error'),
      );
      expect(second).toMatch(/^caused by \w+: long long /);
      expect(third).toMatch(/^caused by \w+: refused \{/);
      expect(JSON.parse(/\{.*/.exec(third)![0])).toEqual({ host: 'db1', code: 61 });
      expect(place).toMatch(/^\/.*worker\.(php|py|rb):\d+:in .*chain/i);
      expect(reason.match(/^caused at \/.*worker\.(php|py|rb):\d+:in .*chain/gim)).toHaveLength(2);
    });

    it('ends a job for good by a Fail, or what is derived from it, and by no other name', async () => {
      const { run } = await startHostile(traits, 'hopeless', 'login');
      expect(await run('hopeless')).toEqual({
        kind: 'rejected',
        isThrown: true,
        reason: expect.stringMatching(/^NoSuchUser: gone\n/),
      });
      expect(await run('login')).toEqual({
        kind: 'failed',
        reason: expect.stringMatching(/^LoginFail: try again\n/),
      });
    });

    it('is replaced when the class ends it, crashes it or never returns', async () => {
      const { run } = await startHostile(traits, 'whispers', 'exits', 'dies', 'crashes', 'loops', 'same');
      // What an earlier job has printed is not about this one.
      expect(await run('whispers')).toMatchObject({ kind: 'done' });
      expect(await run('exits')).toEqual({
        kind: 'failed',
        reason: 'the program ended with exit code 3',
        died: true,
      });
      expect(await run('dies')).toEqual({
        kind: 'failed',
        reason: expect.stringMatching(/^the program ended with exit code \d\nlast words$/),
        died: true,
      });
      expect(await run('crashes')).toEqual({
        kind: 'failed',
        reason: expect.stringContaining('was killed by SIG'),
        died: true,
      });
      expect(await run('loops', [], { timeoutMs: 1000 })).toEqual({
        kind: 'failed',
        reason: 'ran longer than its timeout of 1 s',
      });
      expect(await run('same', [1])).toEqual({ kind: 'done', value: 1 });
    });
  });
});

describe('the runner in examples/php', () => {
  withProgram('php', () => {
    it('outlives a class that removes all output buffers, and shows what it leaves open', async () => {
      const { executor, run, printed } = await startHostile(PHP, 'cleans', 'prints');
      expect(await run('cleans')).toMatchObject({ kind: 'done' });
      expect(await run('cleans')).toMatchObject({ kind: 'done' });
      expect(await run('prints')).toMatchObject({ kind: 'done' });
      await executor.close();
      const of = (id: string) => printed.filter((line) => line.id === id).map(({ text }) => text);
      expect(of('1').toSorted()).toEqual(['after cleaning', 'left open']);
      expect(of('2').toSorted()).toEqual(['after cleaning', 'left open']);
      expect(of('3')).toContain('echoed printed');
    });

    it('shows why php could not run at all, which it prints on standard output', async () => {
      const { executor } = await runnerIn(copyHostile(PHP), { prefix: ['php', 'nosuch.php'] });
      await expect(executor.start()).rejects.toThrow(
        'the program ended with exit code 1\nCould not open input file: nosuch.php',
      );
    });
  });
});

describe('the runner in examples/python', () => {
  withProgram('python3', () => {
    it('tells of the errors in a group', async () => {
      const { run } = await startHostile(PYTHON, 'group');
      expect(await run('group')).toMatchObject({
        kind: 'failed',
        reason: expect.stringMatching(
          /^ExceptionGroup: two .*\ncaused by ValueError: first\ncaused by ExceptionGroup: more .*\ncaused by KeyError: 'second'\n/,
        ),
      });
    });

    it('waits for threads and processes that are returned, and not for what is none of the result', async () => {
      const { executor, run, printed } = await startHostile(
        PYTHON,
        ...['thread', 'idle_thread', 'process', 'forgets', 'cancels', 'reads'],
      );
      expect(await run('thread')).toEqual({ kind: 'done', value: null });
      expect(await run('idle_thread')).toMatchObject({
        kind: 'failed',
        reason: expect.stringContaining('cannot join thread before it is started'),
      });
      expect(await run('process')).toMatchObject({
        kind: 'failed',
        reason: expect.stringContaining('the process that the method returned ended with exit code 4'),
      });
      expect(await run('forgets')).toMatchObject({
        kind: 'failed',
        reason: expect.stringMatching(/^RuntimeError: the method returned before tasks .* cancelled/),
      });
      expect(await run('cancels')).toMatchObject({ kind: 'done' });
      expect(await run('reads')).toEqual({ kind: 'done', value: '' });
      await executor.close();
      expect(printed.map(({ text, id }) => [text, id])).toEqual([['from a thread', '1']]);
    });
  });
});

describe('the runner in examples/ruby', () => {
  withProgram('ruby', () => {
    it('has nothing to read for a class', async () => {
      const { run } = await startHostile(RUBY, 'reads');
      expect(await run('reads')).toEqual({ kind: 'done', value: '' });
    });
  });
});
