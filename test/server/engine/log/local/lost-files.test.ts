import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { DamagedError } from '../../../../../shared/errors.ts';
import { body, openLog, TestEngine } from '../../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../../helpers/memory-disk.ts';

/** Of the log as a whole. */
const BOUNDS = 'bounds';
const MESSAGES = 250;

/** A log in several segments of which the first are freed, as it is after a clean stop, and as a crash leaves it. */
let stopped: MemoryDisk;
let crashed: MemoryDisk;
/** The last segment as it was when it had nothing but its checkpoint, and after each message since. */
const earlier: Buffer[] = [];
let last: string;
let all: string[];

beforeAll(async () => {
  const disk = new MemoryDisk();
  const engine = await TestEngine.open(disk);
  for (let i = 0; i < 200; i++) await engine.enqueue('freed', body(i));
  await engine.drain('freed');
  for (let i = 0; i < MESSAGES; i++) {
    await engine.enqueue('q', body(i, 700));
    const newest = boundsOf(disk).newest;
    if (name(newest) !== last) earlier.length = 0;
    last = name(newest);
    earlier.push(Buffer.from(disk.contents(last)));
  }
  crashed = disk.kill();
  await engine.close();
  stopped = disk.kill();
  all = Array.from({ length: MESSAGES }, (_, i) => body(i, 700));
  expect(segmentsOf(stopped).length).toBeGreaterThan(3);
  expect(Number.parseInt(segmentsOf(stopped)[0] as string, 10)).toBeGreaterThan(1);
  expect(earlier.length).toBeGreaterThan(5);
});

function name(number: number): string {
  return `${String(number).padStart(10, '0')}.journal`;
}

function boundsOf(disk: MemoryDisk): { newest: number; synced: number } {
  const bytes = disk.contents(BOUNDS);
  return { newest: bytes.readUInt32LE(20), synced: bytes.readUInt32LE(24) };
}

/** The segments, without the spares behind them. */
function segmentsOf(disk: MemoryDisk): string[] {
  return disk.segments().filter((each) => each <= last);
}

/** What a start on a copy finds, after something was done to it; or why it does not start. */
async function contentsAfter(disk: MemoryDisk, harm: (disk: MemoryDisk) => void): Promise<string[] | Error> {
  const copy = disk.kill();
  harm(copy);
  try {
    const engine = await TestEngine.open(copy);
    const found = await engine.drain('q');
    await engine.close();
    return found;
  } catch (error) {
    return error as Error;
  }
}

/** A start refuses, with the name of one of these files. */
async function expectRefusal(
  disk: MemoryDisk,
  files: readonly string[],
  harm: (disk: MemoryDisk) => void,
): Promise<void> {
  const error = await contentsAfter(disk, harm);
  expect(error).toBeInstanceOf(DamagedError);
  const { message } = error as DamagedError;
  expect(
    files.some((file) => message.startsWith(`/data/${file} `)),
    message,
  ).toBe(true);
  expect(message).toContain('"memq-server salvage /data" copies all that can be read');
}

const someSegments = () => fc.subarray(segmentsOf(stopped), { minLength: 1 });
const oneSegment = () => fc.constantFrom(...segmentsOf(stopped));

