import { expect, vi } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';
import { startServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';

const it = withWorkplace(['--backoff', 'fixed:0.01', '--max-attempts', '3']);

/** Of what is asked again and again. */
const PATIENCE = { timeout: 60_000, interval: 5 };

it('gives back what is not done within the grace, uncounted, also at its last attempt', async ({
  workplace,
}) => {
  await using strict = await startServer({ args: ['--max-attempts', '1'] });
  await workplace.configure('grace = 0.2\n', strict.port);
  using client = await TextClient.connect(strict.port);
  await client.set('q', "until('never', 'x')");
  const run = workplace.start('--watch');
  await run.started();
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(stderr.match(/was stopped, and goes back: it counts as no attempt/g)).toHaveLength(1);
  expect(await client.getJob('q/peek/info')).toMatchObject({ attempt: 1 });
});

it('takes nothing between USR2 and CONT', async ({ server, workplace }) => {
  const run = workplace.start('--watch');
  await workplace.enqueue("saveToLocal('a')");
  await workplace.logs(1);
  using client = await TextClient.connect(server.port);
  const waiting = async () =>
    [...(await client.stats('conns')).values()].filter((state) => state === 'waiting').length;
  // One connection waits for jobs, the other one for orders.
  await vi.waitFor(async () => expect(await waiting()).toBe(2), PATIENCE);
  run.kill('SIGUSR2');
  await vi.waitFor(async () => expect(await waiting()).toBe(1), PATIENCE);
  await workplace.enqueue("saveToLocal('b')");
  expect(await workplace.peek()).toBeDefined();
  run.kill('SIGCONT');
  await workplace.logs(2);
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
});

it('reads its configuration again on HUP, and keeps the old one when there is a mistake in it', async ({
  workplace,
}) => {
  await workplace.configure('methods = fails\n');
  const run = workplace.start('--watch');
  await workplace.enqueue("saveToLocal('a')");
  await run.says('may not be called');
  await workplace.configure('methods = what\n');
  run.kill('SIGHUP');
  await run.says('nothing was changed');
  await workplace.configure('');
  run.kill('SIGHUP');
  await run.says('was read again');
  await workplace.enqueue("saveToLocal('b')");
  await workplace.logs(1);
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
  expect(await workplace.logged()).toEqual(['b']);
});
