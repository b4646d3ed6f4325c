import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Block } from '../../../../../server/engine/log/codec/block.ts';
import { sealEvent, writeEvent } from '../../../../../server/engine/log/codec/event-record.ts';
import {
  FORMAT_VERSION,
  readSegmentHeader,
  writeBatchHeader,
  writeSegmentHeader,
} from '../../../../../server/engine/log/codec/headers.ts';
import { QUEUE_EVENT_SIZE } from '../../../../../server/engine/log/codec/sizes.ts';
import { Event } from '../../../../../server/engine/state/events.ts';
import { DamagedError } from '../../../../../shared/errors.ts';
import { body, TestEngine, turns } from '../../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../../helpers/memory-disk.ts';
import { SERVER_BINARY, startServer } from '../../../../helpers/server.ts';
import { fill } from '../codec/arbitrary-events.ts';

const SEGMENT = 64 * 1024;
const HEADER = 48;

function bodies(from: number, to: number, length?: number): string[] {
  return Array.from({ length: to - from }, (_, i) => body(from + i, length));
}

/** A disk with messages 0 to `count`, stored one after the other by a process that was killed then. */
async function diskWith(count: number, length?: number): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const engine = await TestEngine.open(disk);
  for (const text of bodies(0, count, length)) await engine.enqueue('q', text);
  return disk.kill();
}

/** Message 0 is on the disk; 1 and 2 are written behind `end`, but no sync ends. */
async function diskWithUnsyncedBatch(): Promise<{ disk: MemoryDisk; end: number }> {
  const disk = new MemoryDisk();
  const engine = await TestEngine.open(disk);
  await engine.enqueue('q', body(0));
  const { end } = lastSegment(disk);
  disk.heldSyncs = [];
  void Promise.all([engine.enqueue('q', body(1)), engine.enqueue('q', body(2))]);
  await turns(() => lastSegment(disk).end > end);
  return { disk, end };
}

/** What a start on a copy of the disk finds. */
async function contentsOf(disk: MemoryDisk): Promise<string[]> {
  const engine = await TestEngine.open(disk.kill());
  const found = await engine.drain('q');
  await engine.close();
  return found;
}

/** Name and content of the segment that was written to last; where its records end. */
function lastSegment(disk: MemoryDisk): { name: string; bytes: Buffer; end: number } {
  const name = disk
    .files()
    .filter((file) => readSegmentHeader(blockOf(disk, file)) !== undefined)
    .at(-1)!;
  const bytes = disk.contents(name);
  let end = bytes.length;
  while (bytes[end - 1] === 0) end--;
  return { name, bytes, end: (end + 7) & ~7 };
}

function blockOf(disk: MemoryDisk, name: string): Block {
  const bytes = disk.contents(name);
  const block = new Block(0, bytes.length, Number.parseInt(name, 10));
  bytes.copy(block.bytes);
  block.used = bytes.length;
  return block;
}

describe('a torn tail', () => {
  it('is cut off wherever it is torn, and writing goes on in its place', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    for (const text of bodies(0, 5)) await engine.enqueue('q', text);
    const { end: synced } = lastSegment(disk);
    // Two at once wait for a sync together, which does not come.
    disk.heldSyncs = [];
    const late = bodies(5, 7).map((text) => engine.enqueue('q', text));
    await turns(() => lastSegment(disk).end > synced);
    const { end } = lastSegment(disk);
    expect(end).toBeGreaterThan(synced + 2000);

    await fc.assert(
      fc.asyncProperty(fc.integer({ min: synced, max: end - 1 }), async (cut) => {
        const crashed = disk.kill();
        const { bytes, name } = lastSegment(crashed);
        bytes.fill(0, cut, end);
        const restarted = await TestEngine.open(crashed);
        await restarted.enqueue('q', body(100));
        expect(lastSegment(crashed).name).toBe(name);
        const found = await contentsOf(crashed);
        // The one that was torn is not there; the one before it may be.
        expect([5, 6]).toContain(found.length - 1);
        expect(found).toEqual([...bodies(0, found.length - 1), body(100)]);
        await restarted.close();
      }),
      { numRuns: 60 },
    );
    disk.releaseSyncs();
    await Promise.all(late);
    await engine.close();
  });

  it('never comes back, though later starts see it again', async () => {
    const { disk, end } = await diskWithUnsyncedBatch();
    let crashed = disk.kill();
    // The first of the two is torn, the second one is whole.
    crashed.contents(lastSegment(crashed).name)[end + 200] ^= 1;
    for (let start = 0; start < 3; start++) {
      const restarted = await TestEngine.open(crashed);
      expect(restarted.engine.recovered.messages).toBe(1 + start);
      await restarted.enqueue('q', body(10 + start));
      crashed = crashed.kill();
    }
    expect(await contentsOf(crashed)).toEqual([body(0), body(10), body(11), body(12)]);
  });
});

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

