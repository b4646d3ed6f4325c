import { describe, expect, it, vi } from 'vitest';
import { SegmentFiles } from '../../../../../server/engine/log/local/segment-files.ts';
import { turn } from '../../../../../server/engine/turn.ts';
import { body, TestEngine, turns } from '../../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../../helpers/memory-disk.ts';

const SEGMENT = 64 * 1024;

describe('disk space', () => {
  it('comes back under long load, though one old message stays', async () => {
    const disk = new MemoryDisk();
    let engine = await TestEngine.open(disk);
    await engine.enqueue('old', body(0));
    for (let i = 0; i < 3000; i++) {
      await engine.enqueue('q', body(i));
      expect(await engine.takeText('q')).toBe(body(i));
      expect(disk.totalBytes).toBeLessThanOrEqual(5 * SEGMENT);
    }
    expect(engine.detail('journal_freed_segments')).toBeGreaterThan(40);
    expect(engine.detail('journal_moved_bytes')).toBeGreaterThan(0);
    await engine.close();
    engine = await TestEngine.open(disk);
    expect(await engine.drain('q')).toEqual([]);
    expect(await engine.takeText('old')).toBe(body(0));
    await engine.close();
  });

  it('comes back when a backlog is drained after a restart, which a further restart survives', async () => {
    const disk = new MemoryDisk();
    let engine = await TestEngine.open(disk);
    for (let i = 0; i < 400; i++) await engine.enqueue('q', body(i));
    expect(disk.segments().length).toBeGreaterThan(6);
    await engine.close();
    engine = await TestEngine.open(disk);
    expect((await engine.drain('q')).length).toBe(400);
    await turns(() => disk.segments().length <= 2);
    expect(disk.segments().length).toBeLessThanOrEqual(2);
    await engine.enqueue('q', body(400));
    engine = await TestEngine.open(disk.kill());
    expect(await engine.drain('q')).toEqual([body(400)]);
    await engine.close();
  });

  it('is made in pieces, each on the disk before the next: a sync of another file never waits for all of it', async () => {
    const disk = new MemoryDisk();
    const synced = vi.spyOn(disk, 'sync');
    const sectors: number[] = [];
    synced.mockImplementation((inode, done) => {
      sectors.push(inode.dirty.size);
      inode.persist(inode.dirty.keys(), inode.size);
      inode.dirty.clear();
      done(null);
    });
    await new SegmentFiles(disk, '', 8 * 2 ** 20).prepare(1, 0);
    const all = sectors.reduce((sum, each) => sum + each, 0);
    expect(all).toBeGreaterThan(0);
    expect(Math.max(...sectors)).toBe(all / 8);
    const left = new SegmentFiles(
      disk.powerCut(() => 0.99),
      '',
      8 * 2 ** 20,
    );
    expect(left.sizeOf(1)).toBe(8 * 2 ** 20);
  });

  it('is used again: a freed segment becomes the next one', async () => {
    const disk = new MemoryDisk();
    const renamed = vi.spyOn(disk, 'rename');
    const engine = await TestEngine.open(disk);
    for (let i = 0; i < 1000; i++) {
      await engine.enqueue('q', body(i));
      await engine.take('q');
    }
    expect(renamed.mock.calls.length).toBeGreaterThan(5);
    await engine.close();
  });

  it('is not wasted on a segment that one large message made large', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    await engine.enqueue('q', body(0, 20 * SEGMENT));
    await turns(() => disk.segments().length === 2);
    for (let i = 0; i < 10; i++) await engine.enqueue('q', body(i));
    expect((await engine.drain('q')).length).toBe(11);
    for (let i = 0; i < 200; i++) {
      await engine.enqueue('q', body(i));
      await engine.take('q');
    }
    expect(disk.totalBytes).toBeLessThanOrEqual(5 * SEGMENT);
    await engine.close();
  });
});

it('is left alone once the engine is closed, though there would be something to free', async () => {
  const disk = new MemoryDisk();
  const engine = await TestEngine.open(disk);
  for (let i = 0; i < 400; i++) await engine.enqueue('q', body(i));
  await Promise.all(Array.from({ length: 399 }, () => engine.take('q')));
  await engine.close();
  const changed = vi.fn();
  disk.onChange = changed;
  for (let count = 0; count < 100; count++) await turn();
  expect(changed).not.toHaveBeenCalled();
});

