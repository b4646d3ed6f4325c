import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';
import { startServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';
import { worker } from '../helpers/worker-file.ts';

const it = withWorkplace(['--backoff', 'fixed:0.01', '--max-attempts', '3']);

/** Of what is asked again and again. */
const PATIENCE = { timeout: 60_000, interval: 5 };

it('runs jobs as they come, also those of queues that are new, and ends with 0 when it is told to', async ({
  server,
  workplace,
}) => {
  await workplace.configure('queuename = *,!r\n');
  const run = workplace.start('--watch');
  await workplace.enqueue("saveToLocal('a')");
  await workplace.logs(1);
  using client = await TextClient.connect(server.port);
  await client.set('r', "saveToLocal('not this one')");
  await client.set('new', "saveToLocal('b')");
  await workplace.logs(2);
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
  expect(await workplace.logged()).toEqual(['a', 'b']);
  expect(await client.getText('r')).toContain('not this one');
  await client.exchange('delete r\r\ndelete new\r\n');
});

it('runs a job again that comes back before the server has said how its last attempt ended', async ({
  workplace,
}) => {
  // On a disk such an answer waits longer than the job that is handed out.
  await using server = await startServer({ args: ['--backoff', 'none', '--max-attempts', '5'] });
  await workplace.configure('concurrency = 2\nlease = 600\n', server.port);
  const run = workplace.start('--watch', '--log-level', 'error');
  using client = await TextClient.connect(server.port);
  const failed = async () => (await client.stats('queues')).get('q:failed');
  for (let i = 1; i <= 10; i++) {
    await client.set('q', "fails('no')");
    await vi.waitFor(async () => expect(await failed()).toBe(String(i)), PATIENCE);
  }
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
});

it('takes from the first of its queues that has something', async ({ server, workplace }) => {
  using client = await TextClient.connect(server.port);
  for (let i = 0; i < 3; i++) {
    await client.set('low', `saveToLocal('low ${i}')`);
    await client.set('high', `saveToLocal('high ${i}')`);
  }
  await workplace.configure('queuename = high,low\n');
  expect((await workplace.consume()).code).toBe(0);
  expect(await workplace.logged()).toEqual(['high 0', 'high 1', 'high 2', 'low 0', 'low 1', 'low 2']);
  await client.exchange('delete high\r\ndelete low\r\n');
});

it.for([
  ['stopped', 30],
  ['killed', 30],
  ['away for longer than the lease', 1],
] as const)(
  'runs each job once, also those that run while the server is %s, and says once that it was gone',
  async ([how, leaseS], { server, workplace }) => {
    await workplace.configure(`processes = 2\nconcurrency = 4\nlease = ${leaseS}\n`);
    const names = Array.from({ length: 6 }, (_, i) => `job ${i}`);
    await workplace.enqueue(...names.map((name) => `until('go', '${name}')`));
    const run = workplace.start('--watch');
    await run.started(6);
    if (how === 'killed') await server.kill();
    else await server.stop();
    await run.says('trying again');
    if (how === 'away for longer than the lease') await sleep(1500);
    await server.restart();
    await run.says('is back');
    using client = await TextClient.connect(server.port);
    const isReserved = (count: string) =>
      vi.waitFor(async () => expect((await client.stats('queues')).get('q:reserved')).toBe(count), PATIENCE);
    await isReserved('6');
    await workplace.touch('go');
    await workplace.logs(6);
    await isReserved('0');
    run.kill('SIGTERM');
    const { code, stderr } = await run.ended;
    expect(code).toBe(0);
    expect((await workplace.logged()).sort()).toEqual(names);
    expect(await workplace.peek()).toBeUndefined();
    expect(stderr.match(/trying again/g)).toHaveLength(1);
    expect(stderr.match(/server at \S+ is back/g)).toHaveLength(1);
  },
);

it('tells a server that comes back how jobs ended that ended while it was away for longer than the lease', async ({
  server,
  workplace,
}) => {
  await workplace.configure('lease = 1\n');
  await workplace.enqueue("until('go', 'once')");
  const run = workplace.start('--watch');
  await run.started();
  await server.stop();
  await run.says('trying again');
  await workplace.touch('go');
  await workplace.logs(1);
  await sleep(1500);
  await server.restart();
  using client = await TextClient.connect(server.port);
  await vi.waitFor(async () => {
    const stats = await client.stats('queues');
    expect([stats.get('q:reserved'), stats.get('q:waiting')]).toEqual(['0', '0']);
  }, PATIENCE);
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(stderr).not.toContain('it may run again');
  expect(await workplace.logged()).toEqual(['once']);
});

it('waits for a server that is not there yet', async ({ server, workplace }) => {
  await server.stop();
  const run = workplace.start('--watch');
  await run.says('trying again');
  await server.restart();
  await workplace.enqueue("saveToLocal('a')");
  await workplace.logs(1);
  run.kill('SIGINT');
  expect((await run.ended).code).toBe(0);
});

it('shows the progress and the result of a job that has an id', async ({ server, workplace }) => {
  await workplace.setWorker(`
    import { defineWorker } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
    class Worker {
      async report(context, day) {
        context.progress(10, 'reading');
        context.progress(40, 'half of ' + day);
        context.log.info({ day }, 'at it');
        process.stdout.write('started\\n');
        await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
        return { day, attempt: context.attempt, reason: context.signal.reason.name };
      }
    }
    export default defineWorker(Worker, { methods: ['report'], context: true });
  `);
  using client = await TextClient.connect(server.port);
  const run = workplace.start('--watch');
  await client.set('q/id=r1', "report('monday')");
  await run.started();
  const progress = { percent: 40, text: 'half of monday' };
  await vi.waitFor(
    async () => expect((await client.getStatus('q/id=r1'))?.progress).toEqual(progress),
    PATIENCE,
  );
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(await client.getStatus('q/id=r1')).toMatchObject({
    state: 'complete',
    result: JSON.stringify({ day: 'monday', attempt: 1, reason: 'AbortError' }),
  });
  expect(stderr).toContain('at it');
});

it('takes no attempt of a job that comes while a wait is ended', async ({ workplace }) => {
  await using strict = await startServer({ args: ['--max-attempts', '1'] });
  await workplace.configure('concurrency = 3\n', strict.port);
  const run = workplace.start('--watch');
  using client = await TextClient.connect(strict.port);
  await client.set('q', "saveToLocal('first')");
  await workplace.logs(1);
  for (let i = 1; i < 200; i++) {
    await client.set('q', `saveToLocal('${i}')`);
    if (i % 4 === 0) run.kill('SIGUSR2');
    if (i % 4 === 2) run.kill('SIGCONT');
  }
  run.kill('SIGCONT');
  await workplace.logs(200);
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
  expect((await client.stats('queues')).get('q:failed')).toBe('0');
});

it('runs no job again whose result or error is larger than the server takes', async ({ workplace }) => {
  await using server = await startServer({ args: ['--max-attempts', '1', '-I', '1k'] });
  await workplace.setWorker(
    worker(
      `large() { log('large'); return 'x'.repeat(5000); }
       fails() { log('fails'); throw new Error('first' + 'x'.repeat(5000) + 'last'); }`,
      "['large', 'fails']",
    ),
  );
  await workplace.configure('', server.port);
  using client = await TextClient.connect(server.port);
  await client.set('q/id=large', 'large()');
  await client.set('q', 'fails()');
  expect((await workplace.consume()).code).toBe(0);
  expect(await workplace.logged()).toEqual(['large', 'fails']);
  expect(await client.getText('q/id=large')).toContain('"state":"complete"');
  expect(await client.getJob('q/failed/info')).toMatchObject({ error: expect.stringContaining('first') });
});
