import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { turn } from '../server/engine/local/turn.ts';
import { DiskError, DiskFullError } from '../shared/errors.ts';
import { TestEngine, turns } from './helpers/local-engine.ts';
import { MemoryDisk } from './helpers/memory-disk.ts';
import { startServer } from './helpers/server.ts';
import { TextClient } from './helpers/text-client.ts';

const SEGMENT = 64 * 1024;
const BLOCK = 256 * 1024;

afterEach(() => {
  vi.useRealTimers();
});

/** A body of its own for every number. */
function body(number: number, length = 1000): string {
  return `${number}:`.padEnd(length, String.fromCharCode(97 + (number % 26)));
}

/** Stores messages until one is refused; how many were stored, and why no more. */
async function fill(engine: TestEngine, length?: number): Promise<{ stored: number; problem: unknown }> {
  for (let stored = 0; ; stored++) {
    try {
      await engine.enqueue('q', body(stored, length));
    } catch (problem) {
      return { stored, problem };
    }
  }
}

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
    expect(disk.files().length).toBeGreaterThan(6);
    await engine.close();
    engine = await TestEngine.open(disk);
    expect((await engine.drain('q')).length).toBe(400);
    await turns(() => disk.files().length <= 2);
    expect(disk.files().length).toBeLessThanOrEqual(2);
    await engine.enqueue('q', body(400));
    engine = await TestEngine.open(disk.kill());
    expect(await engine.drain('q')).toEqual([body(400)]);
    await engine.close();
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
    await engine.take('q');
    for (let i = 0; i < 200; i++) {
      await engine.enqueue('q', body(i));
      await engine.take('q');
    }
    expect(disk.totalBytes).toBeLessThanOrEqual(5 * SEGMENT);
    await engine.close();
  });
});

describe('a message larger than a segment', () => {
  it.each([
    ['on disk', '/data'],
    ['in memory', undefined],
  ])('is stored and read like any other, %s', async (_, directory) => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk, { directory });
    const lengths = [SEGMENT - 200, SEGMENT, 5 * SEGMENT, 10, 3 * SEGMENT];
    await Promise.all(lengths.map((length, i) => engine.enqueue('q', body(i, length))));
    if (directory !== undefined) {
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

describe('a full disk', () => {
  it('refuses new messages only; what is there is read and done with, and that makes room again', async () => {
    const disk = new MemoryDisk();
    disk.capacity = 5 * SEGMENT;
    const engine = await TestEngine.open(disk);
    const { stored, problem } = await fill(engine);
    expect(problem).toBeInstanceOf(DiskFullError);
    expect((problem as Error).message).toBe('the disk is full');
    expect(stored).toBeGreaterThan(200);

    // Three ways to be done with a message.
    expect(await engine.takeText('q')).toBe(body(0));
    const opened = await engine.reserve('q');
    expect(await engine.complete(opened!.token)).toBe(true);
    const failed = await engine.reserve('q');
    expect(await engine.fail(failed!.token, 'no')).toBe(true);
    for (let i = 3; i < stored; i++) expect(await engine.takeText('q')).toBe(body(i));

    await turns(() => engine.detail('journal_segments') === 1);
    await engine.enqueue('q', body(stored));
    expect(await engine.takeText('q')).toBe(body(stored));
    await engine.close();
  });

  it('is tried again by itself', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const disk = new MemoryDisk();
    disk.capacity = 3 * SEGMENT;
    const engine = await TestEngine.open(disk);
    const { stored } = await fill(engine);
    disk.capacity = Number.POSITIVE_INFINITY;
    await expect(engine.enqueue('q', body(0))).rejects.toThrow(DiskFullError);
    vi.advanceTimersByTime(1000);
    let isStored = false;
    for (let attempt = 0; attempt < 1000 && !isStored; attempt++) {
      isStored = await engine.enqueue('q', body(stored)).then(
        () => true,
        () => false,
      );
      await turn();
    }
    expect(isStored).toBe(true);
    expect((await engine.drain('q')).length).toBe(stored + 1);
    await engine.close();
  });

  it('keeps what acknowledges waiting when even that has no room, and refuses what can be refused', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const disk = new MemoryDisk();
    disk.capacity = 2 * SEGMENT;
    const engine = await TestEngine.open(disk);
    // The smallest messages: their ends take more than the room that is kept for them.
    const { stored } = await fill(engine, 10);
    const tokens: number[] = [];
    for (;;) {
      const opened = await engine.reserve('q').catch((error: unknown) => error);
      if (opened instanceof DiskFullError) break;
      tokens.push((opened as { token: number }).token);
    }
    expect(tokens.length).toBeGreaterThan(100);
    const answers = tokens.map((token) => engine.complete(token));
    await expect(engine.take('q')).rejects.toThrow(DiskFullError);
    await expect(engine.purge('q')).rejects.toThrow(DiskFullError);
    expect((await engine.peek('q'))?.attempt).toBe(1);

    disk.capacity = Number.POSITIVE_INFINITY;
    vi.advanceTimersByTime(1000);
    expect(await Promise.all(answers)).toEqual(tokens.map(() => true));
    expect((await engine.drain('q')).length).toBe(stored - tokens.length);
    await engine.close();
  });

  it('takes nothing from a spare that is ready: what fits into that is stored', async () => {
    const disk = new MemoryDisk();
    disk.capacity = 4 * SEGMENT;
    const engine = await TestEngine.open(disk);
    await engine.enqueue('q', body(0, SEGMENT / 2));
    await turns(() => disk.files().length === 2);
    await expect(engine.enqueue('q', body(1, 8 * SEGMENT))).rejects.toThrow(DiskFullError);
    await engine.enqueue('q', body(2, SEGMENT / 2));
    expect(await engine.drain('q')).toEqual([body(0, SEGMENT / 2), body(2, SEGMENT / 2)]);
    await engine.close();
  });

  it('refuses a start that finds no room for a segment, with 75, and leaves things as they are', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    await engine.enqueue('q', body(0));
    const crashed = disk.kill();
    crashed.capacity = crashed.totalBytes + 1000;
    await expect(TestEngine.open(crashed)).rejects.toMatchObject({ code: 'DISK_FULL', exitCode: 75 });
    crashed.capacity = Number.POSITIVE_INFINITY;
    const restarted = await TestEngine.open(crashed);
    expect(await restarted.drain('q')).toEqual([body(0)]);
    await restarted.close();
    await engine.close();
  });
});