it('takes nothing for its own that an earlier start wrote to a segment of the same number', async () => {
  const disk = new MemoryDisk();
  const engine = await TestEngine.open(disk, { sync: 'never' });
  // The power goes before the segment's first sector is on the disk; all behind it is.
  let seen: MemoryDisk | undefined;
  disk.onChange = () => {
    const { name, end } = lastSegment(disk);
    if (name === '0000000002.journal' && end > 1000) seen ??= disk.kill();
  };
  const before: string[] = [];
  for (; seen === undefined; before.push(body(before.length))) {
    await engine.enqueue('q', body(before.length));
  }
  before.pop();
  const crashed = seen as MemoryDisk;
  crashed.contents('0000000002.journal').fill(0, 0, 512);
  const restarted = await TestEngine.open(crashed);
  for (let i = 0; i < 10; i++) {
    await restarted.enqueue('q', body(200 + i));
    expect(lastSegment(crashed).name).toBe('0000000002.journal');
    expect(await contentsOf(crashed)).toEqual([...before, ...bodies(200, 201 + i)]);
  }
  await restarted.close();
  await engine.close();
});

it('goes on in the segment before one that had its header only, which is then forgotten', async () => {
  const disk = new MemoryDisk();
  const engine = await TestEngine.open(disk);
  let seen: MemoryDisk | undefined;
  disk.onChange = () => {
    if (lastSegment(disk).name === '0000000002.journal') seen ??= disk.kill();
  };
  const before: string[] = [];
  for (; seen === undefined; before.push(body(before.length))) await engine.enqueue('q', body(before.length));
  before.pop();
  const crashed = seen as MemoryDisk;
  const restarted = await TestEngine.open(crashed);
  // It fits into what the first segment has left.
  await restarted.enqueue('q', 'small');
  expect(lastSegment(crashed).name).toBe('0000000001.journal');
  expect(await contentsOf(crashed)).toEqual([...before, 'small']);
  await restarted.enqueue('q', body(500));
  expect(await contentsOf(crashed)).toEqual([...before, 'small', body(500)]);
  await restarted.close();
  await engine.close();
});

it('takes no batch for one that was written behind an end that an earlier start has found', async () => {
  const disk = new MemoryDisk();
  const engine = await TestEngine.open(disk);
  await engine.enqueue('q', body(0, 500));
  const { end, name } = lastSegment(disk);
  // Three batches of the same size, none of which is synced; the first one is torn.
  disk.heldSyncs = [];
  for (let i = 1; i < 4; i++) {
    void engine.enqueue('q', body(i, 500));
    await turns(() => lastSegment(disk).end > end + (i - 1) * 604);
  }
  const crashed = disk.kill();
  crashed.contents(name)[end + 200] ^= 1;
  const restarted = await TestEngine.open(crashed);
  // In its place comes one of that size: what follows it are whole batches of this very segment.
  await restarted.enqueue('q', body(9, 500));
  expect(await contentsOf(crashed)).toEqual([body(0, 500), body(9, 500)]);
  await restarted.close();
});

