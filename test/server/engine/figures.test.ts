import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Counts, MessageRef } from '../../../server/engine/api.ts';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { turn } from '../../../server/engine/turn.ts';
import { QueueFullError } from '../../../shared/errors.ts';
import { WatchList } from '../../../shared/watch-list.ts';
import { ManualClock, type Options, TestEngine, turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

let disk: MemoryDisk;
let clock: ManualClock;
let policies: Record<string, Partial<Policy>>;

beforeEach(() => {
  disk = new MemoryDisk();
  clock = new ManualClock();
  policies = {};
});

const onDisk = (options: Options): Promise<TestEngine> => TestEngine.open(disk, options);
const inMemory = (options: Options): Promise<TestEngine> => TestEngine.openInMemory(options);

describe.each([
  ['on a disk', onDisk],
  ['on a disk, with nothing of it in memory', (options: Options) => onDisk({ ...options, cacheSize: 1 })],
  ['in memory', inMemory],
])('what is counted, %s', (_, openWith) => {
  let engine: TestEngine;

  beforeEach(async () => {
    engine = await open();
    return () => engine.close();
  });

  function open(): Promise<TestEngine> {
    const policy = (queue: string): Policy => ({ ...DEFAULT_POLICY, ...policies[queue] });
    return openWith({ clock: () => clock.now, policy, maxQueues: 10 });
  }

  /** What a queue has counted that is not 0. */
  function counted(queue = 'q'): Partial<Counts> {
    return notZero(engine.engine.figures.counts(queue) as Counts);
  }

  function totals(): Partial<Counts> {
    return notZero(engine.engine.figures.totals);
  }

  async function take(queue = 'q'): Promise<number> {
    await engine.enqueue(queue, 'x');
    return (await engine.reserve(queue))?.token as number;
  }

  it('is nothing of a queue that has just come, and undefined of none', async () => {
    await engine.pause('q');
    expect(counted()).toEqual({});
    expect(engine.engine.figures.counts('none')).toBeUndefined();
    expect(totals()).toEqual({});
  });

  it('a set, and what expired before it came', async () => {
    await engine.enqueue('q', 'x');
    await engine.enqueue('q', 'x', { exptime: -1 });
    expect(counted()).toEqual({ enqueued: 2, expired: 1 });
  });

  it('what takes the place of another, and what did not come to that', async () => {
    await engine.enqueue('q', 'x', { jobId: 'a' });
    await engine.enqueue('q', 'y', { jobId: 'a' });
    await engine.enqueue('q', 'y', { jobId: 'a', mode: 'add' });
    await engine.enqueue('q', 'y', { jobId: 'b', mode: 'replace' });
    expect(counted()).toEqual({ enqueued: 2 });
  });

  it.each(['open', 'lease'] as const)('what is handed out: %s', async (mode) => {
    await engine.enqueue('q', 'x');
    await engine.reserve('q', { mode });
    await engine.reserve('q', { mode });
    expect(counted()).toEqual({ enqueued: 1, delivered: 1 });
  });

  it('what is taken for good, also a job whose status is kept', async () => {
    policies = { q: { keepDoneMs: 60_000 } };
    await engine.enqueue('q', 'x');
    await engine.enqueue('q', 'x', { jobId: 'a' });
    await engine.drain('q');
    await engine.peek('q');
    expect(counted()).toEqual({ enqueued: 2, removed: 2 });
  });

  it('what a reader gets that has waited, or reads of all queues', async () => {
    const waiting = engine.reserve('q', { waitMs: 60_000 });
    await engine.enqueue('q', 'x');
    await waiting;
    await engine.enqueue('q', 'x');
    await engine.reserve('', { mode: 'take', watchList: WatchList.parse('*') as WatchList });
    expect(counted()).toEqual({ enqueued: 2, delivered: 1, removed: 1 });
  });

  it('what is done, once', async () => {
    const token = await take();
    await engine.complete(token);
    await engine.complete(token);
    expect(counted()).toEqual({ enqueued: 1, delivered: 1, completed: 1 });
  });

  it.each([
    ['abort', { givenBack: 1 }],
    ['return', { givenBack: 1 }],
    ['death', { leasesExpired: 1 }],
    ['stop', {}],
    ['unread', {}],
  ] as const)('what comes back: %s', async (reason, counts) => {
    await engine.release(await take(), reason);
    expect(counted()).toEqual({ enqueued: 1, delivered: 1, ...counts });
  });

  it.each([
    ['abort', { givenBack: 1 }],
    ['death', { leasesExpired: 1 }],
  ] as const)('a last attempt that ends without an answer: %s', async (reason, counts) => {
    policies = { q: { maxAttempts: 1 } };
    await engine.release(await take(), reason);
    expect(counted()).toEqual({ enqueued: 1, delivered: 1, failed: 1, ...counts });
  });

  it('a lease that is over', async () => {
    await engine.enqueue('q', 'x');
    await engine.reserve('q', { mode: 'lease', leaseMs: 1000 });
    clock.now += 1000;
    await engine.reserve('q', { waitMs: 60_000 });
    expect(counted()).toEqual({ enqueued: 1, delivered: 2, leasesExpired: 1 });
  });

  it('what fails, with attempts left and without', async () => {
    policies = { q: { maxAttempts: 2, backoff: { kind: 'none' } } };
    await engine.fail(await take(), 'why');
    expect(counted()).toEqual({ enqueued: 1, delivered: 1, retried: 1 });
    await engine.fail((await engine.reserve('q'))?.token as number, 'why', false, true);
    expect(counted()).toEqual({ enqueued: 1, delivered: 2, retried: 1, failed: 1 });
    await engine.fail(await take(), 'why', true);
    expect(counted()).toEqual({ enqueued: 2, delivered: 3, retried: 1, failed: 2 });
  });

  it('what is taken from the failed ones; what is tried again or discarded is not', async () => {
    for (const jobId of ['a', 'b', 'c']) {
      await engine.enqueue('q', 'x', { jobId });
      await engine.fail((await engine.reserve('q'))?.token as number, 'why', true);
    }
    const before = counted();
    expect(before).toEqual({ enqueued: 3, delivered: 3, failed: 3 });
    await engine.retryFailed('q', 0, 'a');
    await engine.discardFailed('q', 'b');
    expect(counted()).toEqual(before);
    await engine.take('q', { failed: true });
    expect(counted()).toEqual({ ...before, removed: 1 });
  });

  it('a dead letter, where it comes from, whether it failed or expired', async () => {
    policies = { q: { deadLetterTo: 'dead' } };
    await engine.fail(await take(), 'why', true);
    await engine.enqueue('q', 'x', { exptime: 1 });
    clock.now += 2000;
    await engine.take('q', { waitMs: 0 });
    await turns(() => engine.statsOf('dead')?.ready === 2);
    expect(counted()).toEqual({ enqueued: 2, delivered: 1, failed: 1, expired: 1, deadLettered: 2 });
    expect(counted('dead')).toEqual({});
  });

  it('what had expired when its place was taken, and what is found so', async () => {
    await engine.enqueue('q', 'x', { exptime: 1, jobId: 'a' });
    clock.now += 2000;
    await engine.enqueue('q', 'x', { exptime: 1, jobId: 'a' });
    clock.now += 2000;
    await engine.take('q');
    expect(counted()).toEqual({ enqueued: 2, expired: 2 });
  });

  it('what a full queue drops, or refuses', async () => {
    policies = { q: { maxItems: 1, whenFull: 'drop_oldest' }, r: { maxItems: 1 } };
    for (const queue of ['q', 'q', 'r']) await engine.enqueue(queue, 'x');
    await expect(engine.enqueue('r', 'x')).rejects.toThrow(QueueFullError);
    expect(counted()).toEqual({ enqueued: 2, dropped: 1 });
    expect(counted('r')).toEqual({ enqueued: 1, refused: 1 });
  });

  it('what no other queue can be made for is refused in total', async () => {
    for (let i = 0; i < 10; i++) await engine.pause(`p${i}`);
    await expect(engine.enqueue('q', 'x')).rejects.toThrow(QueueFullError);
    expect(engine.engine.figures.counts('q')).toBeUndefined();
    expect(totals()).toEqual({ refused: 1 });
  });

  it('copies, where they go; a store that one of them has no place for, where it was sent', async () => {
    policies = { q: { fanoutTo: ['a', 'b'] }, b: { maxItems: 1 } };
    await engine.enqueue('q', 'x');
    await expect(engine.enqueue('q', 'x')).rejects.toThrow(QueueFullError);
    expect(counted()).toEqual({ enqueued: 1, refused: 1 });
    expect([counted('a'), counted('b')]).toEqual([{ enqueued: 1 }, { enqueued: 1 }]);
    expect(totals()).toEqual({ enqueued: 3, refused: 1 });
  });

  it('what is cancelled, waiting or running, however its holder ends it', async () => {
    await engine.enqueue('q', 'x', { jobId: 'a' });
    await engine.cancel('q', 'a');
    for (const end of ['complete', 'fail', 'release'] as const) {
      await engine.enqueue('q', 'x', { jobId: 'a' });
      const token = (await engine.reserve('q'))?.token as number;
      await engine.cancel('q', 'a');
      await engine.cancel('q', 'a');
      if (end === 'complete') await engine.complete(token);
      else if (end === 'fail') await engine.fail(token, 'why');
      else await engine.release(token, 'death');
    }
    expect(counted()).toEqual({ enqueued: 4, delivered: 3, cancelled: 4 });
  });

  it('failed ones that are not kept', async () => {
    policies = { q: { maxFailed: 1 } };
    for (let i = 0; i < 2; i++) await engine.fail(await take(), 'why', true);
    await turns(() => engine.statsOf('q')?.failed === 1);
    expect(counted()).toEqual({ enqueued: 2, delivered: 2, failed: 2, failedDropped: 1 });
  });

  it('nothing of what is purged or moved', async () => {
    for (const queue of ['q', 'r']) await engine.enqueue(queue, 'x');
    await engine.purge('q');
    await engine.move('r', 'q');
    expect([counted('q'), counted('r')]).toEqual([{ enqueued: 1 }, { enqueued: 1 }]);
  });

  it('stays in total when its queue is gone; one of that name begins anew', async () => {
    await take();
    await engine.drop('q');
    await engine.enqueue('q', 'x');
    expect(counted()).toEqual({ enqueued: 1 });
    expect(totals()).toEqual({ enqueued: 2, delivered: 1 });
  });

  it('is not touched by a reset, by which `stats` begin anew', async () => {
    await take('q');
    await take('r');
    engine.engine.resetStats();
    await take('q');
    engine.engine.resetStats();
    expect(engine.engine.figures.queue('q')).toMatchObject({ enqueued: 0, taken: 0 });
    await engine.take('q');
    await take('q');
    await engine.take('none');
    expect(engine.engine.figures.queue('q')).toMatchObject({ enqueued: 1, taken: 1 });
    expect(engine.engine.figures.queue('r')).toMatchObject({ enqueued: 0, taken: 0 });
    expect(engine.engine.stats()).toMatchObject({ enqueued: 1 });
    expect(counted()).toEqual({ enqueued: 3, delivered: 3 });
    expect(totals()).toEqual({ enqueued: 4, delivered: 4 });
  });

  it('tells in which queues something was counted since it was last asked', async () => {
    const { figures } = engine.engine;
    const changed = (): string[] => [...figures.takeChanged()].sort();
    for (const queue of ['a', 'b', 'gone']) await engine.enqueue(queue, 'x');
    await engine.drop('gone');
    expect(changed()).toEqual(['a', 'b']);
    expect(changed()).toEqual([]);
    await engine.take('b');
    await engine.pause('c');
    engine.engine.resetStats();
    expect(changed()).toEqual(['b']);
    await engine.enqueue('b', 'x');
    await engine.enqueue('b', 'x');
    await engine.drop('a');
    await engine.enqueue('a', 'x');
    expect(changed()).toEqual(['a', 'b']);
  });

  describe('how long it takes', () => {
    /** Milliseconds, as one figure that was added. */
    function only(histogram: { count: number; sumMs: number } | undefined): number {
      expect(histogram?.count).toBe(1);
      return histogram?.sumMs as number;
    }
    const waits = (queue = 'q'): number => only(engine.engine.figures.latency(queue)?.wait);

    it('until the first take, and until it is done', async () => {
      await engine.enqueue('q', 'x');
      clock.now += 1500;
      const { token = 0 } = (await engine.reserve('q')) ?? {};
      clock.now += 250;
      await engine.complete(token);
      expect(waits()).toBe(1500);
      expect(only(engine.engine.figures.latency('q')?.run)).toBe(250);
      expect(only(engine.engine.figures.latencies.wait)).toBe(1500);
      expect(only(engine.engine.figures.latencies.run)).toBe(250);
    });

    it('from when it was due', async () => {
      await engine.enqueue('q', 'x', { delayMs: 10_000 });
      clock.now += 10_000;
      await engine.reserve('other');
      clock.now += 300;
      await turns(() => engine.statsOf('q')?.ready === 1);
      await engine.take('q', { waitMs: 60_000 });
      expect(waits()).toBe(300);
    });

    it('not at all of what is run before its time', async () => {
      await engine.enqueue('q', 'x', { delayMs: 10_000, jobId: 'a' });
      const ref = engine.engine.messages.refOf('q', 'a') as MessageRef;
      await engine.engine.actions.begin({ verb: 'run', select: { refs: [ref] }, delayMs: 0 });
      await engine.take('q');
      expect(waits()).toBe(0);
    });

    it('of the first attempt only; what failed is not done', async () => {
      policies = { q: { backoff: { kind: 'none' } } };
      await engine.enqueue('q', 'x');
      clock.now += 100;
      await engine.fail((await engine.reserve('q'))?.token as number, 'why');
      clock.now += 100;
      await engine.release((await engine.reserve('q'))?.token as number, 'abort');
      await engine.take('q');
      expect(waits()).toBe(100);
      expect(engine.engine.figures.latency('q')?.run.count).toBe(0);
    });

    it('from when it was put back to be tried anew', async () => {
      await engine.fail(await take(), 'why', true);
      clock.now += 60_000;
      await engine.retryFailed('q');
      clock.now += 70;
      await engine.take('q');
      expect(engine.engine.figures.latency('q')?.wait).toMatchObject({ count: 2, sumMs: 70 });
    });

    it('from when it became a dead letter', async () => {
      policies = { q: { deadLetterTo: 'dead' } };
      const token = await take();
      clock.now += 60_000;
      await engine.fail(token, 'why', true);
      clock.now += 40;
      await engine.take('dead');
      expect(waits('dead')).toBe(40);
    });

    it('is undefined of a queue in which nothing was taken, or that is gone', async () => {
      const { figures } = engine.engine;
      await engine.enqueue('q', 'x');
      expect(figures.latency('q')).toBeUndefined();
      await engine.take('q');
      expect(figures.latency('q')).toBeDefined();
      await engine.drop('q');
      expect(figures.latency('q')).toBeUndefined();
      await engine.enqueue('q', 'x');
      expect(figures.latency('q')).toBeUndefined();
    });
  });
});

function notZero(counts: Readonly<Counts>): Partial<Counts> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

it('a lease that runs on over a restart has no known beginning, and one that was over meanwhile is not counted', async () => {
  const open = () => TestEngine.open(disk, { clock: () => clock.now });
  const first = await open();
  for (const queue of ['q', 'r']) await first.enqueue(queue, 'x');
  const long = await first.reserve('q', { mode: 'lease', leaseMs: 60_000 });
  await first.reserve('r', { mode: 'lease', leaseMs: 1000 });
  await first.close();
  clock.now += 30_000;
  const engine = await open();
  onTestFinished(() => engine.close());
  await engine.complete(long?.token as number);
  await turns(() => engine.statsOf('r')?.ready === 1);
  const { figures } = engine.engine;
  expect(figures.latency('q')).toBeUndefined();
  expect(notZero(figures.totals)).toEqual({ completed: 1 });
});

it('latencies are kept of the thousand queues that were last active', async () => {
  const engine = await TestEngine.openInMemory({ maxQueues: 2000 });
  onTestFinished(() => engine.close());
  const { figures } = engine.engine;
  const use = async (queue: string): Promise<void> => {
    await engine.enqueue(queue, 'x');
    await engine.take(queue);
  };
  for (let i = 0; i < 1000; i++) await use(`q${i}`);
  await use('q0');
  await use('new');
  await use('new');
  expect(figures.latency('new')?.wait.count).toBe(2);
  expect(figures.latency('q0')?.wait.count).toBe(2);
  expect(figures.latency('q1')).toBeUndefined();
  expect(figures.latency('q2')?.wait.count).toBe(1);
  await use('q1');
  expect(figures.latency('q1')?.wait.count).toBe(1);
  expect(figures.latency('q2')).toBeUndefined();
  expect(figures.latencies.wait.count).toBe(1004);
});

it('how long syncs take is known of a disk, and there are none in memory', async () => {
  const engine = await TestEngine.open(disk);
  onTestFinished(() => engine.close());
  const before = engine.engine.figures.syncs?.count as number;
  await engine.enqueue('q', 'x');
  await turn();
  expect(engine.engine.figures.syncs?.count).toBeGreaterThan(before);
  const other = await TestEngine.openInMemory();
  onTestFinished(() => other.close());
  expect(other.engine.figures.syncs).toBeUndefined();
});
