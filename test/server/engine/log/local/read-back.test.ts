import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { JournalFile } from '../../../../../server/engine/log/local/file-system.ts';
import { DEFAULT_POLICY } from '../../../../../server/engine/policy.ts';
import { fakeTimers } from '../../../../helpers/fake-timers.ts';
import { body, TestEngine, turns } from '../../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../../helpers/memory-disk.ts';

/** Each read takes a quarter of a megabyte while it is under way. */
const MOST_AT_A_TIME = 20;
const COUNT = 1000;

/** A disk that counts its reads. */
class CountingDisk extends MemoryDisk {
  underWay = 0;
  mostUnderWay = 0;
  total = 0;

  override open(path: string, create: boolean): JournalFile {
    const file = super.open(path, create);
    const readLater = file.readLater.bind(file);
    file.readLater = async (into, position) => {
      this.total++;
      this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
      try {
        return await readLater(into, position);
      } finally {
        this.underWay--;
      }
    };
    return file;
  }
}

let disk: CountingDisk;
let engine: TestEngine;

beforeEach(async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 1_700_000_000_000 });
  disk = new CountingDisk();
  engine = await TestEngine.open(disk, {
    cacheSize: 128 * 1024,
    policy: () => ({ ...DEFAULT_POLICY, maxAttempts: 1 }),
  });
});
afterEach(() => engine.close());

it('many messages that end at once are read from the disk a few at a time, and what lies together together', async () => {
  await Promise.all(Array.from({ length: COUNT }, (_, i) => engine.enqueue('q', body(i, 500))));
  for (let i = 0; i < COUNT; i++) await engine.reserve('q', { mode: 'lease', leaseMs: 1000 });
  disk.total = disk.mostUnderWay = 0;
  vi.advanceTimersByTime(2000);
  await turns(() => engine.statsOf('q')?.failed === COUNT);
  expect(engine.statsOf('q')).toMatchObject({ reserved: 0, failed: COUNT });
  expect(disk.mostUnderWay).toBeGreaterThan(0);
  expect(disk.mostUnderWay).toBeLessThanOrEqual(MOST_AT_A_TIME);
  expect(disk.total).toBeLessThan(COUNT / 2);
});
