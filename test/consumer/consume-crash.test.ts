import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';
import { startServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';
import { openTunnel } from '../helpers/tunnel.ts';
import { worker } from '../helpers/worker-file.ts';

const it = withWorkplace(['--max-attempts', '3', '--backoff', 'none']);

it('loses no job when it is killed: the job comes again within the lease, as attempt 2', async ({
  workplace,
}) => {
  await workplace.configure('lease = 1\n');
  await workplace.enqueue("until('go', 'done')");
  const run = workplace.start();
  await run.started();
  expect(await workplace.peek()).toBeUndefined();
  run.kill('SIGKILL');
  await run.ended;
  expect(await workplace.comesBack()).toBe(1);

  const again = workplace.start();
  await again.started();
  await workplace.touch('go');
  expect((await again.ended).code).toBe(0);
  expect(await workplace.logged()).toEqual(['done']);
  expect(await workplace.peek()).toBeUndefined();
});

it.for(['SIGTERM', 'SIGINT'] as const)(
  'brings the running job to its end on %s and takes no more',
  async (signal, { workplace }) => {
    await workplace.enqueue("untilStopped('first')", "saveToLocal('second')");
    const run = workplace.start();
    await run.started();
    run.kill(signal);
    expect((await run.ended).code).toBe(0);
    expect(await workplace.logged()).toEqual(['first']);
    const next = await workplace.peek();
    expect(next).toMatchObject({ attempt: 1 });
    expect(next?.payload.toString()).toBe("saveToLocal('second')");
  },
);

it('ends at once on a second signal, and the job goes back', async ({ workplace }) => {
  await workplace.enqueue("until('go', 'never')");
  const run = workplace.start();
  await run.started();
  run.kill('SIGTERM');
  run.kill('SIGINT');
  expect([130, 143]).toContain((await run.ended).code);
  expect(await workplace.comesBack()).toBe(0);
  expect(await workplace.logged()).toEqual([]);
});

it('says honestly that a job ran which it could not close, when the server went away', async ({
  server,
  workplace,
}) => {
  await workplace.configure('lease = 1\n');
  await workplace.enqueue("until('go', 'ran')");
  const run = workplace.start();
  await run.started();
  await server.kill();
  await workplace.touch('go');
  const { code, stderr } = await run.ended;
  expect(code).toBe(69);
  expect(stderr).toContain('it will run again');
  expect(await workplace.logged()).toEqual(['ran']);
  await server.restart();
  expect(await workplace.comesBack()).toBe(1);
});

it('goes on with a server that was away while a job ran', async ({ server, workplace }) => {
  await workplace.enqueue("until('go', 'first')", "saveToLocal('second')");
  const run = workplace.start();
  await run.started();
  await server.kill();
  await server.restart();
  await workplace.touch('go');
  expect(await run.ended).toMatchObject({ code: 0, stderr: '' });
  expect(await workplace.logged()).toEqual(['first', 'second']);
  expect(await workplace.peek()).toBeUndefined();
});

it('settles a job over another connection than the one by which it came', async ({ server, workplace }) => {
  await using tunnel = await openTunnel(() => net.connect(server.port, '127.0.0.1'));
  await workplace.configure('', tunnel.port);
  await workplace.enqueue("until('go', 'once')", "saveToLocal('after')");
  const run = workplace.start('--watch');
  await run.started();
  tunnel.cut();
  await workplace.touch('go');
  await workplace.logs(2);
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
  expect(await workplace.logged()).toEqual(['once', 'after']);
  expect(await workplace.peek()).toBeUndefined();
});

it('leaves no child behind when it is killed', async ({ workplace }) => {
  await workplace.setWorker(
    worker(
      "async waits() { process.stdout.write('started'); log(process.pid); await pause(600_000); }",
      "['waits']",
    ),
  );
  await workplace.configure('lease = 1\n');
  await workplace.enqueue('waits()');
  const run = workplace.start();
  await workplace.logs(1);
  const pid = Number((await workplace.logged())[0]);
  run.kill('SIGKILL');
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), {
    timeout: 60_000,
    interval: 20,
  });
  // What its end is is the server's to see.
  expect(await workplace.comesBack()).toBe(1);
});

it('goes on when a job leaves an error that nobody waits for, which costs it its attempts', async ({
  workplace,
}) => {
  await workplace.enqueue('floats()', "saveToLocal('after')");
  const { code, stderr } = await workplace.consume();
  expect(code).toBe(0);
  expect(stderr).toContain('nobody waits for this');
  expect(await workplace.logged()).toEqual(['after']);
  expect(await workplace.failed()).toMatchObject({ attempt: 3 });
});

it('ends, and counts the job, when a server that was stopped for longer than the lease hears late how it ended', async ({
  workplace,
}) => {
  await using server = await startServer();
  await workplace.configure('lease = 1\nconcurrency = 2\n', server.port);
  using client = await TextClient.connect(server.port);
  await client.set('q', "until('go', 'done')");
  const run = workplace.start('--log-level', 'debug');
  await run.started();
  // A renewal that the server reads before it looks at the clock would make the lease last.
  process.kill(run.pid, 'SIGSTOP');
  process.kill(server.pid, 'SIGSTOP');
  await sleep(2500);
  process.kill(server.pid, 'SIGCONT');
  // Its lease was over: it waits.
  const waiting = async () => (await client.stats('queues')).get('q:waiting');
  await vi.waitFor(async () => expect(await waiting()).toBe('1'), { timeout: 60_000, interval: 20 });
  process.kill(run.pid, 'SIGCONT');
  await workplace.touch('go');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(stderr).toContain('"done":1');
  expect(stderr).not.toContain('it may run again');
  expect(await workplace.logged()).toEqual(['done']);
  expect(await waiting()).toBe('0');
});
