import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

const it = withWorkplace(['--max-attempts', '1']);

const MEMQ = JSON.stringify(new URL('../../../dist/index.js', import.meta.url).href);

/** A worker file: the body of its class, and the methods that it lists. */
function worker(body: string, methods: string, more = ''): string {
  return `
    import { appendFileSync } from 'node:fs';
    import { Discard, defineWorker, Fail } from ${MEMQ};
    const log = (line) => appendFileSync('worker.log', line + '\\n');
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    class Worker { ${body} }
    export default defineWorker(Worker, { methods: ${methods} ${more} });
  `;
}

const NEVER_LOADS = 'await new Promise(() => {}); export default 1;';

describe('a job over its timeout', () => {
  it.beforeEach(async ({ workplace }) => {
    await workplace.setWorker(
      worker(
        `async hang() { log(process.pid); await new Promise(() => {}); }
         loop() { log(process.pid); for (;;); }
         async obeys({ signal }) {
           await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
         }
         slow() { return pause(300).then(() => log('slow')); }
         after() { log(process.pid); }`,
        `['hang', 'loop', 'after', { name: 'obeys', context: true }, { name: 'slow', timeout: 0 }]`,
      ),
    );
    await workplace.configure('timeout = 0.1\n');
  });

  it.for(['hang', 'loop'])(
    'ends with its process, be it in a %s, and others go on in a new one',
    async (how, { workplace }) => {
      await workplace.enqueue(`${how}()`, 'after()');
      const { code, stderr } = await workplace.consume();
      expect(code).toBe(0);
      expect(stderr).toContain('it ran longer than its timeout of 0.1 s');
      const [first, second] = await workplace.logged();
      expect(second).not.toBe(first);
      expect(await workplace.failed()).toMatchObject({ attempt: 1 });
    },
  );

  it('may end in order when its signal aborts, and its process goes on', async ({ workplace }) => {
    await workplace.enqueue('after()', 'obeys()', 'after()');
    const { stderr } = await workplace.consume();
    expect(stderr).toContain('it ran longer than its timeout of 0.1 s');
    expect(new Set(await workplace.logged()).size).toBe(1);
    expect(await workplace.failed()).toMatchObject({ error: expect.stringContaining('TimeoutError') });
  });

  it('has the time that its method has, if that has its own', async ({ workplace }) => {
    await workplace.enqueue('slow()');
    expect(await workplace.consume()).toMatchObject({ code: 0, stderr: '' });
    expect(await workplace.logged()).toEqual(['slow']);
  });
});

describe('a process that ends in the middle of a job', () => {
  it.for([
    ['process.exit(3)', 'exit status 3'],
    ["process.kill(process.pid, 'SIGSEGV')", 'SIGSEGV'],
    ['Promise.reject(Object.create(null))', '[Object: null prototype] {}'],
    ["setImmediate(() => { throw new Error('from a callback'); })", 'from a callback'],
    ['process.disconnect()', 'exit status'],
  ])('by %s is replaced, and the job is reported once', async ([how, reason], { workplace }) => {
    await workplace.setWorker(
      worker(`ends() { ${how}; return pause(20_000); } after() { log('after'); }`, "['ends', 'after']"),
    );
    await workplace.enqueue('ends()', 'after()');
    const { code, stderr } = await workplace.consume();
    expect(code).toBe(0);
    expect(stderr).toContain('2 jobs ran');
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('is replaced');
    expect(await workplace.logged()).toEqual(['after']);
    expect(await workplace.failed()).toMatchObject({ attempt: 1 });
  });
});

it('goes on, however often a job leaves an error behind that ends its process', async ({ workplace }) => {
  await using patient = await startServer({ args: ['--max-attempts', '4'] });
  await workplace.configure('', patient.port);
  await workplace.setWorker(
    worker("leaves() { setImmediate(() => Promise.reject(new Error('left behind'))); }", "['leaves']"),
  );
  using client = await TextClient.connect(patient.port);
  await client.set('q', 'leaves()');
  const { code, stderr } = await workplace.consume();
  expect(code).toBe(0);
  expect(stderr).toContain('left behind');
  expect(await client.getText('q')).toBeUndefined();
});

