import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { turn } from '../../../server/engine/turn.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { body, TestEngine, textOf } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

/** In whole seconds. */
const START = 1_700_000_000_000;

let disk: MemoryDisk;
let engine: TestEngine;
let policies: Record<string, Partial<Policy>>;

beforeEach(async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
  policies = {};
  disk = new MemoryDisk();
  engine = await open();
});
afterEach(() => engine.close());

function open(): Promise<TestEngine> {
  const policy = (queue: string): Policy => ({ ...DEFAULT_POLICY, ...policies[queue], ...policies['*'] });
  return TestEngine.open(disk, { cacheSize: 1, policy });
}

/** The server is killed, and another one starts. */
async function restart(): Promise<void> {
  const left = disk.kill();
  await engine.close();
  disk = left;
  engine = await open();
}

/** The configuration is read again. */
async function change(changed: Record<string, Partial<Policy>>): Promise<void> {
  policies = changed;
  engine.policiesChanged();
  await turn();
}

/** Sets the clock forward by so many seconds, one after the other. */
async function pass(seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left--) {
    vi.advanceTimersByTime(1000);
    for (let i = 0; i < 10; i++) await turn();
  }
}

/** The message that is next fails for good. */
async function fail(queue: string): Promise<void> {
  const { token = 0 } = (await engine.reserve(queue)) ?? {};
  await engine.fail(token, 'why', true);
}

/** They are stored, and fail in another order, a second after the other. */
async function failEach(queue: string, stored: readonly string[], failing: readonly string[]): Promise<void> {
  for (const each of stored) await engine.enqueue(queue, each, { jobId: each.split(':')[0] });
  const tokens = new Map<string, number>();
  for (const _ of stored) {
    const delivery = await engine.reserve(queue);
    if (delivery !== undefined) tokens.set(textOf(delivery), delivery.token);
  }
  for (const each of failing) {
    await engine.fail(tokens.get(each) ?? 0, 'why', true);
    await pass(1);
  }
}

/** What has failed, in the order of the set. */
async function failed(queue: string): Promise<(string | undefined)[]> {
  const texts: (string | undefined)[] = [];
  while (engine.statsOf(queue)?.failed !== 0) texts.push(await engine.takeText(queue, { failed: true }));
  return texts;
}

function stats(queue: string) {
  return engine.statsOf(queue);
}

describe('max_failed', () => {
  it('lets go what failed first, not what is next; it is counted, and nothing is known of its job', async () => {
    policies = { q: { maxFailed: 2 } };
    await failEach('q', ['a', 'b', 'c'], ['c', 'a', 'b']);
    expect(stats('q')).toMatchObject({ failed: 2, failedDropped: 1, dropped: 0 });
    expect(engine.engine.stats().failedDropped).toBe(1);
    expect(await engine.status('q', 'c')).toBeUndefined();
    expect(await engine.status('q', 'a')).toMatchObject({ state: 'failed' });
    expect(await failed('q')).toEqual(['a', 'b']);
    engine.engine.resetStats();
    expect([stats('q')?.failedDropped, engine.engine.stats().failedDropped]).toEqual([0, 0]);
  });

  it('holds for what had failed before, at a start and when it changes; without it all that is there stays', async () => {
    await failEach('q', ['a', 'b', 'c', 'd'], ['d', 'c', 'b', 'a']);
    await change({ q: { maxFailed: 3 } });
    expect(stats('q')).toMatchObject({ failed: 3, failedDropped: 1 });
    expect(await engine.status('q', 'd')).toBeUndefined();
    policies = { q: { maxFailed: 2 } };
    await restart();
    expect(stats('q')).toMatchObject({ failed: 2, failedDropped: 1 });
    await change({});
    await failEach('q', ['e'], ['e']);
    expect(await failed('q')).toEqual(['a', 'b', 'e']);
  });

  it('knows when they failed though they were written again since, in another order', async () => {
    const bodies = Array.from({ length: 12 }, (_, i) => body(i, 6000));
    await failEach('q', bodies, bodies.toReversed());
    for (let i = 0; i < 60; i++) {
      await engine.enqueue('other', body(i, 6000));
      await engine.takeText('other');
    }
    expect(engine.detail('journal_moved_bytes')).toBeGreaterThan(72_000);
    policies = { q: { maxFailed: 3 } };
    await restart();
    expect(await failed('q')).toEqual(bodies.slice(0, 3));
  });

  it('is of each queue, and not of what goes to another queue', async () => {
    policies = { q: { maxFailed: 1 }, dying: { maxFailed: 1, deadLetterTo: 'dead' } };
    for (const queue of ['q', 'other', 'dying']) await failEach(queue, ['a', 'b'], ['a', 'b']);
    expect(['q', 'other', 'dying', 'dead'].map((queue) => stats(queue)?.failed)).toEqual([1, 2, 0, 0]);
    expect(stats('dead')).toMatchObject({ ready: 2 });
  });

  it('leaves alone what was taken, tried again, discarded or gone with its queue', async () => {
    policies = { q: { maxFailed: 2 } };
    await failEach('q', ['a', 'b'], ['a', 'b']);
    await engine.takeText('q', { failed: true });
    await failEach('q', ['c'], ['c']);
    await engine.discardFailed('q', 'c');
    await failEach('q', ['d'], ['d']);
    expect(await engine.retryFailed('q', 0, 'b')).toBe(1);
    expect(await engine.takeText('q')).toBe('b');
    await failEach('q', ['e'], ['e']);
    expect(stats('q')).toMatchObject({ failed: 2, failedDropped: 0 });
    await engine.drop('q');
    await failEach('q', ['f', 'g', 'h'], ['h', 'g', 'f']);
    expect(await failed('q')).toEqual(['f', 'g']);
  });

  it('waits for a retry of all, of which nothing is lost', async () => {
    await failEach('q', ['a', 'b', 'c'], ['a', 'b', 'c']);
    const retrying = engine.retryFailed('q');
    await change({ q: { maxFailed: 1 } });
    expect(await retrying).toBe(3);
    expect(await engine.drain('q')).toEqual(['a', 'b', 'c']);
    expect(stats('q')).toMatchObject({ failed: 0, failedDropped: 0 });
  });
});

