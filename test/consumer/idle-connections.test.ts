import { expect, vi } from 'vitest';
import { withWorkplace } from '../fixtures/workplace.ts';
import { startServer } from '../helpers/server.ts';
import { TextClient } from '../helpers/text-client.ts';

/** It closes every connection that asks nothing for a moment, which is long enough to say on a new one who one is. */
const it = withWorkplace(['--idle-timeout', '0.6']);

/** Of what is asked again and again. */
const PATIENCE = { timeout: 60_000, interval: 20 };

/** Asks over a connection that is closed before it is idle. */
async function ask<T>(port: number, request: (client: TextClient) => Promise<T>): Promise<T> {
  using client = await TextClient.connect(port);
  return await request(client);
}

/** How many connections the server has closed since they were idle. */
function countClosed(port: number): Promise<number> {
  return ask(port, async (client) => Number((await client.stats()).get('idle_kicks')));
}

/** Resolves when the server has closed so many more. */
async function closesMore(port: number, count: number): Promise<void> {
  const least = (await countClosed(port)) + count;
  await vi.waitFor(async () => expect(await countClosed(port)).toBeGreaterThanOrEqual(least), PATIENCE);
}

/**
 * Resolves when all jobs are settled, and the worker has no connection but those that wait, one of them for each of these
 * queues: the server has closed those by which it settled, and none is closed any more until there is a job.
 */
async function onlyWaits(port: number, ...queues: string[]): Promise<void> {
  const look = async (client: TextClient) => [await client.stats('queues'), await client.stats('conns')];
  const isOver = async () => {
    const [jobs, connections] = await ask(port, look);
    expect(valuesOf(jobs, 'waiting', 'reserved').filter((count) => count !== '0')).toEqual([]);
    // The one that works is our own.
    expect(valuesOf(connections, 'state').filter((state) => state !== 'waiting')).toEqual(['working']);
    expect(valuesOf(connections, 'watch').toSorted()).toEqual(queues);
  };
  await vi.waitFor(isOver, PATIENCE);
}

/** Of what is called so, whatever it is of. */
function valuesOf(stats: ReadonlyMap<string, string>, ...names: string[]): string[] {
  return [...stats].flatMap(([name, value]) => (names.includes(name.split(':')[1]!) ? [value] : []));
}

it('a daemon says nothing of connections that are closed while it waits, and starts each job as it comes', async ({
  server,
  workplace,
}) => {
  await workplace.configure('queuename = q\n[second]\nqueuename = r\n');
  const before = await countClosed(server.port);
  const run = workplace.start('--watch');
  await run.says('ready');
  await onlyWaits(server.port, 'q', 'r');
  await ask(server.port, (client) => client.set('q', "saveToLocal('a')"));
  await ask(server.port, (client) => client.set('r', "saveToLocal('b')"));
  await workplace.logs(2);
  await onlyWaits(server.port, 'q', 'r');
  // Twice the one of each queue by which jobs are settled.
  expect((await countClosed(server.port)) - before).toBeGreaterThanOrEqual(4);
  await ask(server.port, (client) => client.set('r', "saveToLocal('c')"));
  await workplace.logs(3);
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(stderr).not.toContain('cannot be reached');
  expect(await ask(server.port, (client) => client.getText('q'))).toBeUndefined();
  expect(await ask(server.port, (client) => client.getText('r'))).toBeUndefined();
});

it('keeps a job whose lease is renewed over connections that are closed in between', async ({
  server,
  workplace,
}) => {
  await workplace.configure('lease = 3\n');
  await ask(server.port, (client) => client.set('q/id=long', "until('go', 'once')"));
  const run = workplace.start('--watch');
  await run.started();
  // One at each third of the lease.
  await closesMore(server.port, 4);
  expect(await ask(server.port, (client) => client.getStatus('q/id=long'))).toMatchObject({
    state: 'running',
    attempts: 1,
  });
  await workplace.touch('go');
  await workplace.logs(1);
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(stderr).not.toContain('cannot be reached');
  expect(await ask(server.port, (client) => client.getStatus('q/id=long'))).toMatchObject({
    state: 'complete',
    attempts: 1,
  });
  expect(await workplace.logged()).toEqual(['once']);
});

it('says once that a server is gone which had closed an idle connection before, and that it is back', async ({
  server,
  workplace,
}) => {
  const run = workplace.start('--watch');
  await run.says('ready');
  await onlyWaits(server.port, 'q');
  await server.stop();
  await run.says('trying again');
  await server.restart();
  await run.says('is back');
  await onlyWaits(server.port, 'q');
  await workplace.enqueue("saveToLocal('a')");
  await workplace.logs(1);
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  const said = (what: RegExp) => stderr.split('\n').filter((line) => what.test(line));
  expect(said(/cannot be reached/)).toHaveLength(1);
  expect(said(/server at \S+ is back/)).toHaveLength(1);
});

it('says that a server takes one connection and no more, so that nobody can wait for jobs', async ({
  workplace,
}) => {
  await using full = await startServer({ args: ['-c', '1'] });
  await workplace.configure('', full.port);
  const run = workplace.start('--watch');
  await run.says('too many');
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
});
