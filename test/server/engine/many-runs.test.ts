import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { body, TestEngine } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

const HOUR = 3_600_000;

let disk: MemoryDisk;
let engine: TestEngine;
let policy: Policy;

beforeEach(async () => {
  policy = DEFAULT_POLICY;
  disk = new MemoryDisk();
  engine = await open();
});
afterEach(() => engine.close());

/** With bodies on the disk only, where `cacheSize` is small. */
function open(cacheSize = 64 * 1024 * 1024): Promise<TestEngine> {
  return TestEngine.open(disk, { cacheSize, policy: () => policy });
}

async function repeating(count: number, length: number): Promise<void> {
  const jobs = Array.from({ length: count }, (_, i) => ({ jobId: `job${i}`, everyMs: HOUR }));
  await Promise.all(jobs.map((job, i) => engine.enqueue('q', body(i, length), job)));
}

describe('a purge of runs that take far more journal than a segment has', () => {
  it.each([
    ['in memory', 64 * 1024 * 1024],
    ['on the disk', 1],
  ])('ends all of them, their bodies %s', async (_, cacheSize) => {
    await repeating(2000, 200);
    await engine.close();
    engine = await open(cacheSize);
    await engine.enqueue('q', 'once');
    const purged = engine.purge('q');
    const next = engine.take('q');
    await purged;
    expect(await next).toBeUndefined();
    const { ready, delayed, reserved } = engine.pages(1)[0] as {
      ready: number;
      delayed: number;
      reserved: number;
    };
    expect({ ready, delayed, reserved }).toEqual({ ready: 0, delayed: 2000, reserved: 0 });
    await engine.close();
    disk = disk.kill();
    engine = await open();
    expect(engine.statsOf('q')).toMatchObject({ ready: 0, delayed: 2000 });
  });
});

describe('a full queue that discards the oldest', () => {
  it('takes what comes when runs before it take more journal than there is at the moment', async () => {
    policy = { ...DEFAULT_POLICY, maxItems: 41, whenFull: 'drop_oldest' };
    await repeating(40, 5000);
    await engine.enqueue('q', 'the oldest that can go');
    expect(await engine.enqueue('q', body(1, 40_000))).toBeGreaterThan(0);
    expect(await engine.drain('q')).toEqual([body(1, 40_000)]);
    expect(engine.statsOf('q')).toMatchObject({ ready: 0, delayed: 40, reserved: 0 });
  });
});