describe('a failed disk', () => {
  it.each(['writeError', 'syncError'] as const)(
    '(%s) acknowledges nothing any more, for ever; peek and stats go on; a restart has what was stored',
    async (which) => {
      const disk = new MemoryDisk();
      const engine = await TestEngine.open(disk);
      await engine.enqueue('q', body(0));
      await engine.enqueue('q', body(1));
      const opened = await engine.reserve('q');
      disk[which] = new Error('the cable came loose');
      await expect(engine.enqueue('q', body(2))).rejects.toThrow(
        /journal segment 1 failed: the cable came loose/,
      );
      disk[which] = undefined;
      await expect(engine.enqueue('q', body(3))).rejects.toThrow(DiskError);
      await expect(engine.take('q')).rejects.toThrow(DiskError);
      await expect(engine.reserve('q')).rejects.toThrow(DiskError);
      await expect(engine.complete(opened!.token)).rejects.toThrow(DiskError);
      await expect(engine.release(opened!.token, true)).rejects.toThrow(DiskError);
      await expect(engine.fail(opened!.token, 'no')).rejects.toThrow(DiskError);
      await expect(engine.purge()).rejects.toThrow(DiskError);
      await expect(engine.drop('q')).rejects.toThrow(DiskError);
      await expect(engine.retryFailed('q')).rejects.toThrow(DiskError);
      const peeked = await engine.peek('q');
      expect(peeked?.body.toString('latin1', peeked.start, peeked.end)).toBe(body(1));
      expect(engine.engine.queueStats('q')).toMatchObject({ reserved: 1 });
      expect(engine.engine.stats().details.get('journal_failure')).toContain('the cable came loose');
      await engine.close();
      const restarted = await TestEngine.open(disk.kill());
      // What was refused may be there all the same: nobody knows how much of it the disk got.
      expect((await restarted.drain('q')).slice(0, 2)).toEqual([body(0), body(1)]);
      await restarted.close();
    },
  );

  it('tells all who wait for the same sync', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    disk.heldSyncs = [];
    const stored = [1, 2, 3].map((i) => engine.enqueue('q', body(i)).catch((error: Error) => error));
    await turns(() => disk.heldSyncs?.length === 1);
    disk.syncError = new Error('EIO');
    disk.releaseSyncs();
    for (const answer of await Promise.all(stored)) expect(answer).toBeInstanceOf(DiskError);
    await engine.close();
  });

  it('that cannot prepare a segment refuses new messages only', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    vi.spyOn(disk, 'open').mockImplementation(() => {
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    });
    const { stored, problem } = await fill(engine);
    expect(problem).toBeInstanceOf(DiskError);
    expect((problem as Error).message).toContain('too many open files');
    expect((await engine.drain('q')).length).toBe(stored);
    await engine.close();
  });
});

