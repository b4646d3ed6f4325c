import { describe, expect, it } from 'vitest';
import { turn } from '../../../server/engine/turn.ts';
import { type TestEngine, textOf } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';
import { enqueueMany, open } from './very-many.ts';

describe('a retry of very many messages', () => {
  async function failMany(test: TestEngine, count: number): Promise<void> {
    await enqueueMany(test, 'q', count);
    for (let i = 0; i < count; i++) {
      const delivery = await test.reserve('q');
      await test.fail(delivery?.token ?? 0, 'bad', true);
    }
  }

  it('leaves none that failed at once, and puts them back in their order', async () => {
    const test = await open(new MemoryDisk(), { cacheSize: 0 });
    await failMany(test, 1500);
    const retrying = test.retryFailed('q');
    expect(test.statsOf('q')).toMatchObject({ failed: 0 });
    expect(await test.peek('q', true)).toBeUndefined();
    const first = await test.reserve('q', { waitMs: 60_000 });
    expect(first && textOf(first)).toBe('0');
    // It fails once more, and that is for good.
    await test.fail(first?.token ?? 0, 'bad', true);
    expect(test.statsOf('q')).toMatchObject({ failed: 1 });
    expect(await retrying).toBe(1500);
    expect(test.statsOf('q')).toMatchObject({ failed: 1, ready: 1499 });
    expect((await test.drain('q')).slice(0, 2)).toEqual(['1', '2']);
    await test.close();
  });

  it('that the end of the server comes before leaves the rest as failed messages', async () => {
    const disk = new MemoryDisk();
    const test = await open(disk);
    await failMany(test, 1500);
    const retrying = test.retryFailed('q').catch((error: Error) => error.message);
    await turn();
    await turn();
    await test.close();
    expect(await retrying).toMatch(/stopping/);
    const next = await open(disk);
    const { ready, failed } = next.statsOf('q') ?? { ready: 0, failed: 0 };
    expect(failed).toBeGreaterThan(0);
    expect(ready).toBeGreaterThan(0);
    expect(ready + failed).toBe(1500);
    expect(await next.retryFailed('q')).toBe(failed);
    expect(await next.drain('q')).toHaveLength(1500);
    await next.close();
  });
});

it('what waits for a record from the disk when the server ends appends nothing behind the end', async () => {
  const test = await open(new MemoryDisk(), { cacheSize: 0, segmentSize: 64 * 1024 });
  await enqueueMany(test, 'q', 300);
  const held = await Promise.all(
    Array.from({ length: 60 }, () => test.reserve('q', { mode: 'lease', leaseMs: 60_000 })),
  );
  await enqueueMany(test, 'other', 1500);
  const { log } = test;
  const append = log.append.bind(log);
  let isClosed = false;
  let late = 0;
  log.append = (event) => {
    if (isClosed) late++;
    return append(event);
  };
  const failing = held.map((each) =>
    test.fail(each?.token ?? 0, 'bad', true).catch((error: Error) => error.message),
  );
  await test.close();
  isClosed = true;
  for (const answer of await Promise.all(failing)) expect([true, 'the server is stopping']).toContain(answer);
  await expect(test.schedule([])).resolves.toBeUndefined();
  expect(late).toBe(0);
});
