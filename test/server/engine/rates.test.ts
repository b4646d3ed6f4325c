import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Delivery } from '../../../server/engine/api.ts';
import { DEFAULT_POLICY, type Policy, parseRate } from '../../../server/engine/policy.ts';
import { WatchList } from '../../../shared/watch-list.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { TestEngine, textOf } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

const START = 1_700_000_000_000;
const WAIT_MS = 600_000;

let policy: Policy;
let engine: TestEngine;

beforeEach(async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
  policy = withRate('2/m');
  engine = await open(new MemoryDisk());
});

function withRate(text: string): Policy {
  return { ...DEFAULT_POLICY, backoff: { kind: 'none' }, rate: parseRate(text) };
}

async function open(disk: MemoryDisk): Promise<TestEngine> {
  const opened = await TestEngine.open(disk, { policy: () => policy, maxQueues: 200_000 });
  onTestFinished(() => opened.close());
  return opened;
}

async function store(...bodies: string[]): Promise<void> {
  for (const each of bodies) await engine.enqueue('q', each, { jobId: each });
}

async function text(read: Promise<Delivery | undefined>): Promise<string | undefined> {
  const delivery = await read;
  return delivery && textOf(delivery);
}

const LIST = { watchList: WatchList.parse('q,low') as WatchList };
const ALL = { watchList: WatchList.parse('*') as WatchList };

