import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { turn } from '../../../server/engine/turn.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { body, openLog, TestEngine, turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';
import { startServer } from '../../helpers/server.ts';
import { TextClient } from '../../helpers/text-client.ts';

/** In whole seconds. */
const START = 1_700_000_000_000;

let disk: MemoryDisk;
let engine: TestEngine;
let policy: Policy;

beforeEach(async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
  policy = DEFAULT_POLICY;
  disk = new MemoryDisk();
  engine = await open();
});
afterEach(() => engine.close());

function open(): Promise<TestEngine> {
  return TestEngine.open(disk, {
    cacheSize: 1,
    maxQueues: 20_000,
    policy: (queue) => (queue === 'dead' ? DEFAULT_POLICY : policy),
  });
}

/** The server is killed, and another one starts. */
async function restart(): Promise<void> {
  const left = disk.kill();
  await engine.close();
  disk = left;
  engine = await open();
}

/** Sets the clock forward by so many seconds, one after the other. */
async function pass(seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left--) {
    vi.advanceTimersByTime(1000);
    for (let i = 0; i < 10; i++) await turn();
  }
}

function stats(queue: string) {
  return engine.statsOf(queue);
}

describe('what has expired goes where nobody reads', () => {
  it('when its second begins', async () => {
    await engine.enqueue('q', 'brief', { exptime: 2 });
    await engine.enqueue('q', 'lasting');
    vi.advanceTimersByTime(1999);
    expect(stats('q')).toMatchObject({ ready: 2, expired: 0 });
    vi.advanceTimersByTime(1);
    expect(stats('q')).toMatchObject({ ready: 1, expired: 1 });
    expect(await engine.drain('q')).toEqual(['lasting']);
  });

  it('in the same second where the log makes space meanwhile, however soon there is some', async () => {
    const log = openLog(new MemoryDisk());
    const short = await TestEngine.openOn(log, { policy: () => DEFAULT_POLICY });
    for (let i = 0; i < 4; i++) await short.enqueue('q', 'brief', { exptime: 1 });
    let left = 5;
    vi.spyOn(log, 'isMakingSpace', 'get').mockReturnValue(true);
    const admit = vi.spyOn(log, 'admit').mockImplementation(() => {
      if (left === 0) return true;
      left--;
      queueMicrotask(() => log.onAdmit());
      return false;
    });
    await pass(1);
    admit.mockRestore();
    expect(left).toBe(0);
    expect(short.statsOf('q')).toMatchObject({ ready: 0, expired: 4 });
    await short.close();
  });

  it('also while the queue is paused, and after a restart', async () => {
    await engine.enqueue('q', 'brief', { exptime: 2 });
    await engine.pause('q');
    await restart();
    await pass(1);
    expect(stats('q')).toMatchObject({ ready: 1, expired: 0 });
    await pass(1);
    expect(stats('q')).toMatchObject({ ready: 0, expired: 1, bytes: 0 });
    await restart();
    expect(stats('q')).toMatchObject({ ready: 0 });
  });

  it('once what was before it has gone, and not while it is in the hands of a worker', async () => {
    await engine.enqueue('q', 'lasting');
    await engine.enqueue('q', 'behind', { exptime: 1 });
    await engine.enqueue('held', 'held', { exptime: 1 });
    const { token = 0 } = (await engine.reserve('held', { mode: 'lease', leaseMs: 5500 })) ?? {};
    await pass(3);
    expect(stats('q')).toMatchObject({ ready: 2, expired: 0 });
    expect(stats('held')).toMatchObject({ reserved: 1, expired: 0 });
    expect(await engine.takeText('q')).toBe('lasting');
    await pass(1);
    expect(stats('q')).toMatchObject({ ready: 0, expired: 1 });
    await pass(1);
    expect(stats('held')).toMatchObject({ reserved: 1, expired: 0 });
    await pass(1);
    expect(stats('held')).toMatchObject({ ready: 0, reserved: 0, expired: 1 });
    expect(await engine.complete(token)).toBe(false);
  });

  it('also while its group may not go on', async () => {
    await engine.enqueue('q', 'runs', { group: 'a' });
    await engine.enqueue('q', 'behind', { group: 'a', exptime: 1 });
    await engine.reserve('q', { mode: 'lease', leaseMs: 60_000 });
    await pass(1);
    expect(stats('q')).toMatchObject({ ready: 0, reserved: 1, expired: 1 });
  });

  it('where it is delayed, when that is over', async () => {
    await engine.enqueue('q', 'late', { exptime: 1, delayMs: 3000 });
    await pass(2);
    expect(stats('q')).toMatchObject({ delayed: 1, expired: 0 });
    await pass(1);
    expect(stats('q')).toMatchObject({ delayed: 0, ready: 0, expired: 1 });
  });

  it('to who waits for it in the queue of the dead, in order, also from the disk; its status stays', async () => {
    policy = { ...DEFAULT_POLICY, deadLetterTo: 'dead' };
    const bodies = Array.from({ length: 30 }, (_, i) => body(i, 10_000));
    for (const each of bodies) await engine.enqueue('q', each, { exptime: 1, jobId: each.slice(0, 3) });
    await restart();
    const first = engine.takeText('dead', { waitMs: 60_000 });
    await pass(1);
    await turns(() => stats('dead')?.ready === 29);
    expect(await first).toBe(bodies[0]);
    expect(await engine.drain('dead')).toEqual(bodies.slice(1));
    expect(await engine.status('q', '17:')).toMatchObject({
      state: 'failed',
      error: 'it expired',
      endedAt: START + 1000,
    });
  });

  it('from more queues than are looked at in one turn, and more messages than go in one', async () => {
    const names = Array.from({ length: 2500 }, (_, i) => `q${i}`);
    await Promise.all(names.map((name) => engine.enqueue(name, 'brief', { exptime: 1 })));
    await Promise.all(Array.from({ length: 2500 }, () => engine.enqueue('one', 'brief', { exptime: 1 })));
    vi.advanceTimersByTime(1000);
    await turns(() => stats('one')?.ready === 0);
    const known = engine.pages(1000).filter(({ name }) => name !== 'one');
    expect(known.map(({ expired }) => expired)).toEqual(names.map(() => 1));
    expect(stats('one')).toMatchObject({ ready: 0, expired: 2500 });
  });

  it('from more queues than are looked at in a second, by and by', async () => {
    const names = Array.from({ length: 12_000 }, (_, i) => `q${i}`);
    await Promise.all(names.map((name) => engine.enqueue(name, 'brief', { exptime: 1 })));
    await pass(1);
    await turns(() => stats('q9999')?.expired === 1);
    expect(stats('q10000')).toMatchObject({ expired: 0 });
    await pass(2);
    await turns(() => stats('q11999')?.expired === 1);
    expect(engine.pages(1000).filter(({ ready }) => ready > 0)).toEqual([]);
  });

  it('when there is room again, where a full disk has none for a dead letter', async () => {
    policy = { ...DEFAULT_POLICY, deadLetterTo: 'dead' };
    await engine.enqueue('q', body(1, 60_000), { exptime: 1 });
    disk.capacity = disk.totalBytes;
    while (await engine.enqueue('other', body(2, 3000)).catch(() => 0));
    await pass(5);
    expect(stats('q')).toMatchObject({ ready: 1, expired: 0 });
    disk.capacity = Number.POSITIVE_INFINITY;
    await pass(5);
    expect(stats('q')).toMatchObject({ ready: 0, expired: 1 });
    expect(await engine.takeText('dead')).toBe(body(1, 60_000));
  });
});

