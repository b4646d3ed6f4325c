import { expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { body, TestEngine } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

it('a last attempt that is given back is answered when its end is on record', async () => {
  const options = { cacheSize: 1, policy: () => ({ ...DEFAULT_POLICY, maxAttempts: 1 }) };
  const disk = new MemoryDisk();
  const first = await TestEngine.open(disk, options);
  await first.enqueue('q', 'job');
  await first.close();
  const engine = await TestEngine.open(disk, options);
  const leased = await engine.reserve('q', { mode: 'lease', leaseMs: 3_600_000 });
  expect(await engine.release(leased!.token, 'abort')).toBe(true);
  const restarted = await TestEngine.open(disk.kill(), options);
  expect(restarted.statsOf('q')).toMatchObject({ reserved: 0, failed: 1 });
  await restarted.close();
  await engine.close();
});

it('what is open when the engine ends goes back, also where the log is about to get more space', async () => {
  for (let size = 50_000; size <= 70_000; size += 1000) {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    await engine.enqueue('q', body(1, 1000));
    await engine.reserve('q');
    await engine.enqueue('other', body(2, size));
    await engine.close();
    const restarted = await TestEngine.open(disk);
    expect(await restarted.take('q'), `behind ${size} bytes`).toMatchObject({ attempt: 2 });
    await restarted.close();
  }
});