describe('while the next segment is made ready', () => {
  /** An engine whose log has no space until `disk.releaseSyncs`, and how many messages wait in it. */
  async function crowded(
    disk: MemoryDisk,
  ): Promise<{ engine: TestEngine; stored: number; late: Promise<number> }> {
    const engine = await TestEngine.open(disk, { sync: 'never' });
    disk.heldSyncs = [];
    for (let stored = 0; ; stored++) {
      let isStored = false;
      const late = engine.enqueue('q', body(stored));
      late.then(
        () => {
          isStored = true;
        },
        () => {},
      );
      await turn();
      await turn();
      if (!isStored) return { engine, stored, late };
    }
  }

  it('what is done with is acknowledged, and a get does not overtake the set before it', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk, { sync: 'never' });
    await engine.enqueue('opened', body(0));
    const opened = await engine.reserve('opened');
    disk.heldSyncs = [];
    let stored = 0;
    const all: Promise<number>[] = [];
    for (let i = 0; i < 100; i++) {
      all.push(engine.enqueue('q', body(i)));
      void all[i].then(() => stored++);
    }
    const last = engine.enqueue('last', body(100));
    const taken = engine.takeText('last');
    expect(await engine.complete(opened!.token)).toBe(true);
    expect(stored).toBeLessThan(100);
    disk.releaseSyncs();
    await Promise.all([...all, last]);
    expect(await taken).toBe(body(100));
    expect((await engine.drain('q')).length).toBe(100);
    await engine.close();
  });

  it('those who wait are served before those who come later', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    // With its queue it does not fit into the first segment, and fills the second: its end has no room at once.
    const queue = 'n'.repeat(200);
    const large = body(0, SEGMENT - 399);
    const waiting = engine.takeText(queue, { waitMs: 60_000 });
    const stored = engine.enqueue(queue, large);
    const later = engine.takeText(queue);
    expect(await Promise.all([waiting, stored.then(() => 'stored'), later])).toEqual([
      large,
      'stored',
      undefined,
    ]);
    await engine.close();
  });

  it('a reader who goes takes nothing', async () => {
    const disk = new MemoryDisk();
    const { engine, stored, late } = await crowded(disk);
    const answer = vi.fn();
    const done = { resolve: answer, reject: answer };
    const request = {
      queue: 'q',
      mode: 'take',
      failed: false,
      jobId: '',
      leaseMs: 0,
      waitMs: 0,
      watchList: undefined,
      holder: '',
    } as const;
    engine.engine.reserve(request, done);
    engine.engine.abandon(done);
    disk.releaseSyncs();
    await late;
    expect(answer).not.toHaveBeenCalled();
    expect((await engine.drain('q')).length).toBe(stored + 1);
    await engine.close();
  });

  it('a stop refuses what waits for space, and keeps the rest', async () => {
    const disk = new MemoryDisk();
    const { engine, stored, late } = await crowded(disk);
    const closed = engine.close();
    await expect(late).rejects.toThrow('the server is stopping');
    disk.releaseSyncs();
    await closed;
    const restarted = await TestEngine.open(disk.kill());
    expect((await restarted.drain('q')).length).toBe(stored);
    await restarted.close();
  });
});

describe('a message larger than a segment', () => {
  it.each(['on disk', 'in memory'])('is stored and read like any other, %s', async (where) => {
    const disk = new MemoryDisk();
    const engine = await (where === 'on disk' ? TestEngine.open(disk) : TestEngine.openInMemory());
    const lengths = [SEGMENT - 200, SEGMENT, 5 * SEGMENT, 10, 3 * SEGMENT];
    await Promise.all(lengths.map((length, i) => engine.enqueue('q', body(i, length))));
    if (where === 'on disk') {
      const crashed = await TestEngine.open(disk.kill());
      expect(await crashed.drain('q')).toEqual(lengths.map((length, i) => body(i, length)));
      await crashed.close();
    }
    expect(await engine.drain('q')).toEqual(lengths.map((length, i) => body(i, length)));
    await engine.close();
  });

  it('fits at any length near that of a segment, with a new queue of any name', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    for (let i = 0; i < 60; i++) {
      const queue = `${i}`.padEnd(1 + ((i * 67) % 250), 'n');
      const text = body(i, SEGMENT - 600 + i * 10);
      await engine.enqueue(queue, text);
      expect(await engine.takeText(queue)).toBe(text);
    }
    await engine.close();
  });
});
