import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readIni } from '../../../shared/ini-file.ts';
import { Mistakes } from '../../../shared/mistakes.ts';
import { type Foreign, foreign, withProgram } from '../../helpers/foreign.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples');
const WORKERS = join(import.meta.dirname, '../../foreign-workers');

/** What a worker of test/foreign-workers offers to jobs. */
const METHODS = ['same', 'next', 'prints', 'exits', 'loops', 'crashes', 'fails', 'breaks', 'odd'];

interface Language {
  readonly language: string;
  readonly program: string;
  readonly worker: string;
  /** The methods of the example. */
  readonly save: string;
  readonly mail: string;
  /** What the worker of test/foreign-workers has, or has not, and a job must not reach. */
  readonly hidden: readonly string[];
  /** What `next` makes of 2 ** 64. */
  readonly afterBig: unknown;
  /** What printing leaves on standard output. */
  readonly strays: readonly string[];
}

const LANGUAGES: readonly Language[] = [
  {
    language: 'php',
    program: 'php',
    worker: 'Worker.php',
    save: 'saveToLocal',
    mail: 'sendMail',
    hidden: ['__construct', 'inherited', 'secret', 'missing'],
    afterBig: '18446744073709551616, as text',
    strays: ['written'],
  },
  {
    language: 'python',
    program: 'python3',
    worker: 'worker.py',
    save: 'save_to_local',
    mail: 'send_mail',
    hidden: ['__init__', '_secret', 'attribute', 'inherited', 'missing'],
    afterBig: 2 ** 64,
    strays: [],
  },
  {
    language: 'ruby',
    program: 'ruby',
    worker: 'worker.rb',
    save: 'save_to_local',
    mail: 'send_mail',
    hidden: ['initialize', 'instance_eval', 'secret', 'inherited', 'missing'],
    afterBig: 2 ** 64,
    strays: [],
  },
];

const root = mkdtempSync(join(tmpdir(), 'memq-examples-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Runs the example of a language in a directory of its own, as its config.ini says. */
async function example(language: string): Promise<{ worker: Foreign; directory: string }> {
  const directory = mkdtempSync(join(root, 'example-'));
  cpSync(join(EXAMPLES, language), directory, { recursive: true });
  return { worker: await start(directory), directory };
}

/** The same, with the worker of test/foreign-workers instead. */
async function hostile({ language, worker, hidden }: Language): Promise<Foreign> {
  const directory = mkdtempSync(join(root, 'hostile-'));
  cpSync(join(EXAMPLES, language), directory, { recursive: true });
  cpSync(join(WORKERS, worker), join(directory, worker));
  return start(directory, [...METHODS, ...hidden]);
}

async function start(directory: string, methods?: readonly string[]): Promise<Foreign> {
  const [{ entries }] = (await readIni(join(directory, 'config.ini'), new Mistakes()))!;
  const read = (key: string) => entries.get(key)!.value;
  const [file, ...args] = read('command').split(' ');
  const worker = foreign([file, ...args], {
    directory,
    className: read('classname'),
    methods: methods ?? read('methods').split(', '),
  });
  await worker.executor.start();
  return worker;
}

describe.each(LANGUAGES)('the runner in examples/$language', (language) => {
  const { program, save, mail, hidden, afterBig, strays } = language;
  withProgram(program, () => {
    it('runs the methods that config.ini lists, with the class as it is', async () => {
      const { worker, directory } = await example(language.language);
      expect(await worker.run(save, ["it's 哈\n'); evil()"])).toMatchObject({ kind: 'done' });
      expect(await worker.run(save)).toMatchObject({ kind: 'done' });
      expect(readFileSync(join(directory, 'worker.log'), 'utf8')).toBe("it's 哈\n'); evil()\ndefault data\n");
      const message = { to: 'someone@example.org', subject: 'Grüße' };
      expect(await worker.run(mail, [message])).toEqual({ kind: 'done', value: 7 });
      await worker.executor.close();
      expect(worker.printed.map(({ stream, text }) => [stream, text])).toEqual([
        ['stderr', 'sending to someone@example.org'],
      ]);
    });

    it('ends a job for good when its class throws a Fail', async () => {
      const { worker } = await example(language.language);
      expect(await worker.run(mail, [{ to: 'nobody', subject: '' }])).toEqual({
        kind: 'rejected',
        isThrown: true,
        reason: expect.stringMatching(/^Fail: nobody is no address\n.*worker\.(php|py|rb)/is),
      });
    });

    it('calls nothing but public methods of the class itself', async () => {
      const { run } = await hostile(language);
      for (const name of hidden) {
        expect(await run(name)).toEqual({
          kind: 'rejected',
          isThrown: true,
          reason: `${name} is not a public method of class Worker`,
        });
      }
    });

    it('keeps values as they are, as far as the language has them', async () => {
      const { run } = await hostile(language);
      const value = [null, true, -1, 1.5, '', '"\\\u2028😀', { a: { b: [[]] } }];
      expect(await run('same', [value])).toEqual({ kind: 'done', value: value });
      expect(await run('next', [2n ** 64n])).toEqual({ kind: 'done', value: afterBig });
      expect(await run('odd')).toMatchObject({ kind: 'done' });
    });

    it('tells what the class prints from its answers', async () => {
      const { executor, run, printed } = await hostile(language);
      expect(await run('prints')).toMatchObject({ kind: 'done' });
      await executor.close();
      const of = (stream: string) => printed.filter((line) => line.stream === stream).map(({ text }) => text);
      expect(of('stdout')).toEqual(strays);
      expect(of('stderr').join('\n')).toMatch(/printed\nfrom a program/);
    });

    it('tells of an error with its place, and goes on', async () => {
      const { run } = await hostile(language);
      expect(await run('fails')).toEqual({
        kind: 'failed',
        reason: expect.stringMatching(/^\w+: boom\n.*worker\.(php|py|rb)/is),
      });
      expect(await run('breaks')).toEqual({
        kind: 'failed',
        reason: expect.stringContaining('undefined_function'),
      });
      expect(await run('same')).toMatchObject({ kind: 'failed', reason: expect.stringContaining('Error') });
      expect(await run('same', [1])).toEqual({ kind: 'done', value: 1 });
    });

    it('is replaced when the class ends it, crashes it or never returns', async () => {
      const { run } = await hostile(language);
      expect(await run('exits')).toEqual({ kind: 'failed', reason: 'the program ended with exit code 3' });
      expect(await run('crashes')).toEqual({
        kind: 'failed',
        reason: expect.stringContaining('was killed by SIG'),
      });
      expect(await run('loops', [], { timeoutMs: 1000 })).toEqual({
        kind: 'failed',
        reason: 'ran longer than its timeout of 1 s',
      });
      expect(await run('same', [1])).toEqual({ kind: 'done', value: 1 });
    });
  });
});
