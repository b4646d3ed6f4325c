import type { Options } from '../../helpers/local-engine.ts';
import { TestEngine, turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

/** So many that what is done to all of them takes several slices. */
export const MANY = 5000;
export const CLOCK = { now: 1_700_000_000_000 };
const OPTIONS: Options = { clock: () => CLOCK.now, segmentSize: 256 * 1024 };

export const open = (disk = new MemoryDisk(), options: Options = {}) =>
  TestEngine.open(disk, { ...OPTIONS, ...options });

/** With a prefix each is a job, by the id that is its body. */
export async function enqueueMany(test: TestEngine, queue: string, count = MANY, prefix = ''): Promise<void> {
  const stored = Array.from({ length: count }, (_, i) =>
    test.enqueue(queue, `${prefix}${i}`, prefix === '' ? {} : { jobId: `${prefix}${i}` }),
  );
  await Promise.all(stored);
}

/** All that was discarded is freed. */
export const swept = ({ state }: TestEngine) => turns(() => !state.sweep.isUnderWay);