it('brings to the disk what it finds, before it goes on behind it', async () => {
  const { disk } = await diskWithUnsyncedBatch();
  const killed = disk.kill();
  const restarted = await TestEngine.open(killed);
  await restarted.enqueue('q', body(3));
  expect(await contentsOf(killed.powerCut(() => 0.9))).toEqual(bodies(0, 4));
  await restarted.close();
});

it('gives no token out again that a power cut has made it forget', async () => {
  const disk = new MemoryDisk();
  const engine = await TestEngine.open(disk);
  await engine.enqueue('q', body(0));
  const before = await engine.reserve('q', { mode: 'lease', leaseMs: 60_000 });
  const restarted = await TestEngine.open(disk.powerCut(() => 0.9));
  const after = await restarted.reserve('q', { mode: 'lease', leaseMs: 60_000 });
  expect(after?.token).toBeGreaterThan(before!.token);
  expect(await restarted.complete(before!.token)).toBe(false);
  await restarted.close();
  await engine.close();
});

it('goes on with the next id after a clean stop, and far behind it after a crash', async () => {
  const disk = new MemoryDisk();
  let engine = await TestEngine.open(disk);
  const first = await engine.enqueue('q', body(0));
  await engine.close();
  engine = await TestEngine.open(disk);
  expect(await engine.enqueue('q', body(1))).toBe(first + 1);
  const crashed = await TestEngine.open(disk.kill());
  expect(await crashed.enqueue('q', body(2))).toBeGreaterThan(first + 1000);
  await crashed.close();
  await engine.close();
});

it('refuses a format that is newer than its own', async () => {
  const disk = await diskWith(3);
  const block = blockOf(disk, '0000000001.journal');
  writeSegmentHeader(block, { ...readSegmentHeader(block)!, version: FORMAT_VERSION + 1 });
  block.bytes.copy(disk.contents('0000000001.journal'));
  await expect(TestEngine.open(disk)).rejects.toThrow(/has format 4; this version reads up to 3/);
});

describe('a recycled segment', () => {
  /** Goes through segments until a used file has become the next one, and on, until `isEnough`. */
  async function recycle(engine: TestEngine, disk: MemoryDisk, text: string): Promise<void> {
    const used = () => lastSegment(disk).bytes;
    for (
      let i = 0;
      used()
        .subarray(SEGMENT - 4096)
        .every((byte) => byte === 0);
      i++
    ) {
      await engine.enqueue('churn', text);
      await engine.take('churn');
      expect(i).toBeLessThan(5000);
    }
  }

  it('gives no old record back, however much of it has been written again', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    await recycle(engine, disk, body(0, 700));
    const kept: string[] = [];
    for (let i = 0; i < 200; i++) {
      kept.push(body(i, 50 + ((i * 31) % 300)));
      await engine.enqueue('q', kept[i]);
      if (i % 20 > 0) continue;
      const restarted = await TestEngine.open(disk.kill());
      expect(await restarted.drain('churn')).toEqual([]);
      expect(await restarted.drain('q')).toEqual(kept);
      await restarted.close();
    }
    await engine.close();
  });

  it('takes no body for a record, whatever a client puts into it', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    for (const text of bodies(0, 5)) await engine.enqueue('q', text);
    // All that a client can know: the format, and which segment may come.
    const forged: Buffer[] = [];
    for (let segment = 1; segment <= 40; segment++) {
      const block = new Block(0, 64, segment, { seed: 0, mark: 0xba7c_4ead });
      writeBatchHeader(block, 0, { length: 64, syncedSegment: segment, syncedOffset: SEGMENT, time: 0 });
      for (const [index, type] of (['drop', 'purge'] as const).entries()) {
        const event = fill(new Event(), { type, queue: 0 });
        writeEvent(block, 32 + index * QUEUE_EVENT_SIZE, event);
        sealEvent(block, 32 + index * QUEUE_EVENT_SIZE, event);
      }
      expect(block.words[8]).toBe(crc32(block.bytes.subarray(36, 48), segment));
      forged.push(block.bytes);
    }
    await recycle(engine, disk, Buffer.concat(forged).toString('latin1'));
    for (let i = 5; i < 40; i++) {
      await engine.enqueue('q', body(i, 16 * i));
      await engine.take('nothing');
      expect((await contentsOf(disk)).length).toBe(i + 1);
    }
    await engine.close();
  });
});

