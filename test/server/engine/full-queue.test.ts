import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { body, TestEngine } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

const MAX_BYTES = 100_000;

let engine: TestEngine;
let policy: Policy;

beforeEach(async () => {
  policy = { ...DEFAULT_POLICY, maxBytes: MAX_BYTES, whenFull: 'drop_oldest' };
  engine = await TestEngine.open(new MemoryDisk(), { policy: () => policy });
});
afterEach(() => engine.close());

/** A job with a result, that has ended. */
async function finish(jobId: string, resultLength: number): Promise<void> {
  await engine.enqueue('q', 'job', { jobId });
  await engine.complete((await engine.reserve('q'))?.token ?? 0, body(0, resultLength));
}

/** Of some jobs those whose status is known. */
async function remembered(...ids: string[]): Promise<string[]> {
  const known = await Promise.all(ids.map(async (id) => ((await engine.status('q', id)) ? [id] : [])));
  return known.flat();
}

function bytes(): number | undefined {
  return engine.statsOf('q')?.bytes;
}

describe('a queue with a limit in bytes that discards the oldest', () => {
  it('discards as many small messages as a large one takes', async () => {
    await Promise.all(Array.from({ length: 1000 }, (_, i) => engine.enqueue('q', `${i}`)));
    for (let i = 0; i < 10; i++) {
      await engine.enqueue('q', body(i, 40_000));
      expect(bytes()).toBeLessThanOrEqual(MAX_BYTES);
    }
    expect(await engine.drain('q')).toEqual([body(8, 40_000), body(9, 40_000)]);
  });

  it('takes what fits to the byte', async () => {
    await engine.enqueue('q', 'first');
    policy = { ...policy, maxBytes: 2 * (bytes() ?? 0), whenFull: 'refuse' };
    engine.policiesChanged();
    await engine.enqueue('q', 'other');
    await expect(engine.enqueue('q', '')).rejects.toThrow('queue is full');
    expect(bytes()).toBe(policy.maxBytes);
  });

  it('counts what an id takes', async () => {
    await engine.enqueue('q', 'first', { jobId: 'a' });
    policy = { ...policy, maxBytes: 2 * (bytes() ?? 0) - 1, whenFull: 'refuse' };
    engine.policiesChanged();
    await expect(engine.enqueue('q', 'other', { jobId: 'b' })).rejects.toThrow('queue is full');
    await engine.enqueue('q', 'other');
  });

  it('refuses what would not fit either when all that is ready were gone, and discards nothing', async () => {
    await engine.enqueue('q', body(1, 60_000), { jobId: 'job' });
    const { token = 0 } = (await engine.reserve('q')) ?? {};
    await engine.enqueue('q', 'small');
    await expect(engine.enqueue('q', body(2, 50_000))).rejects.toThrow('queue is full');
    // What has failed is a part of the queue as well.
    await engine.fail(token, 'why', true);
    await expect(engine.enqueue('q', body(2, 50_000))).rejects.toThrow('queue is full');
    expect(await engine.drain('q')).toEqual(['small']);
  });

  it('discards nothing where it is enough to forget jobs that have ended', async () => {
    await finish('a', 60_000);
    await engine.enqueue('q', 'small');
    await engine.enqueue('q', body(2, 50_000));
    expect(await remembered('a')).toEqual([]);
    expect(await engine.drain('q')).toEqual(['small', body(2, 50_000)]);
  });

  it('forgets them before it discards anything, also where both are needed', async () => {
    await finish('a', 10);
    for (const number of [1, 2]) await engine.enqueue('q', body(number, 45_000));
    await engine.enqueue('q', body(3, 45_000));
    expect(bytes()).toBeLessThanOrEqual(MAX_BYTES);
    await engine.enqueue('q', body(4, MAX_BYTES - 100));
    expect(await remembered('a')).toEqual([]);
    expect(await engine.drain('q')).toEqual([body(4, MAX_BYTES - 100)]);
  });

  it('holds to its limit of messages however much there is to forget', async () => {
    for (let i = 0; i < 500; i++) await finish(`${i}`, 200);
    policy = { ...policy, maxItems: 3, maxBytes: 20_000 };
    engine.policiesChanged();
    for (let i = 0; i < 20; i++) {
      await engine.enqueue('q', `${i}`);
      expect(engine.statsOf('q')?.ready).toBeLessThanOrEqual(3);
    }
    expect(bytes()).toBeLessThanOrEqual(20_000);
    expect(await engine.drain('q')).toEqual(['17', '18', '19']);
  });

  it('counts what is ready anew when that is replaced, moved, given back or put back', async () => {
    await engine.enqueue('q', body(1, 60_000), { jobId: 'job' });
    await engine.enqueue('q', 'short now', { jobId: 'job' });
    await engine.enqueue('p', body(2, 30_000));
    await engine.move('p', 'q');
    const { token = 0 } = (await engine.reserve('q')) ?? {};
    await engine.release(token, 'abort');
    await engine.fail((await engine.reserve('q'))?.token ?? 0, 'why', true);
    await engine.retryFailed('q');
    // All of it can be discarded, so all of the limit can be had.
    await engine.enqueue('q', body(3, MAX_BYTES - 100));
    expect(await engine.drain('q')).toEqual([body(3, MAX_BYTES - 100)]);
    expect(bytes()).toBeLessThan(MAX_BYTES / 2);
  });

  it('discards what is next for a job that is overwritten with something longer', async () => {
    await engine.enqueue('q', body(1, 40_000));
    await engine.enqueue('q', body(2, 40_000));
    await engine.enqueue('q', 'short', { jobId: 'job' });
    await engine.enqueue('q', body(3, 50_000), { jobId: 'job' });
    expect(bytes()).toBeLessThanOrEqual(MAX_BYTES);
    await expect(engine.enqueue('q', body(4, MAX_BYTES), { jobId: 'job' })).rejects.toThrow('queue is full');
    expect(await engine.drain('q')).toEqual([body(2, 40_000), body(3, 50_000)]);
  });

  it('counts on no more than the run of a job that repeats', async () => {
    await engine.enqueue('q', body(1, 60_000), { jobId: 'job', everyMs: 60_000 });
    await engine.enqueue('q', body(2, 30_000));
    await expect(engine.enqueue('q', body(3, 50_000))).rejects.toThrow('queue is full');
    await engine.enqueue('q', body(4, 35_000));
    expect(bytes()).toBeLessThanOrEqual(MAX_BYTES);
    expect(await engine.drain('q')).toEqual([body(4, 35_000)]);
  });

  it('discards what is behind such a job, where that is the next one itself', async () => {
    await engine.enqueue('q', 'short', { jobId: 'job' });
    await engine.enqueue('q', body(1, 40_000));
    await engine.enqueue('q', body(2, 40_000));
    await engine.enqueue('q', body(3, 50_000), { jobId: 'job' });
    expect(bytes()).toBeLessThanOrEqual(MAX_BYTES);
    expect(await engine.drain('q')).toEqual([body(3, 50_000), body(2, 40_000)]);
  });
});

