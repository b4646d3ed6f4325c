import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DEFAULT_POLICY } from '../server/engine/policy.ts';
import { TestEngine, textOf, turns } from './helpers/local-engine.ts';
import { MemoryDisk } from './helpers/memory-disk.ts';

let disk: MemoryDisk;
let engine: TestEngine;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 1_700_000_000_000 });
  disk = new MemoryDisk();
  engine = await open();
});
afterEach(async () => {
  await engine.close();
  vi.useRealTimers();
});

function open(): Promise<TestEngine> {
  const policy = { ...DEFAULT_POLICY, deadLetterTo: 'dead' };
  return TestEngine.open(disk, { cacheSize: 1, policy: () => policy });
}

async function reopen(): Promise<void> {
  await engine.close();
  disk = disk.kill();
  engine = await open();
}

it('a stop while an expired message is read for the queue of the dead counts no attempt', async () => {
  await engine.enqueue('q', 'late', { exptime: 1 });
  await reopen();
  vi.setSystemTime(Date.now() + 5000);
  void engine.take('q').catch(() => {});
  expect(engine.engine.queueStats('q')).toMatchObject({ reserved: 1 });
  await reopen();
  await engine.take('q');
  await turns(() => engine.engine.queueStats('dead')?.waiting === 1);
  const dead = await engine.reserve('dead');
  expect(dead && textOf(dead)).toBe('late');
  expect(dead?.attempt).toBe(1);
});

it('a stop while a discarded run is read counts no attempt', async () => {
  await engine.enqueue('q', 'run', { jobId: 'job', everyMs: 60_000 });
  await reopen();
  void engine.purge('q').catch(() => {});
  await reopen();
  const run = await engine.reserve('q');
  expect(run && textOf(run)).toBe('run');
  expect(run?.attempt).toBe(1);
});
