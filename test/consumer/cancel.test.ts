import net from 'node:net';
import { expect, vi } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';
import { openTunnel } from '../helpers/tunnel.ts';
import { worker } from '../helpers/worker-file.ts';

const it = withWorkplace();

/** Of what is asked again and again. */
const PATIENCE = { timeout: 60_000, interval: 5 };

const WORKER = worker(
  `async listens({ signal, progress }) {
     process.stdout.write('started\\n');
     await new Promise((resolve) => signal.addEventListener('abort', resolve));
     log(signal.reason.name + ': ' + signal.reason.message);
     progress(99);
     return 'done all the same';
   }
   async deaf() {
     process.stdout.write('started\\n');
     await new Promise(() => {});
   }
   async neighbour({ attempt }) {
     log('neighbour, attempt ' + attempt + ' in ' + process.pid);
     process.stdout.write('started\\n');
     const { existsSync } = await import('node:fs');
     while (!existsSync('go')) await pause(5);
     log('neighbour is done');
   }
   async quick() {}
   async blocks(_context, name) {
     const { existsSync } = await import('node:fs');
     log(name);
     while (!existsSync('go'));
   }`,
  `['listens', 'deaf', 'neighbour', 'quick', 'blocks']`,
  ', context: true',
);

it('has the signal of a method abort, and nothing is told of what it does then', async ({
  client,
  workplace,
}) => {
  await workplace.setWorker(WORKER);
  await client.set('q/id=a', 'listens()');
  const run = workplace.start('--fail-on-job-error');
  await run.started();
  expect(await client.ask('delete q/id=a')).toBe('DELETED');
  expect(await run.ended).toEqual({ code: 0, stdout: 'started\n', stderr: '' });
  expect(await workplace.logged()).toEqual(['CancelledError: the job was cancelled']);
  const status = await client.getStatus('q/id=a');
  expect(status).toMatchObject({ state: 'cancelled', attempts: 1 });
  expect(status).not.toHaveProperty('result');
  expect(status).not.toHaveProperty('progress');
  // The worker has told that it is over.
  expect(await client.figure('q:reserved')).toBe('0');
});

it('ends the process of a method that does not listen, after the grace, and others of it run again', async ({
  client,
  workplace,
}) => {
  await workplace.setWorker(WORKER);
  await workplace.configure('concurrency = 2\ngrace = 0.2\n');
  await client.set('q/id=a', 'deaf()');
  await client.set('q', 'neighbour()');
  const run = workplace.start('--watch');
  await run.started(2);
  expect(await client.ask('delete q/id=a')).toBe('DELETED');
  await run.started(3);
  await workplace.touch('go');
  await workplace.logs(3);
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  const [first, second, ...rest] = await workplace.logged();
  expect(rest).toEqual(['neighbour is done']);
  // It was not to blame, so nothing is counted.
  expect([first, second].map((line) => line?.split(' in ')[0])).toEqual([
    'neighbour, attempt 1',
    'neighbour, attempt 1',
  ]);
  expect(second).not.toBe(first);
  expect(stderr).toMatch(/job \d+ of q was cancelled while it ran, and has ended with its process/);
  expect(stderr).toMatch(/"done":1,"failed":0,"rejected":0,"cancelled":1,/);
  expect(stderr).not.toMatch(/"level":[45]0/);
});

it('does not begin a job of which the order came first', async ({ server, client, workplace }) => {
  let reads = 0;
  let waiting: net.Socket | undefined;
  await using tunnel = await openTunnel(() => {
    const far = net.connect(server.port, '127.0.0.1');
    const write = far.write.bind(far) as (chunk: Buffer) => boolean;
    far.write = (chunk: string | Uint8Array) => {
      const text = Buffer.from(chunk).toString('latin1');
      if (text.includes('$control/t=')) reads++;
      if (waiting === undefined && text.includes('$watch/info/t=')) waiting = far.pause();
      return write(Buffer.from(chunk));
    };
    return far;
  });
  await workplace.setWorker(WORKER);
  await workplace.configure('', tunnel.port);
  const run = workplace.start('--watch');
  await vi.waitFor(() => expect([reads, waiting]).toEqual([1, expect.anything()]), PATIENCE);
  await client.set('q/id=a', 'listens()');
  const state = async () => (await client.getStatus('q/id=a'))?.state;
  await vi.waitFor(async () => expect(await state()).toBe('running'), PATIENCE);
  expect(await client.ask('delete q/id=a')).toBe('DELETED');
  // It has read the order, and asks for the next one.
  await vi.waitFor(() => expect(reads).toBe(2), PATIENCE);
  waiting?.resume();
  await run.says('of q was cancelled');
  run.kill('SIGTERM');
  const { code, stdout, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(stdout).toBe('');
  expect(stderr).toContain('was cancelled before it began');
  expect(stderr).toMatch(/"done":0,"failed":0,"rejected":0,"cancelled":1,/);
});

it('does not begin a job that waits behind one that blocks its process', async ({
  server,
  client,
  workplace,
}) => {
  let reads = 0;
  await using tunnel = await openTunnel(() => {
    const far = net.connect(server.port, '127.0.0.1');
    const write = far.write.bind(far) as (chunk: Buffer) => boolean;
    far.write = (chunk: string | Uint8Array) => {
      if (Buffer.from(chunk).toString('latin1').includes('$control/t=')) reads++;
      return write(Buffer.from(chunk));
    };
    return far;
  });
  await workplace.setWorker(WORKER);
  await workplace.configure('', tunnel.port);
  // What takes next to nothing is given to a process ahead. There are so many that it does not count how long the first took.
  await client.exchange('set q 0 0 7\r\nquick()\r\n'.repeat(300));
  await client.set('q/id=a', 'blocks("a")');
  await client.set('q/id=b', 'blocks("b")');
  const run = workplace.start('--watch');
  await workplace.logs(1);
  const state = async () => (await client.getStatus('q/id=b'))?.state;
  await vi.waitFor(async () => expect(await state()).toBe('running'), PATIENCE);
  await vi.waitFor(() => expect(reads).toBe(1), PATIENCE);
  expect(await client.ask('delete q/id=b')).toBe('DELETED');
  // It has read the order, and asks for the next one: the child has been told, too.
  await vi.waitFor(() => expect(reads).toBe(2), PATIENCE);
  await workplace.touch('go');
  await run.says('of q was cancelled');
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
  expect(await workplace.logged()).toEqual(['a']);
});
