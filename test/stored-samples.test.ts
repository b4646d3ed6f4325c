import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFileSystem } from '../server/engine/local/journal/node-file-system.ts';
import { FORMAT_VERSION } from '../server/engine/local/journal/record.ts';
import { DEFAULT_POLICY } from '../server/engine/policy.ts';
import { TestEngine, textOf } from './helpers/local-engine.ts';
import { MemoryDisk } from './helpers/memory-disk.ts';

/**
 * A data directory of each format that was released, as its server left it when it was killed. A sample is never
 * changed; that of a new format is written by `WRITE_SAMPLE=1 npx vitest run test/stored-samples.test.ts`.
 */
const SAMPLES = join(import.meta.dirname, 'samples');
const TIME = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memq-sample-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function open(time: number): Promise<TestEngine> {
  return TestEngine.open(new MemoryDisk(), {
    fileSystem: nodeFileSystem,
    directory,
    clock: () => time,
    wallClock: () => time,
    policy: () => ({ ...DEFAULT_POLICY, maxAttempts: 2, backoff: { kind: 'fixed', seconds: 600 } }),
  });
}

/** One of everything that a journal can hold. */
async function write(): Promise<void> {
  const engine = await open(TIME);
  await engine.enqueue('gone', 'dropped with its queue');
  await engine.drop('gone');
  await engine.enqueue('fifo', Buffer.from('plain \xe4\0\r\n', 'latin1'), { flags: 0xffff_ffff });
  await engine.enqueue('fifo', 'urgent', { priority: 1 });
  await engine.enqueue('fifo', 'first of all', { ahead: true });
  await engine.enqueue('fifo', 'short-lived', { exptime: 60 });
  await engine.enqueue('fifo', 'later', { delayMs: 30 * 60_000 });
  await engine.enqueue('jobs', 'leased', { jobId: 'leased' });
  await engine.reserve('jobs', { mode: 'lease', leaseMs: HOUR, holder: 'worker 1' });
  await engine.enqueue('jobs', 'opened', { jobId: 'opened' });
  await engine.reserve('jobs', { holder: 'worker 2' });
  await engine.enqueue('jobs', 'cancelled while it ran', { jobId: 'cancelled' });
  await engine.reserve('jobs', { mode: 'lease', leaseMs: HOUR });
  await engine.cancel('jobs', 'cancelled');
  await engine.enqueue('jobs', 'done', { jobId: 'done' });
  await engine.complete((await engine.reserve('jobs'))!.token, 'result');
  await engine.enqueue('jobs', 'old', { jobId: 'changed', flags: 1 });
  await engine.enqueue('jobs', 'new', { jobId: 'changed', flags: 2 });
  await engine.enqueue('failing', 'fails for good', { jobId: 'bad' });
  await engine.fail((await engine.reserve('failing', { holder: 'worker 3' }))!.token, 'no such file', true);
  await engine.enqueue('failing', 'fails once');
  await engine.fail((await engine.reserve('failing'))!.token, 'try again');
  await engine.enqueue('every', 'tick', { jobId: 'tick', everyMs: HOUR });
  await engine.complete((await engine.reserve('every'))!.token);
  const cron = { pattern: '30 3 * * *', timezone: 'Europe/Berlin' };
  await engine.schedule([
    { name: 'nightly', queue: 'reports', cron, body: Buffer.from('report()'), missed: 'once' },
  ]);
  await engine.enqueue('paused', 'kept back');
  await engine.pause('paused');
  await engine.enqueue('from', 'moved');
  await engine.move('from', 'to');
  await engine.enqueue('purged', 'purged');
  await engine.purge('purged');
  // Over several segments, the first of them freed.
  for (let i = 0; i < 150; i++) await engine.enqueue('churn', 'x'.repeat(1000));
  for (let i = 0; i < 149; i++) await engine.take('churn');
  await engine.enqueue('large', 'L'.repeat(70_000));
  await engine.enqueue('last', 'written last');
  const target = join(SAMPLES, `format-${FORMAT_VERSION}`);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(directory)) {
    if (name.endsWith('.journal')) writeFileSync(join(target, name), readFileSync(join(directory, name)));
  }
  await engine.close();
}

if (process.env.WRITE_SAMPLE === '1') it('writes the sample of the present format', write);

it('there is a sample of the present format', () => {
  expect(readdirSync(SAMPLES)).toContain(`format-${FORMAT_VERSION}`);
});

describe.each(readdirSync(SAMPLES).filter((name) => name.startsWith('format-')))('%s', (sample) => {
  it('is read as it was written', async () => {
    cpSync(join(SAMPLES, sample), directory, { recursive: true });
    const engine = await open(TIME + 20 * 60_000);
    const waiting = async (queue: string): Promise<string[]> => engine.drain(queue);
    const state = async (queue: string, id: string) => (await engine.status(queue, id))?.state;

    expect([...engine.engine.list()].sort()).toEqual(
      'churn every failing fifo from jobs large last paused purged reports to'.split(' '),
    );
    const first = await engine.reserve('fifo');
    expect(textOf(first!)).toBe('first of all');
    await engine.complete(first!.token);
    expect(await engine.takeText('fifo')).toBe('urgent');
    expect(await engine.take('fifo')).toMatchObject({ flags: 0xffff_ffff, attempt: 1, enqueuedAt: TIME });
    expect(await engine.take('fifo')).toBeUndefined();
    expect(engine.engine.queueStats('fifo')).toMatchObject({ delayed: 1, expired: 1 });

    expect(await engine.status('jobs', 'leased')).toMatchObject({ state: 'running', attempts: 1 });
    expect(await state('jobs', 'cancelled')).toBe('running');
    expect(await engine.status('jobs', 'opened')).toMatchObject({ state: 'waiting', attempts: 1 });
    expect(await engine.status('jobs', 'done')).toMatchObject({
      state: 'complete',
      result: Buffer.from('result'),
      startedAt: TIME,
      endedAt: TIME,
    });
    expect(await waiting('jobs')).toEqual(['opened', 'new']);

    expect(await engine.status('failing', 'bad')).toMatchObject({
      state: 'failed',
      error: 'no such file',
      heldBy: 'worker 3',
    });
    expect((await engine.take('failing', { failed: true }))?.failedAt).toBe(TIME);
    expect(await engine.take('failing')).toMatchObject({ attempt: 2, error: 'try again' });

    expect(await engine.status('every', 'tick')).toMatchObject({ everyMs: HOUR, dueAt: TIME + HOUR });
    expect(await engine.status('reports', 'nightly')).toMatchObject({
      cron: '30 3 * * *',
      dueAt: Date.UTC(2026, 0, 1, 2, 30),
    });
    expect(await waiting('paused')).toEqual([]);
    expect(await engine.resume('paused')).toBe(true);
    expect(await waiting('paused')).toEqual(['kept back']);
    expect([await waiting('from'), await waiting('to'), await waiting('purged')]).toEqual([
      [],
      ['moved'],
      [],
    ]);
    expect(await waiting('churn')).toEqual(['x'.repeat(1000)]);
    expect(await waiting('large')).toEqual(['L'.repeat(70_000)]);
    expect(await waiting('last')).toEqual(['written last']);
    await engine.close();
  });

  it('can be written on, and read again', async () => {
    cpSync(join(SAMPLES, sample), directory, { recursive: true });
    let engine = await open(TIME + HOUR / 3);
    await engine.enqueue('last', 'written since');
    await engine.close();
    engine = await open(TIME + HOUR / 3);
    expect(await engine.drain('last')).toEqual(['written last', 'written since']);
    await engine.close();
  });
});
