import { afterEach, beforeEach, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { type Options, TestEngine } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

let disk: MemoryDisk;
let engine: TestEngine;

const policy = (queue: string) => ({ ...DEFAULT_POLICY, fanoutTo: queue === 'source' ? ['copies'] : [] });

beforeEach(async () => {
  disk = new MemoryDisk();
  engine = await open();
});
afterEach(() => engine.close());

function open(options: Options = {}): Promise<TestEngine> {
  return TestEngine.open(disk, { policy, ...options });
}

async function failed(queue: string, jobId: string, text: string): Promise<void> {
  await engine.enqueue(queue, text, { jobId });
  await engine.fail((await engine.reserve(queue))!.token, `why ${text}`, true);
}

/** What has failed in a queue and has no id, in its order. */
async function leftWithoutId(queue: string): Promise<string[]> {
  const left: string[] = [];
  for (;;) {
    const failed = await engine.take(queue, { failed: true });
    if (failed === undefined) return left;
    if (failed.jobId === '') left.push(failed.error);
  }
}

it('what fans out leaves what has failed with its id, in each of the queues', async () => {
  await failed('source', 'k', 'first');
  await engine.drain('copies');
  await failed('copies', 'k', 'other');
  await engine.enqueue('source', 'second', { jobId: 'k' });
  for (const queue of ['source', 'copies']) {
    expect(await engine.status(queue, 'k')).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(engine.statsOf(queue)).toMatchObject({ ready: 1, failed: 1 });
  }
  expect(await leftWithoutId('source')).toEqual(['why first']);
  expect(await leftWithoutId('copies')).toEqual(['why other']);
});

it('what the configuration schedules leaves what has failed with its name', async () => {
  await failed('reports', 'nightly', 'mine');
  const cron = { pattern: '0 3 * * *', timezone: 'UTC' };
  await engine.schedule([
    { name: 'nightly', queue: 'reports', cron, body: Buffer.from('x'), missed: 'once' },
  ]);
  expect(await engine.status('reports', 'nightly')).toMatchObject({ state: 'waiting', cron: '0 3 * * *' });
  expect(engine.statsOf('reports')).toMatchObject({ delayed: 1, failed: 1 });
  expect(await leftWithoutId('reports')).toEqual(['why mine']);
});

it('very many that move leave what has failed with their ids, and keep these', async () => {
  const ids = Array.from({ length: 1500 }, (_, i) => `job ${i}`);
  await failed('target', 'job 3', 'there');
  await failed('target', 'job 1400', 'there, too');
  await Promise.all(ids.map((jobId) => engine.enqueue('q', jobId, { jobId })));
  expect(await engine.move('q', 'target')).toBe(1500);
  expect(engine.statsOf('target')).toMatchObject({ ready: 1500, failed: 2 });
  for (const jobId of ids) expect((await engine.status('target', jobId))?.state, jobId).toBe('waiting');
  expect(await leftWithoutId('target')).toEqual(['why there', 'why there, too']);
});

it('one that is tried again without its id, while another job has it, is its own job', async () => {
  await failed('q', 'k', 'first');
  await engine.enqueue('q', 'second', { jobId: 'k', delayMs: 60_000 });
  expect(await engine.retryFailed('q', 0, 'k')).toBe(0);
  expect(await engine.retryFailed('q')).toBe(1);
  expect(await engine.reserve('q')).toMatchObject({ jobId: '', attempt: 1 });
  expect(await engine.status('q', 'k')).toMatchObject({ state: 'waiting', attempts: 0 });
});

it('that an id was given up outlives a restart, and that its segment is freed', async () => {
  await failed('q', 'k', 'first');
  await failed('q', 'other', 'third');
  await engine.enqueue('q', 'second', { jobId: 'k' });
  for (let i = 0; i < 200; i++) {
    await engine.enqueue('filler', 'x'.repeat(5000));
    await engine.take('filler');
  }
  expect(engine.detail('journal_freed_segments')).toBeGreaterThan(1);
  disk = disk.kill();
  await engine.close();
  engine = await open();
  expect(await engine.status('q', 'k')).toMatchObject({ state: 'waiting' });
  expect(await engine.status('q', 'other')).toMatchObject({ state: 'failed' });
  expect(engine.statsOf('q')).toMatchObject({ ready: 1, failed: 2 });
  expect(await leftWithoutId('q')).toEqual(['why first']);
});