it('is not confused by a class that has something to say to a process manager', async ({ workplace }) => {
  await workplace.setWorker(worker("says() { process.send?.(null); log('said'); }", "['says']"));
  await workplace.enqueue('says()');
  expect(await workplace.consume()).toMatchObject({ code: 0, stderr: '' });
  expect(await workplace.logged()).toEqual(['said']);
});

it('replaces a process after recycle jobs, and runs no more than --max-jobs in all', async ({
  workplace,
}) => {
  await workplace.setWorker(worker('pid() { log(process.pid); }', "['pid']"));
  await workplace.configure('recycle = 1\nprocesses = 2\n');
  await workplace.enqueue(...Array.from({ length: 6 }, () => 'pid()'));
  expect(await workplace.consume('--max-jobs', '5')).toMatchObject({ code: 0, stderr: '' });
  expect(new Set(await workplace.logged()).size).toBe(5);
  expect(await workplace.peek()).toBeDefined();
});

it('runs no more calls of a method at a time than it allows, and as many of others as there is room', async ({
  workplace,
}) => {
  await workplace.setWorker(
    worker(
      `constructor() {
         this.ones = this.all = 0;
         this.full = new Promise((resolve) => { this.fill = resolve; });
       }
       async one() { this.ones++; await pause(5); log('one ' + this.ones); this.ones--; }
       async many() { if (++this.all === 4) this.fill(); await this.full; log('many'); }`,
      "['many', { name: 'one', concurrency: 1 }]",
    ),
  );
  await workplace.configure('concurrency = 4\n');
  await workplace.enqueue(...Array(4).fill('many()'), ...Array(8).fill('one()'));
  expect(await workplace.consume()).toMatchObject({ code: 0, stderr: '' });
  expect(await workplace.logged()).toEqual([...Array(4).fill('many'), ...Array(8).fill('one 1')]);
});

it('calls setUp before and tearDown after each job, also after one that fails', async ({ workplace }) => {
  await workplace.setWorker(
    worker(
      `setUp({ queue }) { log('up ' + queue); }
       tearDown({ attempt }) { log('down ' + attempt); }
       perform(context, what) { log(what); if (what === 'bad') throw new Error('no good'); }`,
      "['perform']",
      ', context: true',
    ),
  );
  await workplace.enqueue("perform('good')", "perform('bad')");
  expect((await workplace.consume()).stderr).toContain('no good');
  expect(await workplace.logged()).toEqual(['up q', 'good', 'down 1', 'up q', 'bad', 'down 1']);
});

it('tells a method of its job, in pieces that can be used by themselves', async ({ server, workplace }) => {
  await workplace.setWorker(
    worker(
      `tells({ job, queue, attempt, signal, progress, log: { info } }, text) {
         progress(50, text);
         return { job, queue, attempt, isAborted: signal.aborted };
       }`,
      "[{ name: 'tells', context: true }]",
    ),
  );
  using client = await TextClient.connect(server.port);
  await client.set('q/id=told', "tells('half')");
  expect(await workplace.consume()).toMatchObject({ code: 0, stderr: '' });
  const result = JSON.stringify({ job: 'told', queue: 'q', attempt: 1, isAborted: false });
  expect(await client.getStatus('q/id=told')).toMatchObject({ state: 'complete', result });
});

it('ends a job as if it were done on Discard, and for good on Fail', async ({ workplace }) => {
  await using patient = await startServer({ args: ['--max-attempts', '9'] });
  await workplace.configure('', patient.port);
  await workplace.setWorker(
    worker("void() { throw new Discard('left'); } fails() { throw new Fail('never'); }", "['void', 'fails']"),
  );
  using client = await TextClient.connect(patient.port);
  await client.set('q', 'void()');
  await client.set('q', 'fails()');
  const { code, stderr } = await workplace.consume();
  expect(code).toBe(0);
  expect(stderr).toContain('2 jobs ran');
  expect(stderr).toContain('never');
  expect(stderr).not.toContain('left');
  expect(await client.getJob('q/failed/info')).toMatchObject({ body: 'fails()', attempt: 1 });
  expect(await client.getJob('q/failed/info')).toBeUndefined();
});

