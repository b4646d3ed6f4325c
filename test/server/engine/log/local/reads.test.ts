import { describe, expect, it } from 'vitest';
import type { JournalFile } from '../../../../../server/engine/log/local/file-system.ts';
import { TestEngine } from '../../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../../helpers/memory-disk.ts';

const MESSAGES = 2000;
const bodies = Array.from({ length: MESSAGES }, (_, i) => `${i} `.padEnd(200, '.'));

/** Counts what is read off the event loop. */
class CountingDisk extends MemoryDisk {
  bytesRead = 0;

  override open(path: string, create: boolean): JournalFile {
    const file = super.open(path, create);
    const readLater = file.readLater.bind(file);
    file.readLater = (into, position) => {
      this.bytesRead += into.length;
      return readLater(into, position);
    };
    return file;
  }
}

/** An engine with messages that are on the disk alone, but for as many bytes of them as `cacheSize`. */
async function filled(disk: CountingDisk, cacheSize: number): Promise<TestEngine> {
  const test = await TestEngine.open(disk, { cacheSize, segmentSize: 8 * 1024 * 1024 });
  await Promise.all(bodies.map((body) => test.enqueue('q', body)));
  await test.engine.close();
  return TestEngine.open(disk, { cacheSize, segmentSize: 8 * 1024 * 1024 });
}

describe('messages that are on the disk', () => {
  it('are read once, however many readers want what follows one another', async () => {
    const disk = new CountingDisk();
    const test = await filled(disk, 8 * 1024 * 1024);
    const { bytes } = test.engine.stats();
    expect(await Promise.all(bodies.map(() => test.takeText('q')))).toEqual(bodies);
    expect(disk.bytesRead).toBeGreaterThanOrEqual(bytes);
    expect(disk.bytesRead).toBeLessThan(2 * bytes);
  });

  it('come in order to readers at the same time, with next to no cache', async () => {
    const test = await filled(new CountingDisk(), 1);
    expect(await Promise.all(bodies.map(() => test.takeText('q')))).toEqual(bodies);
  });

  it('come to all but the one who wants a damaged one', async () => {
    const disk = new CountingDisk();
    const test = await filled(disk, 8 * 1024 * 1024);
    const segment = disk.contents('0000000001.journal');
    segment[segment.indexOf(bodies[1234]) + 50] ^= 4;
    const expected: (string | undefined)[] = bodies.with(1234, '');
    expected[1234] = undefined;
    expect(await Promise.all(bodies.map(() => test.takeText('q')))).toEqual(expected);
    expect((await test.peek('q', true))?.error).toMatch(/0000000001\.journal is damaged at offset \d+/);
  });
});
