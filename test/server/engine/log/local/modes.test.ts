import { readdirSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { turn } from '../../../../../server/engine/turn.ts';
import { fakeTimers } from '../../../../helpers/fake-timers.ts';
import { body, TestEngine, turns } from '../../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../../helpers/memory-disk.ts';
import { startServer } from '../../../../helpers/server.ts';
import { TextClient } from '../../../../helpers/text-client.ts';

const SEGMENT = 64 * 1024;
const BLOCK = 256 * 1024;

describe('--sync', () => {
  it('never answers when the system has it, and syncs only where a segment ends', async () => {
    const disk = new MemoryDisk();
    const engine = await TestEngine.open(disk, { sync: 'never' });
    disk.heldSyncs = [];
    for (let i = 0; i < 10; i++) await engine.enqueue('q', body(i));
    expect(disk.heldSyncs).toEqual([]);
    const killed = await TestEngine.open(disk.kill());
    expect((await killed.drain('q')).length).toBe(10);
    await killed.close();
    const cut = await TestEngine.open(disk.powerCut(() => 0.9));
    expect(await cut.drain('q')).toEqual([]);
    await cut.close();
    disk.releaseSyncs();
    for (let i = 10; i < 200; i++) await engine.enqueue('q', body(i));
    const later = await TestEngine.open(disk.powerCut(() => 0.9));
    expect((await later.drain('q')).length).toBeGreaterThan(100);
    await later.close();
    await engine.close();
  });

  it('interval syncs now and then', async () => {
    fakeTimers({ toFake: ['setInterval', 'clearInterval'] });
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
    const engine = await TestEngine.openInMemory();
    await engine.enqueue('old', body(0));
    for (let i = 0; i < 3000; i++) {
      await engine.enqueue('q', body(i));
      expect(await engine.takeText('q')).toBe(body(i));
      // Answers do not wait for a turn of the event loop, compaction does.
      await turn();
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
