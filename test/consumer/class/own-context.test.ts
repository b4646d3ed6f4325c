import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, it } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { runnerOf } from '../../helpers/class-executor.ts';
import { worker } from '../../helpers/worker-file.ts';

const storage = new AsyncLocalStorage<string>();

class Worker {
  #others: (() => void)[] = [];

  constructor() {
    storage.enterWith('constructor');
  }
  setUp() {
    this.beginsWith = storage.getStore();
    storage.enterWith('set up');
  }
  tearDown() {
    this.endsWith = storage.getStore();
  }
  beginsWith: string | undefined;
  endsWith: string | undefined;

  sees() {
    return storage.getStore();
  }
  enters(text: string) {
    storage.enterWith(text);
    return storage.getStore();
  }
  async entersLater(text: string) {
    await null;
    storage.enterWith(text);
    await new Promise(setImmediate);
    return storage.getStore();
  }
  /** Goes on when so many are here. */
  async meets(text: string, count: number) {
    storage.enterWith(text);
    await new Promise<void>((resolve) => {
      this.#others.push(resolve);
      if (this.#others.length === count) for (const other of this.#others) other();
    });
    await new Promise(setImmediate);
    return storage.getStore();
  }
  throws(text: string) {
    storage.enterWith(text);
    throw new Error(text);
  }
}

class Plain {
  enters(text: string) {
    const before = storage.getStore() ?? 'nothing';
    storage.enterWith(text);
    return before;
  }
}

const METHODS = ['sees', 'enters', 'entersLater', 'meets', 'throws'] as const;

it('a job sees nothing of what another one, or the constructor, has entered', async () => {
  const run = await runnerOf(Plain, ['enters']);
  for (const text of ['a', 'b', 'c'])
    expect(await run('enters', text)).toEqual({ kind: 'done', value: 'nothing' });
  // Nor does the process.
  expect(storage.getStore()).toBeUndefined();
});

it.each([0, 60_000])(
  'setUp, method and tearDown are in one context, with a timeout of %i',
  async (timeoutMs) => {
    const seen: unknown[] = [];
    class Watched extends Worker {
      override tearDown() {
        super.tearDown();
        seen.push(this.beginsWith, this.endsWith);
      }
    }
    const run = await runnerOf(Watched, METHODS, { timeoutMs });
    expect(await run('sees')).toEqual({ kind: 'done', value: 'set up' });
    expect(await run('enters', 'a')).toEqual({ kind: 'done', value: 'a' });
    expect(await run('entersLater', 'b')).toEqual({ kind: 'done', value: 'b' });
    expect(await run('throws', 'c')).toMatchObject({ kind: 'failed' });
    expect(await run('sees')).toEqual({ kind: 'done', value: 'set up' });
    expect(seen.filter((_, index) => index % 2 === 0)).toEqual(Array(5).fill(undefined));
    expect([seen[1], seen[3], seen[9]]).toEqual(['set up', 'a', 'set up']);
  },
);

it('jobs that run at the same time keep their contexts apart', async () => {
  const run = await runnerOf(Worker, METHODS);
  const texts = ['a', 'b', 'c', 'd'];
  const results = await Promise.all(texts.map((text) => run('meets', text, texts.length)));
  expect(results).toEqual(texts.map((value) => ({ kind: 'done', value })));
});

withWorkplace()(
  'so it is with memq-consume, whatever the class does while it loads',
  async ({ workplace }) => {
    await workplace.setWorker(
      `import { AsyncLocalStorage } from 'node:async_hooks';
     const storage = new AsyncLocalStorage();
     storage.enterWith('loading');
     ${worker(
       `constructor() { storage.enterWith('constructor'); }
        enters(text) { log(text + ' after ' + storage.getStore()); storage.enterWith(text); }
        async later(text) { log(text + ' after ' + storage.getStore()); await null; storage.enterWith(text); }`,
       "['enters', 'later']",
     )}`,
    );
    await workplace.enqueue("enters('a')");
    await workplace.enqueue("later('b')");
    await workplace.enqueue("enters('c')");
    expect(await workplace.consume()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await workplace.logged()).toEqual(['a after undefined', 'b after undefined', 'c after undefined']);
  },
);