describe('a queue with a limit in bytes', () => {
  it.each(['refuse', 'drop_oldest'] as const)(
    'never takes a message that is larger than that, also where it would be the first (%s)',
    async (whenFull) => {
      policy = { ...policy, whenFull };
      await expect(engine.enqueue('q', body(1, MAX_BYTES))).rejects.toThrow('queue is full');
      expect(engine.statsOf('q')).toBeUndefined();
    },
  );

  it.each(['refuse', 'drop_oldest'] as const)(
    'forgets jobs that have ended, the oldest first, and no more than it takes (%s)',
    async (whenFull) => {
      policy = { ...policy, whenFull };
      for (const id of ['a', 'b', 'c']) await finish(id, 25_000);
      await engine.enqueue('q', body(1, 20_000));
      expect(await remembered('a', 'b', 'c')).toEqual(['a', 'b', 'c']);
      await engine.enqueue('q', body(2, 20_000));
      expect(await remembered('a', 'b', 'c')).toEqual(['b', 'c']);
      await engine.enqueue('q', body(3, 40_000), { jobId: 'b' });
      expect(await remembered('a', 'c')).toEqual([]);
      expect(bytes()).toBeLessThanOrEqual(MAX_BYTES);
      expect(await engine.drain('q')).toEqual([body(1, 20_000), body(2, 20_000), body(3, 40_000)]);
    },
  );

  it('that has jobs with an id is not filled by those that have ended, also after a crash', async () => {
    const disk = new MemoryDisk();
    policy = { ...policy, maxBytes: 2000, whenFull: 'refuse' };
    await engine.close();
    engine = await TestEngine.open(disk, { policy: () => policy });
    for (let i = 0; i < 100; i++) await finish(`${i}`, 20);
    const ids = Array.from({ length: 100 }, (_, i) => `${i}`);
    const known = await remembered(...ids);
    expect(known.length).toBeGreaterThan(5);
    expect(known).toEqual(ids.slice(-known.length));
    const restarted = await TestEngine.open(disk.kill(), { policy: () => policy });
    expect(restarted.statsOf('q')?.bytes).toBe(bytes());
    await engine.close();
    engine = restarted;
    expect(await remembered(...ids)).toEqual(known);
    await finish('another', 20);
    expect(await remembered(...ids, 'another')).toEqual([...known.slice(1), 'another']);
  });

  it('that refuses what is too much lets nothing grow beyond it by overwriting either', async () => {
    policy = { ...policy, whenFull: 'refuse' };
    await engine.enqueue('q', body(1, 60_000), { jobId: 'a' });
    await engine.enqueue('q', 'short', { jobId: 'b' });
    await expect(engine.enqueue('q', body(2, 60_000), { jobId: 'b' })).rejects.toThrow('queue is full');
    await engine.enqueue('q', body(3, 60_000), { jobId: 'a' });
    // Too much already, after the limit was lowered: what does not grow is taken.
    policy = { ...policy, maxBytes: 1000 };
    engine.engine.policiesChanged();
    await engine.enqueue('q', 'brief', { jobId: 'b' });
    await engine.enqueue('q', body(4, 60_000), { jobId: 'a' });
    expect(await engine.drain('q')).toEqual([body(4, 60_000), 'brief']);
  });
});