describe('keep_failed', () => {
  it('lets go what was kept for so long, when a second begins', async () => {
    policies = { q: { keepFailedMs: 2500 } };
    await failEach('q', ['a', 'b'], ['b', 'a']);
    vi.advanceTimersByTime(999);
    expect(stats('q')).toMatchObject({ failed: 2 });
    vi.advanceTimersByTime(1);
    expect(stats('q')).toMatchObject({ failed: 1, failedDropped: 1 });
    expect(await engine.status('q', 'b')).toBeUndefined();
    await pass(1);
    expect(stats('q')).toMatchObject({ failed: 0, failedDropped: 2, bytes: 0 });
    await restart();
    expect(stats('q')).toMatchObject({ failed: 0 });
  });

  it('counts from when it failed, also over a restart and a change', async () => {
    await failEach('q', ['a', 'b'], ['b', 'a']);
    await pass(3);
    policies = { q: { keepFailedMs: 6000 } };
    await restart();
    await pass(1);
    expect(await engine.status('q', 'b')).toBeUndefined();
    expect(stats('q')).toMatchObject({ failed: 1 });
    await change({ q: { keepFailedMs: 60_000 } });
    await pass(10);
    expect(stats('q')).toMatchObject({ failed: 1 });
    await change({});
    await pass(100);
    expect(stats('q')).toMatchObject({ failed: 1 });
    await change({ q: { keepFailedMs: 60_000 } });
    await pass(1);
    expect(stats('q')).toMatchObject({ failed: 0, failedDropped: 2 });
  });

  it('begins anew with what fails once more', async () => {
    policies = { q: { keepFailedMs: 3000 } };
    await failEach('q', ['a'], ['a']);
    await engine.retryFailed('q');
    await fail('q');
    await pass(2);
    expect(stats('q')).toMatchObject({ failed: 1 });
    await pass(1);
    expect(stats('q')).toMatchObject({ failed: 0, failedDropped: 1 });
  });

  it('has no timer where nothing has failed', async () => {
    policies = { q: { keepFailedMs: 3000 } };
    await failEach('q', ['a'], ['a']);
    expect(vi.getTimerCount()).toBe(2);
    await pass(4);
    expect(stats('q')).toMatchObject({ failed: 0 });
    // The one that is left is for what comes much later: queues that nobody uses.
    expect(vi.getTimerCount()).toBe(1);
  });
});

it('on a full disk what failed goes as before', async () => {
  policies = { q: { maxFailed: 1 } };
  await failEach('q', ['a'], ['a']);
  await engine.enqueue('q', 'b');
  disk.capacity = disk.totalBytes;
  while (await engine.enqueue('other', body(2, 3000)).catch(() => 0));
  await fail('q');
  expect(stats('q')).toMatchObject({ failed: 1, failedDropped: 1 });
  expect(await failed('q')).toEqual(['b']);
});