describe.each([
  ['a clean stop', () => stopped],
  ['a crash', () => crashed],
] as const)('after %s a start refuses, with the name of the file,', (_, disk) => {
  it('what lacks segments, whichever', async () => {
    const property = fc.asyncProperty(someSegments(), fc.boolean(), async (files, takesSpares) => {
      await expectRefusal(disk(), files, (harmed) => {
        for (const file of files) harmed.remove(file);
        if (takesSpares) for (const file of harmed.segments()) if (file > last) harmed.remove(file);
      });
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('a segment that was cut, to any length', async () => {
    const property = fc.asyncProperty(
      oneSegment(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (file, part) => {
        const size = Math.floor(part * (disk().contents(file).length - 1));
        await expectRefusal(disk(), [file], (harmed) => harmed.truncate(file, size));
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  it('a segment that is nothing but zeros, or is empty', async () => {
    for (const file of segmentsOf(disk())) {
      await expectRefusal(disk(), [file], (harmed) => harmed.contents(file).fill(0));
      await expectRefusal(disk(), [file], (harmed) => harmed.truncate(file, 0));
    }
  });

  it('two segments that were swapped', async () => {
    const property = fc.asyncProperty(
      fc.subarray(disk().segments(), { minLength: 2, maxLength: 2 }),
      async (files) => {
        const [a, b] = files as [string, string];
        fc.pre(a <= last);
        await expectRefusal(disk(), files, (harmed) => {
          harmed.rename(`/data/${a}`, '/data/other');
          harmed.rename(`/data/${b}`, `/data/${a}`);
          harmed.rename('/data/other', `/data/${b}`);
        });
      },
    );
    await fc.assert(property, { numRuns: 30 });
  });

  it('what is on record of the log being gone, cut, overwritten, or of another log', async () => {
    const other = new MemoryDisk();
    await (await TestEngine.open(other)).close();
    await expectRefusal(disk(), [BOUNDS], (harmed) => harmed.remove(BOUNDS));
    await expectRefusal(disk(), [BOUNDS], (harmed) => harmed.truncate(BOUNDS, 100));
    await expectRefusal(disk(), [BOUNDS], (harmed) => harmed.contents(BOUNDS).fill(0));
    await expectRefusal(disk(), [BOUNDS], (harmed) => {
      other.contents(BOUNDS).copy(harmed.contents(BOUNDS));
    });
  });

  it('not where one copy of what is on record is damaged, of the two that there are', async () => {
    for (const at of [0, 4096]) {
      const found = await contentsAfter(disk(), (harmed) => {
        harmed.contents(BOUNDS)[at + 20] ^= 1;
      });
      expect(found).toEqual(all);
    }
  });
});

describe('after a clean stop', () => {
  it('a flipped bit anywhere is found by the start, or by who reads the message; or it is none of a record', async () => {
    let refused = 0;
    const property = fc.asyncProperty(
      oneSegment(),
      fc.nat(),
      fc.nat({ max: 7 }),
      async (file, place, bit) => {
        const at = place % endOf(stopped, file);
        const harm = (harmed: MemoryDisk) => {
          harmed.contents(file)[at] ^= 1 << bit;
        };
        const found = await contentsAfter(stopped, harm);
        if (found instanceof Error) {
          refused++;
          await expectRefusal(stopped, [file], harm);
        } else if (found.length === all.length) expect(found).toEqual(all);
        else {
          // A body in a segment that is not the last: its message is among the failed ones.
          expect(file).not.toBe(last);
          expect(found.length).toBe(all.length - 1);
        }
      },
    );
    await fc.assert(property, { numRuns: 150 });
    expect(refused).toBeGreaterThan(10);
  });

  it('the last message is as safe as any other: whatever is changed in it, the start refuses', async () => {
    const { synced } = boundsOf(stopped);
    const text = all.at(-1) as string;
    const from = stopped.contents(last).lastIndexOf(text);
    expect(from).toBeGreaterThan(synced - 2 * text.length);
    for (let at = from; at < from + text.length; at += 97) {
      await expectRefusal(stopped, [last], (harmed) => {
        harmed.contents(last)[at] ^= 4;
      });
    }
  });

  it('zeros in a part of the last segment are found', async () => {
    const { synced } = boundsOf(stopped);
    const property = fc.asyncProperty(
      fc.nat({ max: synced - 16 }),
      fc.integer({ min: 16, max: 9000 }),
      async (from, length) => {
        await expectRefusal(stopped, [last], (harmed) => harmed.contents(last).fill(0, from, from + length));
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it('the last segment as it was earlier, at any time, is found', async () => {
    for (const bytes of earlier.slice(0, -1)) {
      await expectRefusal(stopped, [last], (harmed) => bytes.copy(harmed.contents(last)));
    }
  });
});

describe('after a crash', () => {
  it('the last segment as it was earlier cannot be told from one that was being written to', async () => {
    const [first] = earlier as [Buffer];
    const found = await contentsAfter(crashed, (harmed) => first.copy(harmed.contents(last)));
    expect(found).toEqual(all.slice(0, all.length - earlier.length + 1));
  });

  it('what a start has found is proven from then on', async () => {
    const disk = crashed.kill();
    const engine = await TestEngine.open(disk);
    expect(await engine.peek('q')).toBeDefined();
    for (const bytes of earlier.slice(0, -1)) {
      await expectRefusal(disk, [last], (harmed) => bytes.copy(harmed.contents(last)));
    }
    await engine.close();
  });

  it('of a start that has done nothing the next one finds the same', async () => {
    const disk = crashed.kill();
    for (let count = 0; count < 5; count++) {
      const log = openLog(disk);
      await log.replay({ apply() {} });
      await log.close();
      expect(await contentsAfter(disk, () => {})).toEqual(all);
    }
  });
});

/** Where the records of a segment end: for the last one by what is on record, else by its follower. */
function endOf(disk: MemoryDisk, file: string): number {
  if (file === last) return boundsOf(disk).synced;
  return disk.contents(name(Number.parseInt(file, 10) + 1)).readUInt32LE(24);
}
