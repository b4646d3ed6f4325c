import { expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { TestEngine } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

it('a last attempt that is given back is answered when its end is on record', async () => {
  const options = { cacheSize: 1, policy: () => ({ ...DEFAULT_POLICY, maxAttempts: 1 }) };
  const disk = new MemoryDisk();
  const first = await TestEngine.open(disk, options);
  await first.enqueue('q', 'job');
  await first.close();
  const engine = await TestEngine.open(disk, options);
  const leased = await engine.reserve('q', { mode: 'lease', leaseMs: 3_600_000 });
  expect(await engine.release(leased!.token, true)).toBe(true);
  const restarted = await TestEngine.open(disk.kill(), options);
  expect(restarted.statsOf('q')).toMatchObject({ reserved: 0, failed: 1 });
  await restarted.close();
  await engine.close();
});
