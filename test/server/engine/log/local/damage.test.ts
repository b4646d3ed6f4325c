import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSegmentHeader, writeSegmentHeader } from '../../../../../server/engine/log/codec/headers.ts';
import { DamagedError } from '../../../../../shared/errors.ts';
import { TestEngine } from '../../../../helpers/local-engine.ts';
import { blockOf, bodies, contentsOf, diskWith, lastSegment } from './left-disks.ts';

const HEADER = 48;

describe('damage', () => {
  it('of what was known to be on the disk refuses the start, with file and offset, or loses nothing', async () => {
    const disk = await diskWith(20, 200);
    const { name, end } = lastSegment(disk);
    const all = bodies(0, 20, 200);
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: end - 1 }), fc.integer({ min: 1, max: 255 }), async (position, bits) => {
        const damaged = disk.kill();
        damaged.contents(name)[position] ^= bits;
        const found = await contentsOf(damaged).catch((error: Error) => error);
        if (found instanceof Error) {
          expect(found).toBeInstanceOf(DamagedError);
          const offset = Number(new RegExp(`${name} is damaged at offset (\\d+)`).exec(found.message)?.[1]);
          expect(offset).toBeLessThanOrEqual(position);
          refused++;
        } else {
          // Padding; or the last message, whose answer is the only one that nothing on the disk tells of.
          expect([all.length - 1, all.length]).toContain(found.length);
          expect(found).toEqual(all.slice(0, found.length));
        }
      }),
      { numRuns: 200 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('of a record in an older segment refuses the start', async () => {
    const disk = await diskWith(150);
    const first = disk.contents('0000000001.journal');
    const at = first.indexOf('\u00337:lll', 0, 'latin1') - 20;
    first[at] ^= 4;
    await expect(TestEngine.open(disk)).rejects.toThrow(
      /^\/data\/0000000001\.journal is damaged at offset \d+: records .*"memq-server salvage \/data" copies/,
    );
  });

  it('of the first segment header refuses the start', async () => {
    const disk = await diskWith(3);
    disk.contents('0000000001.journal')[20] ^= 1;
    await expect(TestEngine.open(disk)).rejects.toThrow(/0000000001\.journal is damaged at offset 0/);
  });

  it.each([1, 100])(
    'that the last segment is cut, wherever, refuses the start: %i messages',
    async (count) => {
      const disk = await diskWith(count, 700);
      const { name, bytes } = lastSegment(disk);
      for (let size = HEADER; size < bytes.length; size += 997) {
        const cut = disk.kill();
        cut.truncate(name, size);
        await expect(TestEngine.open(cut), String(size)).rejects.toThrow(
          new RegExp(`${name} was longer than the ${size} bytes that it has|${name} is damaged at offset`),
        );
      }
    },
  );

  it('that the last segment is missing, or all are, refuses the start where there is a spare behind', async () => {
    const disk = await diskWith(100, 700);
    const last = lastSegment(disk).name;
    const spare = disk.files().findLast((name) => name.endsWith('.journal')) as string;
    expect(spare > last).toBe(true);
    const journals = disk.files().filter((name) => name.endsWith('.journal'));
    for (const missing of [[last], journals.filter((name) => name !== spare)]) {
      const harmed = disk.kill();
      for (const name of missing) harmed.remove(name);
      await expect(TestEngine.open(harmed)).rejects.toThrow(/\.journal is missing/);
    }
  });

  it('is not what a version has left that told no capacity and left gaps; a start closes them', async () => {
    const disk = await diskWith(100, 700);
    const { name, bytes } = lastSegment(disk);
    const block = blockOf(disk, name);
    const header = readSegmentHeader(block);
    if (header === undefined) throw new Error(`${name} has no header`);
    writeSegmentHeader(block, { ...header, capacity: 0 });
    block.bytes.copy(bytes, 0, 0, HEADER);
    const number = (file: string) => Number(file.slice(0, -'.journal'.length));
    const numbers = () =>
      disk
        .files()
        .filter((file) => file.endsWith('.journal'))
        .map(number);
    const beyond = Math.max(...numbers()) + 2;
    disk.open(`/data/${String(beyond).padStart(10, '0')}.journal`, true).close();
    disk.syncDirectory('/data');
    const engine = await TestEngine.open(disk);
    expect(await engine.drain('q')).toEqual(bodies(0, 100, 700));
    await engine.close();
    const left = numbers().sort((a, b) => a - b);
    expect(left).toEqual(left.map((_, i) => (left[0] as number) + i));
  });

  it('that a segment in the middle is missing refuses the start', async () => {
    const disk = await diskWith(250);
    disk.remove('/data/0000000002.journal');
    await expect(TestEngine.open(disk)).rejects.toThrow(
      /0000000002\.journal is missing. "memq-server salvage/,
    );
  });
});
