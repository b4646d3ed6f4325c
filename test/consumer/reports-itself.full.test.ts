import { hostname } from 'node:os';
import { expect, vi } from 'vitest';
import type { WorkerInfo, Workers } from '../../server/commands/workers.ts';
import { VERSION } from '../../shared/version.ts';
import { withWorkplace } from '../fixtures/workplace.ts';
import { giveOrders } from '../helpers/ordering-server.ts';

const it = withWorkplace(['--memory']);

/** No read waits for longer, so that workers tell of themselves more often. */
const OFTEN = { 'max-wait': '1' };

/** Of what is asked again and again. */
const PATIENCE = { timeout: 60_000, interval: 5 };

function shows(workers: Workers, expected: Partial<WorkerInfo>): Promise<void> {
  return vi.waitFor(() => expect(workers.all()).toMatchObject([expected]), PATIENCE);
}

it('a daemon tells of itself, is quiet, goes on with CONT and stops', async ({ workplace }) => {
  const before = Date.now();
  const { connection, configure, workers } = await giveOrders(workplace, OFTEN);
  await configure('processes = 2\n');
  const run = workplace.start('--watch');
  const known = await workers();
  const who = { host: hostname(), program: 'memq-consume', version: VERSION, role: 'daemon' };
  await shows(known, { ...who, queues: ['q'], concurrency: 2, busy: 0, state: 'running' });
  await connection.set('q', "until('go', 'a')");
  await run.started();
  await shows(known, { busy: 1, state: 'running' });
  const [{ id, pid, rss, cpu, seenAt, startedAt, connections }] = known.all() as [WorkerInfo];
  expect(pid).toBe(run.pid);
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(rss).toBeGreaterThan(20e6);
  expect(cpu).toBeGreaterThanOrEqual(0);
  expect(startedAt).toBeGreaterThan(before - 1000);
  expect(seenAt).toBeGreaterThanOrEqual(startedAt);
  expect(connections).toBeGreaterThanOrEqual(2);

  expect(known.quiet(id)).toBe(true);
  await shows(known, { state: 'quiet', busy: 1, lastOrder: 'quiet' });
  await connection.set('q', "until('go on', 'b')");
  await workplace.touch('go');
  await workplace.logs(1);
  expect(await connection.get('q/peek')).toBeDefined();
  run.kill('SIGCONT');
  await run.started(2);
  await shows(known, { state: 'running', busy: 1 });
  // Another time, to the same connection.
  expect(known.quiet(id)).toBe(true);
  await shows(known, { state: 'quiet' });

  expect(known.stop(id)).toBe(true);
  await shows(known, { state: 'stopping', lastOrder: 'stop' });
  await workplace.touch('go on');
  expect((await run.ended).code).toBe(0);
  await shows(known, { connections: 0 });
  expect(await workplace.logged()).toEqual(['a', 'b']);
});

it('a run from cron tells of itself while it has jobs, and ends as it is told', async ({ workplace }) => {
  const { connection, workers } = await giveOrders(workplace, OFTEN);
  await connection.set('q', "until('go', 'a')");
  const run = workplace.start();
  await run.started();
  const known = await workers();
  await shows(known, { role: 'cron', state: 'running', busy: 1 });
  const [{ id }] = known.all() as [WorkerInfo];
  expect(known.quiet(id)).toBe(true);
  await shows(known, { state: 'stopping' });
  await connection.set('q', "saveToLocal('b')");
  await workplace.touch('go');
  expect(await run.ended).toEqual({ code: 0, stdout: 'started\n', stderr: '' });
  expect(await workplace.logged()).toEqual(['a']);
});

it('where the configuration is read again the processes that take jobs are shown', async ({ workplace }) => {
  const { connection, configure, workers } = await giveOrders(workplace, OFTEN);
  const run = workplace.start('--watch');
  await connection.set('q', "until('go', 'a')");
  await run.started();
  const known = await workers();
  await shows(known, { concurrency: 1, state: 'running' });
  await configure('processes = 3\n');
  run.kill('SIGHUP');
  await run.says('was read again');
  await shows(known, { concurrency: 3, state: 'running' });
  await workplace.touch('go');
  await workplace.logs(1);
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
});