describe('--sync', () => {
  it('never answers when the system has it, and syncs only where a segment ends', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk, { sync: 'never' });
    disk.heldSyncs = [];
    for (let i = 0; i < 20; i++) await engine.enqueue('q', body(i));
    expect(disk.heldSyncs).toEqual([]);
    const killed = await TestEngine.open(disk.kill());
    expect((await killed.drain('q')).length).toBe(20);
    await killed.close();
    const cut = await TestEngine.open(disk.powerCut(() => 0.9));
    expect(await cut.drain('q')).toEqual([]);
    await cut.close();
    disk.releaseSyncs();
    for (let i = 20; i < 200; i++) await engine.enqueue('q', body(i));
    const later = await TestEngine.open(disk.powerCut(() => 0.9));
    expect((await later.drain('q')).length).toBeGreaterThan(100);
    await later.close();
    await engine.close();
  });

  it('interval syncs now and then', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk, { sync: 'interval', syncIntervalMs: 200 });
    for (let i = 0; i < 5; i++) await engine.enqueue('q', body(i));
    const before = await TestEngine.open(disk.powerCut(() => 0.9));
    expect(await before.drain('q')).toEqual([]);
    await before.close();
    vi.advanceTimersByTime(200);
    await turns(() => false);
    const after = await TestEngine.open(disk.powerCut(() => 0.9));
    expect((await after.drain('q')).length).toBe(5);
    await after.close();
    await engine.close();
  });

  it('always answers a set only when the disk has it, and a take already when the system has', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    await engine.enqueue('q', body(0));
    disk.heldSyncs = [];
    let stored = 0;
    const sets = [1, 2].map((i) => engine.enqueue('q', body(i)).then(() => stored++));
    await turns(() => disk.heldSyncs?.length === 1);
    expect(await engine.takeText('q')).toBe(body(0));
    expect(stored).toBe(0);
    disk.releaseSyncs();
    await Promise.all(sets);
    expect(stored).toBe(2);
    await engine.close();
  });
});

describe('--memory', () => {
  it('gives the memory of what was taken back', async () => {
    const engine = await TestEngine.open(new MemoryDisk(), { directory: undefined });
    await engine.enqueue('old', body(0));
    for (let i = 0; i < 3000; i++) {
      await engine.enqueue('q', body(i));
      expect(await engine.takeText('q')).toBe(body(i));
    }
    expect(engine.detail('cache_bytes')).toBeLessThanOrEqual(6 * SEGMENT);
    expect(await engine.takeText('old')).toBe(body(0));
    await engine.close();
  });

  it('writes nothing to any directory', async () => {
    await using server = await startServer({ args: ['--memory'] });
    using client = await TextClient.connect(server.port);
    expect(await client.set('q', 'hello')).toBe('STORED');
    expect(await client.getText('q')).toBe('hello');
    expect(readdirSync(server.dataDir)).toEqual([]);
  });
});

describe('the cache', () => {
  it('keeps no more of the journal in memory than it was told, whoever stores one by one', async () => {
    const engine = await TestEngine.open(new MemoryDisk(), { segmentSize: 4 * BLOCK, cacheSize: 2 * BLOCK });
    for (let i = 0; i < 4000; i++) await engine.enqueue('q', body(i));
    expect(engine.detail('journal_bytes')).toBeGreaterThan(15 * BLOCK);
    expect(engine.detail('cache_bytes')).toBeLessThanOrEqual(3 * BLOCK);
    await engine.close();
  });

  it('never takes what was read ahead for what has been written there since', async () => {
    const engine = await TestEngine.open(new MemoryDisk(), { segmentSize: 16 * BLOCK, cacheSize: 3 * BLOCK });
    let stored = 0;
    const store = async (queue: string, count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await engine.enqueue(queue, body(stored++));
    };
    await store('first', 200);
    await store('second', 500);
    // Out of memory by now; reading one of them reads on, up to where the journal ends at the moment.
    await store('third', 200);
    for (let i = 0; i < 500; i++) {
      expect(await engine.takeText('second')).toBe(body(200 + i));
      await store('fourth', 1);
    }
    for (let i = 0; i < 500; i++) expect(await engine.takeText('fourth')).toBe(body(900 + i));
    await engine.close();
  });

  it('knows what is stored and taken in one turn, where it has read ahead before', async () => {
    const disk = new MemoryDisk();
    disk.readsEarly = true;
    const engine = await TestEngine.open(disk, { segmentSize: 16 * BLOCK, cacheSize: 2 * BLOCK });
    for (let i = 0; i < 540; i++)
      await engine.enqueue(i < 430 ? 'early' : i < 440 ? 'late' : 'last', body(i));
    // The third block is being written. Reading from the first one makes the second one leave the memory;
    // what is read then goes on into the third.
    expect(await engine.takeText('early')).toBe(body(0));
    expect(await engine.takeText('late')).toBe(body(430));
    expect(await engine.takeText('late')).toBe(body(431));
    const [, taken] = await Promise.all([engine.enqueue('new', body(540)), engine.takeText('new')]);
    expect(taken).toBe(body(540));
    await engine.close();
  });

  it('answers an open read of what has to be loaded though nothing else happens', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    await engine.enqueue('q', body(0));
    const restarted = await TestEngine.open(disk.kill());
    let isAnswered = false;
    void restarted.reserve('q').then(() => {
      isAnswered = true;
    });
    await turns(() => isAnswered);
    expect(isAnswered).toBe(true);
    await restarted.close();
    await engine.close();
  });

  it('answers a read whose queue is dropped while its message is loaded', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk);
    await engine.enqueue('q', body(0));
    const restarted = await TestEngine.open(disk.kill());
    const [taken, dropped] = await Promise.all([restarted.take('q'), restarted.drop('q')]);
    expect([taken, dropped]).toEqual([undefined, true]);
    await restarted.close();
    await engine.close();
  });
});
