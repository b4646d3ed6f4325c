import { expect } from 'vitest';
import { withWorkplace } from '../../fixtures/workplace.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';
import { worker } from '../../helpers/worker-file.ts';

const it = withWorkplace(['--max-attempts', '1']);

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