it('drains the queues of one server while another one is gone, and ends with 69', async ({ workplace }) => {
  const gone = await startServer();
  await gone[Symbol.asyncDispose]();
  await workplace.configure(`queuename = q\n[elsewhere]\nqueuename = r\nqueueport = ${gone.port}\n`);
  await workplace.enqueue(...Array.from({ length: 500 }, (_, i) => `saveToLocal(${i})`));
  const { code, stderr } = await workplace.consume();
  expect(code).toBe(69);
  expect(stderr).toContain('cannot be reached');
  expect(await workplace.logged()).toHaveLength(500);
});

it('ends on TERM also while its class does not load', async ({ workplace }) => {
  await workplace.setWorker(`process.stdout.write('started'); ${NEVER_LOADS}`);
  const run = workplace.start('--watch');
  await run.started();
  run.kill('SIGTERM');
  expect(await run.ended).toMatchObject({ code: 0, stderr: '' });
});

it('ends with 77 when its login is refused, also when it is to watch', async ({ workplace }) => {
  await writeFile(join(workplace.directory, 'users'), 'somebody:else\n');
  await using guarded = await startServer({ args: ['-Y', join(workplace.directory, 'users')] });
  await workplace.configure('username = web\npassword = wrong\n', guarded.port);
  const { code, stderr } = await workplace.consume('--watch');
  expect(code).toBe(77);
  expect(stderr).toContain('refused the login');
});

it('ends with 70 when its processes end while they load the class, also when it is to watch', async ({
  workplace,
}) => {
  await workplace.setWorker('process.exit(3);');
  const { code, stderr } = await workplace.consume('--watch');
  expect(code).toBe(70);
  expect(stderr).toContain('exit status 3');
});

it('reads its configuration again on a HUP that comes while a class does not load, or old jobs end', async ({
  workplace,
}) => {
  // A job that comes just when a wait for it is ended goes back, and has had an attempt.
  await using patient = await startServer({ args: ['--max-attempts', '9'] });
  using client = await TextClient.connect(patient.port);
  await workplace.configure('grace = 60\n', patient.port);
  const run = workplace.start('--watch');
  await client.set('q', "until('go', 'old')");
  await run.started();
  const file = (source: string) => `process.stdout.write('started'); ${source}`;
  await workplace.setWorker(file(NEVER_LOADS));
  run.kill('SIGHUP');
  await run.started(2);
  await workplace.setWorker(worker("saveToLocal(text) { log('new ' + text); }", "['saveToLocal']"));
  run.kill('SIGHUP');
  await run.says('was read again');
  await workplace.setWorker(worker("saveToLocal(text) { log('newer ' + text); }", "['saveToLocal']"));
  run.kill('SIGHUP');

  await run.says('was read again', 2);
  await client.set('q', "saveToLocal('b')");
  await workplace.logs(1);
  await workplace.touch('go');
  await workplace.logs(2);
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
  expect(await workplace.logged()).toEqual(['newer b', 'old']);
});

it('does not take a new job for an old one when a server begins anew', async ({ workplace }) => {
  await using forgetful = await startServer({ args: ['--memory'] });
  await workplace.configure('', forgetful.port);
  const run = workplace.start('--watch');
  using before = await TextClient.connect(forgetful.port);
  await before.set('q', "until('go', 'first')");
  await run.started();
  await forgetful.kill();
  await forgetful.start();
  await run.says('is back');
  await workplace.touch('go');
  await workplace.logs(1);
  using client = await TextClient.connect(forgetful.port);
  await client.set('q', "saveToLocal('second')");
  await workplace.logs(2);
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
});