it('keeps what was stored and gives nothing twice, at whatever moment the power goes', async () => {
  const disk = new MemoryDisk();
  const engine = await TestEngine.open(disk, { cacheSize: 2 * SEGMENT });
  const sent: string[] = [];
  const stored = new Set<string>();
  /** Bodies that a take may have removed. */
  const asked = new Set<string>();
  const moments: { disk: MemoryDisk; stored: Set<string>; asked: Set<string> }[] = [];
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 48271) >>> 0) % 0x7fff_ffff;
    return seed / 0x7fff_ffff;
  };
  disk.onChange = () => {
    disk.onChange = undefined;
    if (random() < 0.5) {
      moments.push({ disk: disk.powerCut(random), stored: new Set(stored), asked: new Set(asked) });
    }
    disk.onChange = capture;
  };
  const capture = disk.onChange;
  for (let i = 0; i < 260; i++) {
    const text = body(i, 20 + ((i * 7919) % 4000));
    sent.push(text);
    // Now and then two under way at once.
    const storing = engine.enqueue('q', text).then(() => stored.add(text));
    if (i % 5 > 0) await storing;
    if (i % 8 > 0) continue;
    // Everything but the oldest message goes, so that its segment has to be cleaned.
    const oldest = await engine.reserve('q');
    for (let k = 0; k < 7; k++) {
      const next = await engine.peek('q');
      if (next === undefined) break;
      asked.add(next.body.toString('latin1', next.start, next.end));
      await engine.take('q');
    }
    if (oldest !== undefined) await engine.release(oldest.token, 'return');
  }
  expect(engine.detail('journal_freed_segments')).toBeGreaterThan(3);
  disk.onChange = undefined;

  expect(moments.length).toBeGreaterThan(200);
  for (const moment of moments) {
    const found = await contentsOf(moment.disk);
    const isThere = new Set(found);
    expect(isThere.size).toBe(found.length);
    expect(found.filter((text) => !sent.includes(text))).toEqual([]);
    expect([...moment.stored].filter((text) => !isThere.has(text) && !moment.asked.has(text))).toEqual([]);
    expect(found).toEqual(sent.filter((text) => isThere.has(text)));
  }
  await engine.close();
});

describe('the data directory', () => {
  it('belongs to one server at a time: a second one ends with 75', async () => {
    await using server = await startServer();
    const args = [SERVER_BINARY, '-p', '0', '-d', server.dataDir];
    const second = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    second.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    const [code] = await once(second, 'close');
    expect([code, errors]).toEqual([75, expect.stringContaining('is in use by another memq-server')]);
    await server.kill();
    // The kernel has dropped the lock of the one that was killed.
    await server.start();
  });
});

it('a start goes on no further than the header says, however long the file is by now', async () => {
  const disk = new MemoryDisk();
  const first = await TestEngine.open(disk);
  await first.enqueue('q', 'job');
  const grown = disk.kill();
  const [name] = grown.segments() as [string];
  const capacity = grown.contents(name).readUInt32LE(28);
  const file = grown.open(`/data/${name}`, false);
  file.write(Buffer.alloc(capacity), capacity);
  const second = await TestEngine.open(grown);
  for (let i = 0; i < 100; i++) await second.enqueue('q', body(i));
  const behind = Buffer.alloc(capacity);
  file.read(behind, capacity);
  file.close();
  expect(behind.every((byte) => byte === 0)).toBe(true);
  await Promise.all([first.close(), second.close()]);
});