describe('what has expired makes room in a full queue', () => {
  let now: number;

  beforeEach(async () => {
    now = 1_700_000_000_000;
    await engine.close();
    policy = { ...DEFAULT_POLICY, maxItems: 2 };
    engine = await TestEngine.open(new MemoryDisk(), {
      policy: (queue) => (queue === 'q' ? policy : DEFAULT_POLICY),
      clock: () => now,
    });
  });

  it.each(['refuse', 'drop_oldest'] as const)(
    'before another one is refused or dropped (%s)',
    async (whenFull) => {
      policy = { ...policy, whenFull };
      await engine.enqueue('q', 'brief', { exptime: 1 });
      await engine.enqueue('q', 'lasting');
      now += 1000;
      await engine.enqueue('q', 'new');
      expect(engine.statsOf('q')).toMatchObject({ ready: 2, expired: 1, dropped: 0 });
      expect(await engine.drain('q')).toEqual(['lasting', 'new']);
    },
  );

  it('also while it is paused, and for what comes by fan-out', async () => {
    await engine.pause('q');
    await engine.enqueue('q', 'brief', { exptime: 1 });
    await engine.enqueue('q', 'lasting');
    now += 1000;
    policy = { ...policy, fanoutTo: ['other'] };
    engine.policiesChanged();
    await engine.enqueue('q', 'new');
    await engine.resume('q');
    expect(await engine.drain('q')).toEqual(['lasting', 'new']);
  });

  it('as many as it takes for a larger one', async () => {
    policy = { ...DEFAULT_POLICY, maxBytes: MAX_BYTES };
    for (let i = 0; i < 1000; i++) await engine.enqueue('q', '', { exptime: 1 });
    now += 1000;
    await engine.enqueue('q', body(1, 90_000));
    expect(bytes()).toBeLessThanOrEqual(MAX_BYTES);
    expect(await engine.drain('q')).toEqual([body(1, 90_000)]);
  });

  it('and is a dead letter then, or a job that has failed', async () => {
    policy = { ...policy, deadLetterTo: 'dead' };
    await engine.enqueue('q', 'brief', { exptime: 1, jobId: 'a' });
    await engine.enqueue('q', 'brief, too', { exptime: 1, jobId: 'b' });
    now += 1000;
    // The job that has the id has expired as well, but that it makes room for another one is enough.
    await engine.enqueue('q', 'new');
    expect(await engine.drain('dead')).toEqual(['brief']);
    expect(await engine.status('q', 'a')).toMatchObject({ state: 'failed', error: 'it expired' });
    await engine.enqueue('q', 'new, too', { jobId: 'b' });
    expect(await engine.drain('q')).toEqual(['new, too', 'new']);
  });

  it('but not what is behind one that lives, and one that is in the hands of a worker lives', async () => {
    await engine.enqueue('q', 'held', { exptime: 1 });
    const { token = 0 } = (await engine.reserve('q')) ?? {};
    await engine.enqueue('q', 'lasting');
    now += 1000;
    await expect(engine.enqueue('q', 'new')).rejects.toThrow('queue is full');
    expect(await engine.complete(token)).toBe(true);
    await engine.enqueue('q', 'new');
    expect(engine.statsOf('q')).toMatchObject({ expired: 0, acknowledged: 1 });
  });
});
