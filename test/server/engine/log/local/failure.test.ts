import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { turn } from '../../../../../server/engine/turn.ts';
import { DiskError, DiskFullError } from '../../../../../shared/errors.ts';
import { fakeTimers } from '../../../../helpers/fake-timers.ts';
import { body, TestEngine, turns } from '../../../../helpers/local-engine.ts';
import { MemoryDisk } from '../../../../helpers/memory-disk.ts';

const SEGMENT = 64 * 1024;
/** What else the log takes. */
const BOUNDS = 8192;

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

describe('a full disk', () => {
  it('refuses new messages only; what is there is read and done with, and that makes room again', async () => {
    const disk = new MemoryDisk();
    disk.capacity = 5 * SEGMENT + BOUNDS;
    const engine = await TestEngine.open(disk);
    const { stored, problem } = await fill(engine);
    expect(problem).toBeInstanceOf(DiskFullError);
    expect((problem as Error).message).toBe('the disk is full');
    expect(stored).toBeGreaterThan(180);
    // What did not become a segment takes no room from others.
    expect(disk.segments().length).toBe(5);

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
    fakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const disk = new MemoryDisk();
    disk.capacity = 3 * SEGMENT + BOUNDS;
    const engine = await TestEngine.open(disk);
    const { stored } = await fill(engine);
    disk.capacity = Number.POSITIVE_INFINITY;
    await expect(engine.enqueue('q', body(0))).rejects.toThrow(DiskFullError);
    vi.advanceTimersByTime(1000);
    await turns(() => disk.segments().length === 4);
    expect(disk.segments().length).toBe(4);
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

  it.each([
    ['in their order', 3, ['a', 'b']],
    ['the youngest first', 3, ['b', 'a']],
    ['the youngest first, with little room', 2, ['b', 'a']],
  ])('has room for the end of all messages, of the smallest and %s', async (_, segments, order) => {
    const disk = new MemoryDisk();
    disk.capacity = segments * 8 * SEGMENT + BOUNDS;
    const engine = await TestEngine.open(disk, { segmentSize: segments * 2 * SEGMENT });
    const counts: Record<string, number> = { a: 0, b: 0 };
    const store = (queue: string) =>
      engine.enqueue(queue, '').then(
        () => {
          counts[queue]++;
          return true;
        },
        (problem: unknown) => {
          expect(problem).toBeInstanceOf(DiskFullError);
          return false;
        },
      );
    // As dense as they can be.
    const storeMany = (queue: string) => Promise.all(Array.from({ length: 50 }, () => store(queue)));
    while (counts.a < 2000) await storeMany('a');
    for (let isFull = false; !isFull; ) isFull = (await storeMany('b')).includes(false);
    for (const queue of order) {
      for (let count = 0; count < counts[queue]; count++) {
        const opened = await engine.reserve(queue);
        if (count % 7 > 0) expect(await engine.complete(opened!.token)).toBe(true);
        else {
          // Takes room, and gives none.
          expect(await engine.release(opened!.token, 'return')).toBe(true);
          expect(await engine.take(queue)).toBeDefined();
        }
      }
      expect(await engine.take(queue)).toBeUndefined();
    }
    await engine.enqueue('q', body(0));
    if (order[0] === 'b') expect(engine.detail('journal_moved_bytes')).toBeGreaterThan(0);
    await engine.close();
  });

  it('has its room used up where cleaning would give none, and takes what is left to have more', async () => {
    const disk = new MemoryDisk();
    disk.capacity = 20 * SEGMENT + BOUNDS;
    const engine = await TestEngine.open(disk);
    // Two to a segment, and a third of it is lost.
    const text = (index: number) => body(index, 0.35 * SEGMENT);
    let stored = 0;
    const isStored = (): Promise<boolean> =>
      engine.enqueue('q', text(stored)).then(
        () => true,
        () => false,
      );
    while (await isStored()) stored++;
    for (let count = 0; count < 50; count++) {
      const opened = await engine.reserve('q');
      expect(await engine.release(opened!.token, 'return')).toBe(true);
    }
    expect(engine.detail('journal_moved_bytes')).toBeLessThan(2 * SEGMENT);
    expect(await engine.drain('q')).toEqual(Array.from({ length: stored }, (_, index) => text(index)));
    await engine.close();
  });

  it('keeps what acknowledges waiting when even that has no room, and refuses what can be refused', async () => {
    fakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const disk = new MemoryDisk();
    // No second segment, so that none can be freed.
    disk.capacity = SEGMENT + BOUNDS;
    const engine = await TestEngine.open(disk);
    const { stored } = await fill(engine, 10);
    const tokens: number[] = [];
    while (tokens.length < 20) tokens.push((await engine.reserve('q'))!.token);
    const toggle = () => engine.pause('other').then(() => engine.resume('other'));
    for (let problem: unknown; problem === undefined; ) {
      problem = await toggle().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (problem !== undefined) expect(problem).toBeInstanceOf(DiskFullError);
    }
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
    disk.capacity = 4 * SEGMENT + BOUNDS;
    const engine = await TestEngine.open(disk);
    await engine.enqueue('q', body(0, SEGMENT / 2));
    await turns(() => disk.segments().length === 2);
    await expect(engine.enqueue('q', body(1, 8 * SEGMENT))).rejects.toThrow(DiskFullError);
    await engine.enqueue('q', body(2, SEGMENT / 2));
    expect(await engine.drain('q')).toEqual([body(0, SEGMENT / 2), body(2, SEGMENT / 2)]);
    await engine.close();
  });

  it.each([
    ['as they were stored', 100, 50, false],
    ['as they were stored', 3000, 1, false],
    ['after a restart', 100, 50, true],
    ['after a restart', 12_000, 1, true],
  ])(
    'lets all be leased and then be done with, %s: of %i bytes, in %i queues',
    async (_, length, queues, restarts) => {
      const disk = new MemoryDisk();
      disk.capacity = 11 * SEGMENT + BOUNDS;
      let engine = await TestEngine.open(disk);
      const stored: string[] = [];
      for (let isFull = false; !isFull; ) {
        const queue = `q${stored.length % queues}`;
        isFull = await engine.enqueue(queue, body(stored.length, length)).then(
          () => stored.push(queue) === 0,
          () => true,
        );
      }
      expect(stored.length * length).toBeGreaterThan(3 * SEGMENT);
      if (restarts) engine = await TestEngine.open(disk.kill());
      const lease = { mode: 'lease', leaseMs: 600_000, holder: 'somebody at work' } as const;
      const tokens: number[] = [];
      while (tokens.length < stored.length) {
        const some = stored.slice(tokens.length, tokens.length + 500);
        const leased = await Promise.all(some.map((queue) => engine.reserve(queue, lease)));
        tokens.push(...leased.map((delivery) => delivery?.token as number));
      }
      for (const token of tokens) expect(await engine.complete(token)).toBe(true);
      await engine.enqueue('q', body(0));
      await engine.close();
    },
  );

  it('is no hindrance to any number of starts, by whatever end and wherever it has become full', async () => {
    for (let more = 0; more < SEGMENT; more += 7001) {
      let disk = new MemoryDisk();
      disk.capacity = 6 * SEGMENT + BOUNDS + more;
      let engine = await TestEngine.open(disk);
      const { stored } = await fill(engine);
      await engine.reserve('q');
      disk.capacity = disk.totalBytes;
      let next = 0;
      for (let start = 0; start < 10; start++) {
        if (start % 2 === 0) disk = disk.kill();
        else {
          await engine.close();
          disk = disk.kill();
        }
        engine = await TestEngine.open(disk);
        for (let count = 0; count < 10; count++) expect(await engine.takeText('q')).toBe(body(next++));
        await engine.reserve('q');
      }
      engine = await TestEngine.open(disk.kill());
      const rest = await engine.drain('q');
      expect(rest).toEqual(Array.from({ length: stored - next }, (_, i) => body(next + i)));
      await engine.enqueue('q', body(0));
      await engine.close();
    }
  });

  it('refuses a start on a log of an earlier version, with 75 and what it needs, and leaves things as they are', async () => {
    const sample = join(import.meta.dirname, '../../../../samples/lifecycle-2');
    const disk = new MemoryDisk();
    for (const name of readdirSync(sample)) disk.open(name, true).write(readFileSync(join(sample, name)), 0);
    disk.syncDirectory('');
    disk.capacity = disk.totalBytes + 10_000;
    const refusal = {
      code: 'DISK_FULL',
      exitCode: 75,
      message: expect.stringMatching(/room for a file of 65536 bytes/),
    };
    await expect(TestEngine.open(disk.kill())).rejects.toMatchObject(refusal);
    disk.capacity = Number.POSITIVE_INFINITY;
    const restarted = await TestEngine.open(disk);
    expect(await restarted.drain('resumed')).toEqual(['goes on']);
    await restarted.close();
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
      await expect(engine.release(opened!.token, 'abort')).rejects.toThrow(DiskError);
      await expect(engine.fail(opened!.token, 'no')).rejects.toThrow(DiskError);
      await expect(engine.purge()).rejects.toThrow(DiskError);
      await expect(engine.drop('q')).rejects.toThrow(DiskError);
      await expect(engine.retryFailed('q')).rejects.toThrow(DiskError);
      const peeked = await engine.peek('q');
      expect(peeked?.body.toString('latin1', peeked.start, peeked.end)).toBe(body(1));
      expect(engine.statsOf('q')).toMatchObject({ reserved: 1 });
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