describe('a rate', () => {
  it('has every kind of read miss until the next start may be', async () => {
    await store('a', 'b');
    expect(await text(engine.reserve('q'))).toBe('a');
    for (const mode of ['take', 'open', 'lease'] as const) {
      expect(await engine.reserve('q', { mode })).toBeUndefined();
      expect(await engine.reserve('', { mode, ...LIST })).toBeUndefined();
      expect(await engine.reserve('', { mode, ...ALL })).toBeUndefined();
    }
    expect(engine.statsOf('q')).toMatchObject({ ready: 1, held: 1, heldBy: 'rate' });
    expect((await engine.status('q', 'b'))?.heldBack).toBe('rate');
    vi.advanceTimersByTime(29_999);
    expect(await engine.reserve('q')).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(engine.statsOf('q')).toMatchObject({ ready: 1, held: 0, heldBy: undefined });
    expect(await text(engine.reserve('q'))).toBe('b');
  });

  it.each(['take', 'open', 'lease'] as const)(
    'wakes who waits at that very moment, one a start: %s',
    async (mode) => {
      await store('a', 'b', 'c');
      const at: number[] = [];
      const reads = [1, 2, 3].map(() => engine.reserve('q', { mode, waitMs: WAIT_MS }));
      for (const read of reads) void read.then(() => at.push(Date.now() - START));
      for (let i = 0; i <= 600; i++) await vi.advanceTimersByTimeAsync(100);
      expect(at).toEqual([0, 30_000, 60_000]);
    },
  );

  it('has a list go on to its next queue, and come back', async () => {
    policy = withRate('2/m');
    await store('a', 'b');
    await engine.enqueue('low', 'low');
    expect(await text(engine.reserve('', LIST))).toBe('a');
    expect(await text(engine.reserve('', LIST))).toBe('low');
    const waiting = engine.reserve('', { ...LIST, waitMs: WAIT_MS });
    vi.advanceTimersByTime(30_000);
    expect(await text(waiting)).toBe('b');
  });

  it('counts a retry, and neither a look, nor what finds nothing, nor what is read from the failed set', async () => {
    expect(await engine.reserve('q')).toBeUndefined();
    await store('a');
    expect(await text(engine.peek('q'))).toBe('a');
    const { token } = (await engine.reserve('q')) as Delivery;
    await engine.fail(token, 'no');
    expect(await engine.reserve('q')).toBeUndefined();
    // As one of a paused queue.
    expect(await text(engine.peek('q'))).toBe('a');
    vi.advanceTimersByTime(30_000);
    await engine.fail(((await engine.reserve('q')) as Delivery).token, 'no', true);
    expect(await text(engine.take('q', { failed: true }))).toBe('a');
    vi.advanceTimersByTime(30_000);
    await store('b');
    expect(await text(engine.take('q'))).toBe('b');
  });

  it.each(['return', 'unread'] as const)('has a start back that was none: %s', async (reason) => {
    await store('a', 'b');
    const { token } = (await engine.reserve('q')) as Delivery;
    const waiting = engine.reserve('q', { waitMs: WAIT_MS });
    vi.advanceTimersByTime(1000);
    await engine.release(token, reason);
    expect(await text(waiting)).toBe('a');
    expect(engine.statsOf('q')?.heldBy).toBe('rate');
    vi.advanceTimersByTime(29_999);
    expect(engine.statsOf('q')?.heldBy).toBe('rate');
    vi.advanceTimersByTime(1);
    expect(engine.statsOf('q')?.heldBy).toBeUndefined();
  });

  it('has no start back that counted: an abort', async () => {
    await store('a');
    await engine.release(((await engine.reserve('q')) as Delivery).token, 'abort');
    expect(await engine.reserve('q')).toBeUndefined();
  });

  it('has a burst at once, and then none until there is room', async () => {
    policy = withRate('4/m burst 3');
    await engine.enqueue('b', 'x');
    for (let i = 0; i < 9; i++) await engine.enqueue('b', 'x');
    const taken = async (): Promise<number> => (await engine.drain('b')).length;
    expect(await taken()).toBe(3);
    vi.advanceTimersByTime(15_000);
    expect(await taken()).toBe(1);
    vi.advanceTimersByTime(44_999);
    expect(await taken()).toBe(0);
    vi.advanceTimersByTime(1);
    expect(await taken()).toBe(1);
    vi.advanceTimersByTime(15_000);
    expect(await taken()).toBe(1);
  });

  it('begins anew with a restart: the first start comes an interval later, whatever was before', async () => {
    const disk = new MemoryDisk();
    const before = await open(disk);
    for (const each of ['a', 'b']) await before.enqueue('q', each);
    await before.close();
    const after = await open(disk);
    expect(await after.reserve('q')).toBeUndefined();
    vi.advanceTimersByTime(30_000);
    expect(await text(after.reserve('q'))).toBe('a');
    // One that comes into being later has no past.
    await after.enqueue('new', 'x');
    expect(await text(after.reserve('new'))).toBe('x');
  });

  it('begins anew when it is another one, goes on when it is read again, and is over when it is taken away', async () => {
    await store('a', 'b', 'c', 'd');
    await engine.reserve('q');
    policy = withRate('2/m');
    engine.policiesChanged();
    const second = engine.reserve('q', { waitMs: WAIT_MS });
    vi.advanceTimersByTime(30_000);
    expect(await text(second)).toBe('b');
    policy = withRate('10/s');
    engine.policiesChanged();
    const third = engine.reserve('q', { waitMs: WAIT_MS });
    vi.advanceTimersByTime(99);
    expect(engine.statsOf('q')?.waiters).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await text(third)).toBe('c');
    const fourth = engine.reserve('q', { waitMs: WAIT_MS });
    policy = DEFAULT_POLICY;
    engine.policiesChanged();
    expect(await text(fourth)).toBe('d');
  });

  it('outlives its queue: one of that name that comes again is held as long', async () => {
    await store('a');
    await engine.reserve('q');
    vi.advanceTimersByTime(10_000);
    await engine.drop('q');
    await store('b');
    expect(await engine.reserve('q')).toBeUndefined();
    vi.advanceTimersByTime(20_000);
    expect(await text(engine.reserve('q'))).toBe('b');
    // And no longer than it counts.
    await engine.drop('q');
    vi.advanceTimersByTime(60_000);
    policy = withRate('1/h');
    await store('c');
    expect(await text(engine.reserve('q'))).toBe('c');
  });

  it('holds one that comes again also before anything was started', async () => {
    policy = DEFAULT_POLICY;
    await engine.pause('q');
    policy = withRate('2/m');
    engine.policiesChanged();
    await engine.drop('q');
    await store('a');
    expect(await engine.reserve('q')).toBeUndefined();
  });

  it('holds through a pause, a purge and a move, and lets go what is there then', async () => {
    await store('a', 'b');
    await engine.reserve('q');
    await engine.pause('q');
    vi.advanceTimersByTime(30_000);
    expect(await engine.reserve('q')).toBeUndefined();
    await engine.resume('q');
    expect(await text(engine.reserve('q'))).toBe('b');
    await store('c');
    await engine.purge('q');
    expect(engine.statsOf('q')).toMatchObject({ held: 0, heldBy: undefined });
    await engine.enqueue('other', 'moved');
    await engine.move('other', 'q');
    expect(await engine.reserve('q')).toBeUndefined();
    const waiting = engine.reserve('q', { waitMs: WAIT_MS });
    vi.advanceTimersByTime(30_000);
    expect(await text(waiting)).toBe('moved');
  });

  it('wakes those first who came first, of queues with different times', async () => {
    policy = withRate('1/s');
    for (const queue of ['x', 'y', 'z']) {
      await engine.enqueue(queue, '1');
      await engine.enqueue(queue, '2');
      await engine.reserve(queue);
      vi.advanceTimersByTime(100);
    }
    const order: string[] = [];
    for (const queue of ['z', 'x', 'y'])
      void engine
        .reserve(queue, { waitMs: WAIT_MS })
        .then(() => order.push(`${queue} ${Date.now() - START}`));
    for (let i = 0; i < 12; i++) await vi.advanceTimersByTimeAsync(100);
    expect(order).toEqual(['x 1000', 'y 1100', 'z 1200']);
  });

  it('leaves no trace of queues that are gone, nor of those that may go on', async () => {
    const count = vi.getTimerCount();
    await store('a');
    await engine.take('q');
    await engine.drop('q');
    vi.advanceTimersByTime(60_000);
    expect(vi.getTimerCount()).toBe(count);
  });

  it('has a look at all queues cost nothing, however many are held', async () => {
    policy = withRate('1/h');
    for (let i = 0; i < 300; i++) {
      await engine.enqueue(`held.${i}`, '1');
      await engine.enqueue(`held.${i}`, '2');
      await engine.take(`held.${i}`);
    }
    policy = DEFAULT_POLICY;
    await engine.enqueue('free', 'x');
    let looks = 0;
    const isRest = vi.spyOn(ALL.watchList, 'isRest').mockImplementation(() => ++looks > 0);
    onTestFinished(() => isRest.mockRestore());
    expect(await text(engine.reserve('', ALL))).toBe('x');
    expect(await engine.reserve('', ALL)).toBeUndefined();
    expect(looks).toBe(1);
  });
});