describe('a server in which nothing can expire has no timer for it', () => {
  it.each<[string, (engine: TestEngine) => Promise<unknown>]>([
    ['nothing has a time to live', async () => {}],
    ['it has gone', () => pass(2)],
    ['it was taken', (engine) => engine.take('brief')],
    [
      'it has failed',
      async (engine) => engine.fail((await engine.reserve('brief'))?.token ?? 0, 'why', true),
    ],
    ['it was purged', (engine) => engine.purge('brief')],
    ['its queue was dropped', (engine) => engine.drop('brief')],
    [
      'it was overwritten',
      async (engine) => {
        await engine.enqueue('brief', 'lasting', { jobId: 'j' });
      },
    ],
  ])('since %s', async (_, end) => {
    await engine.enqueue('q', 'lasting');
    if (_ !== 'nothing has a time to live')
      await engine.enqueue('brief', 'brief', { exptime: 2, jobId: 'j' });
    policy = { ...DEFAULT_POLICY, keepDoneMs: 0 };
    engine.policiesChanged();
    await end(engine);
    await pass(1);
    // The only one is for what comes much later: queues that nobody uses.
    expect(vi.getTimerCount()).toBe(1);
    const before = Date.now();
    vi.advanceTimersToNextTimer();
    expect(Date.now() - before).toBeGreaterThan(30_000);
  });
});

it('a server lets what has expired go, with nobody but who looks at its figures', async () => {
  vi.useRealTimers();
  await using server = await startServer();
  using client = await TextClient.connect(server.port);
  await client.ask('set q/pause 0 0 0\r\n');
  await client.set('q', 'brief', 0, 1);
  await vi.waitFor(
    async () => {
      const figures = await client.stats('queues');
      expect([figures.get('q:waiting'), figures.get('q:expired')]).toEqual(['0', '1']);
    },
    { timeout: 60_000, interval: 20 },
  );
});
