import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClassExecutor } from '../../../consumer/class/class-executor.ts';
import { findClassFile, loadClassFile } from '../../../consumer/class/class-file.ts';
import { defineWorker, type MethodName, narrow } from '../../../consumer/class/worker-definition.ts';
import type { JobResult } from '../../../consumer/executor.ts';
import { payloadReader } from '../../../consumer/payload/payload.ts';
import { JobOutput } from '../../../consumer/pool/entry/job-output.ts';
import { JobRunner } from '../../../consumer/pool/entry/job-runner.ts';
import { ConfigError, NotAllowedError } from '../../../shared/errors.ts';
import { createLogger } from '../../../shared/logger.ts';

class Base {
  inherited() {
    return 'base';
  }
}

class Sample extends Base {
  readonly calls: unknown[][] = [];
  readonly field = () => 'field';

  static make() {
    return new Sample();
  }
  get accessor() {
    return () => 'accessor';
  }
  record(...args: unknown[]) {
    this.calls.push(args);
  }
  secret() {
    this.calls.push(['secret']);
  }
  async later(text: string) {
    await new Promise(setImmediate);
    this.calls.push([text]);
  }
  throws(what: unknown) {
    throw what;
  }
  async fails() {
    throw new Error('no such address');
  }
  returnsBadThenable() {
    return {
      // biome-ignore lint/suspicious/noThenProperty: what this is about
      get then() {
        throw new Error('bad thenable');
      },
    };
  }
  throwsBadError() {
    throw new Proxy(new Error('x'), {
      get: () => {
        throw new Error('trap');
      },
      getPrototypeOf: () => {
        throw new Error('trap');
      },
    });
  }
}

/** What a class file in plain JavaScript may ask for. */
const anyMethod = (name: string) => name as MethodName<Sample>;

describe('defineWorker', () => {
  it('knows the methods that are listed', () => {
    const definition = defineWorker(Sample, { methods: ['record', 'inherited'] });
    expect(definition.name).toBe('Sample');
    expect([...definition.methods.keys()]).toEqual(['record', 'inherited']);
    expect(definition.methods.get('record')?.method).toBe(Sample.prototype.record);
  });

  it('does not compile with a name that is no method of the class', () => {
    // @ts-expect-error there is no such method
    expect(() => defineWorker(Sample, { methods: ['recrod'] })).toThrow(NotAllowedError);
    // @ts-expect-error not a method
    expect(() => defineWorker(Sample, { methods: ['calls'] })).toThrow(NotAllowedError);
  });

  it.each([
    'constructor',
    '__proto__',
    'toString',
    'valueOf',
    'hasOwnProperty',
    '__defineGetter__',
    'accessor',
    'field',
    'make',
    'prototype',
    'missing',
    '',
  ])('refuses %j, which is no method in the class body', (name) => {
    expect(() => defineWorker(Sample, { methods: [anyMethod(name)] })).toThrow(NotAllowedError);
    expect(() => defineWorker(Sample, { methods: [anyMethod(name)] })).toThrow(`class Sample`);
  });

  it('explains what to write when there is no list', () => {
    expect(() => defineWorker(Sample, { methods: [] })).toThrow('defineWorker(Sample, { methods: [');
    // @ts-expect-error the list is not optional
    expect(() => defineWorker(Sample)).toThrow(NotAllowedError);
    // @ts-expect-error not a class
    expect(() => defineWorker(() => 1, { methods: [] })).toThrow(NotAllowedError);
  });

  it.each<[string, object]>([
    ['defineWorker has no option "contxt"; is it context?', { contxt: true }],
    ['method record has no option "contxt"; is it context?', { methods: [{ name: 'record', contxt: true }] }],
    ['method record has no option "timeuot"; is it timeout?', { methods: [{ name: 'record', timeuot: 1 }] }],
    ['there are name, timeout, concurrency, context', { methods: [{ name: 'record', retries: 1 }] }],
  ])('says that %s', (message, options) => {
    const define = () => defineWorker(Sample, { methods: ['record'], ...options });
    expect(define).toThrow(TypeError);
    expect(define).toThrow(message);
  });

  it('may be narrowed, never widened', () => {
    const definition = defineWorker(Sample, { methods: ['record', 'later'] });
    expect([...narrow(definition, ['later']).methods.keys()]).toEqual(['later']);
    expect(narrow(definition, undefined)).toBe(definition);
    expect(() => narrow(definition, ['secret'])).toThrow(ConfigError);
  });
});

