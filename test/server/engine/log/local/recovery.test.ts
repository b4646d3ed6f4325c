import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FORMAT_VERSION,
  readSegmentHeader,
  writeSegmentHeader,
} from '../../../../../server/engine/log/codec/headers.ts';
import { body, TestEngine, turns } from '../../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../../helpers/memory-disk.ts';
import { SERVER_BINARY, startServer } from '../../../../helpers/server.ts';
import { blockOf, bodies, contentsOf, diskWith, lastSegment, SEGMENT } from './left-disks.ts';

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
  await expect(TestEngine.open(disk)).rejects.toThrow(/has format 5; this version reads up to 4/);
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