describe('dispatch', () => {
  const methods = ['record', 'later', 'throws', 'fails', 'returnsBadThenable', 'throwsBadError'] as const;

  async function run(
    payload: string | Uint8Array,
  ): Promise<{ result: JobResult | undefined; calls: unknown[][] }> {
    const calls: unknown[][] = [];
    class Recording extends Sample {
      override readonly calls = calls;
    }
    const definition = { ...defineWorker(Sample, { methods }), create: () => new Recording() };
    const executor = new ClassExecutor(
      async () => definition,
      () => createLogger('test', 'silent'),
    );
    await executor.start();
    const { signal } = new AbortController();
    const runner = new JobRunner({
      read: payloadReader({ format: 'auto', charset: 'utf-8', client: undefined }),
      executor,
      output: new JobOutput(undefined),
      runningJobs: { begin: () => {}, end: () => {} },
      timeoutMs: 0,
      slackMs: 0,
      stopping: signal,
      signal,
    });
    const about = { queue: 'q', id: '1', attempt: 1, enqueued: 0, deaths: 0, isLast: false };
    const job = { ...about, flags: 0, payload: Buffer.from(payload) };
    const attempt = runner.read({ row: 0, serial: 1, job });
    const result = 'kind' in attempt ? attempt : await runner.run(attempt, () => {});
    return { result, calls };
  }

  it('calls the method on the instance with the arguments', async () => {
    expect(await run("record('哈', 1, null)")).toEqual({
      result: { kind: 'done' },
      calls: [['哈', 1, null]],
    });
  });

  it('waits for the promise of the method', async () => {
    expect(await run("later('x')")).toEqual({ result: { kind: 'done' }, calls: [['x']] });
  });

  it.each([
    "constructor('x')",
    '__proto__(1)',
    'toString()',
    'hasOwnProperty("x")',
    'secret()',
    'inherited()',
    'accessor()',
    'field()',
    'make()',
    'record(process.exit())',
    "record('a'); secret()",
    `record(${'['.repeat(10_000)}`,
    "record('x",
    '',
    'calls',
  ])('rejects %s for good, and runs nothing', async (payload) => {
    const { result, calls } = await run(payload);
    expect(result).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/position|may not be called/),
    });
    expect(calls).toEqual([]);
  });

  it('rejects bytes that are no text', async () => {
    const { result } = await run(Buffer.from([0x66, 0x28, 0xff]));
    expect(result).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('byte 2') });
  });

  it('fails with the message and the stack of what was thrown', async () => {
    const { result } = await run('fails()');
    expect(result).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/^Error: no such address\n.*worker-class/s),
    });
  });

  it.each([
    "throws('text')",
    'throws(null)',
    'throws({"then": 1})',
    'returnsBadThenable()',
    'throwsBadError()',
  ])('fails whatever is thrown: %s', async (payload) => {
    const { result } = await run(payload);
    expect(result).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/./) });
  });

  it('keeps a long reason short', async () => {
    for (const payload of [`throws('${'x'.repeat(100_000)}')`, `${'x'.repeat(100_000)}()`]) {
      const { result } = await run(payload);
      expect(result?.kind !== 'done' && result?.reason.length).toBe(4096);
    }
  });
});

describe('a class file', () => {
  let directory: string;
  // The class file imports memq by its name, as users do; inside this package the name leads to the build.
  const root = new URL('../../..', import.meta.url).pathname;

  beforeAll(async () => {
    directory = await mkdtemp(join(root, 'dist', 'test-classes-'));
  });
  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  async function file(name: string, text: string): Promise<string> {
    const path = join(directory, name);
    await writeFile(path, text);
    return path;
  }

  it('exports a definition as default, as a module or as CommonJS', async () => {
    const source = 'class Mailer { send() {} }';
    const module = await file(
      'Mailer.js',
      `import { defineWorker } from 'memq'; ${source} export default defineWorker(Mailer, { methods: ['send'] });`,
    );
    const common = await file(
      'mailer.cjs',
      `const { defineWorker } = require('memq'); ${source} module.exports = defineWorker(Mailer, { methods: ['send'] });`,
    );
    for (const path of [module, common]) {
      expect([...(await loadClassFile(path, 'Mailer')).methods.keys()]).toEqual(['send']);
    }
  });

  it('is refused when its class has another name', async () => {
    const path = await file(
      'other.mjs',
      `import { defineWorker } from 'memq'; class A { f() {} } export default defineWorker(A, { methods: ['f'] });`,
    );
    await expect(loadClassFile(path, 'Worker')).rejects.toThrow(NotAllowedError);
    await expect(loadClassFile(path, 'Worker')).rejects.toThrow('has class A, but classname is Worker');
  });

  it.each([
    ['a bare class', 'export default class Worker { f() {} }'],
    ['an instance', 'export default new (class Worker { f() {} })()'],
    [
      'a forgery',
      "export default { name: 'Worker', methods: new Map([['f', () => 1]]), create: () => ({}) }",
    ],
    ['nothing', 'export const Worker = class {}'],
    ['null', 'export default null'],
  ])('is refused with an explanation when it exports %s', async (name, text) => {
    const path = await file(`${name.replace(/ /g, '-')}.mjs`, text);
    await expect(loadClassFile(path, 'Worker')).rejects.toThrow(NotAllowedError);
    await expect(loadClassFile(path, 'Worker')).rejects.toThrow('defineWorker(Worker, { methods: [');
  });

  it('that cannot be loaded is an error of the configuration', async () => {
    const throws = await file('throws.mjs', "throw new Error('no database')");
    await expect(loadClassFile(throws, 'Worker')).rejects.toThrow(ConfigError);
    await expect(loadClassFile(throws, 'Worker')).rejects.toThrow('no database');
    const syntax = await file('syntax.mjs', 'class {');
    await expect(loadClassFile(syntax, 'Worker')).rejects.toThrow(ConfigError);
    await expect(loadClassFile(join(directory, 'none.mjs'), 'Worker')).rejects.toThrow('does not exist');
  });

  it('says how to install memq where it is not found', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'memq-class-'));
    const path = join(elsewhere, 'Worker.mjs');
    await writeFile(path, "import { defineWorker } from 'memq'; export default 1;");
    await expect(loadClassFile(path, 'Worker')).rejects.toThrow(
      `npm install ${process.cwd()} in ${elsewhere}`,
    );
    await rm(elsewhere, { recursive: true });
  });

  it("is found beside the configuration by the class's name", async () => {
    await expect(findClassFile(directory, 'Mailer')).resolves.toBe(join(directory, 'Mailer.js'));
    await rm(join(directory, 'Mailer.js'));
    await expect(findClassFile(directory, 'Mailer')).resolves.toBe(join(directory, 'mailer.cjs'));
    await expect(findClassFile(directory, 'Nobody')).rejects.toThrow('set classfile');
  });
});
