import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { turn } from '../../../server/engine/turn.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { TestEngine, turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

const START = 1_700_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let disk: MemoryDisk;
let engine: TestEngine;

beforeEach(async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
  disk = new MemoryDisk();
  engine = await open();
});
afterEach(() => engine.close());

function open(): Promise<TestEngine> {
  const policy = (queue: string) => ({
    ...DEFAULT_POLICY,
    keepDoneMs: HOUR,
    deadLetterTo: queue === 'dying' ? 'q' : undefined,
  });
  return TestEngine.open(disk, { maxQueues: 3000, policy });
}

/** Sets the clock forward, minute by minute. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= MINUTE) {
    vi.advanceTimersByTime(Math.min(left, MINUTE));
    for (let i = 0; i < 10; i++) await turn();
  }
}

/** The names of the queues there are. */
function names(): string[] {
  return engine
    .pages(1000)
    .map(({ name }) => name)
    .sort();
}

/** Empty, and used just now. */
async function used(...queues: string[]): Promise<void> {
  for (const queue of queues) {
    await engine.enqueue(queue, 'x');
    await engine.take(queue);
  }
}

describe('a queue that is empty and unused', () => {
  it('stays for an hour, and goes soon after that', async () => {
    await used('q');
    await pass(HOUR);
    expect(names()).toEqual(['q']);
    await pass(2 * MINUTE);
    expect(names()).toEqual([]);
    // It is as if it had never been.
    expect(await engine.take('q')).toBeUndefined();
    expect(await engine.enqueue('q', 'again')).toBeGreaterThan(0);
    expect(await engine.takeText('q')).toBe('again');
  });

  it('is gone after a restart as well', async () => {
    await used('q', 'other');
    await pass(HOUR + 2 * MINUTE);
    await used('other');
    disk = disk.kill();
    await engine.close();
    engine = await open();
    expect(names()).toEqual(['other']);
  });

  it('has its hour from the start on', async () => {
    await used('q');
    await pass(HOUR - MINUTE);
    await engine.close();
    engine = await open();
    await pass(HOUR);
    expect(names()).toEqual(['q']);
    await pass(2 * MINUTE);
    expect(names()).toEqual([]);
  });

  it('leaves what it has lost in the sums', async () => {
    await engine.enqueue('q', 'dead on arrival', { exptime: -1 });
    await pass(HOUR + 2 * MINUTE);
    expect(names()).toEqual([]);
    expect(engine.engine.stats()).toMatchObject({ queues: 0, expired: 1, enqueued: 1 });
  });

  it('makes room for others, where as many are there as may be', async () => {
    for (let i = 0; i < 3000; i++) await engine.enqueue(`visitor ${i}`, 'x', { exptime: -1 });
    await expect(engine.enqueue('new', 'x')).rejects.toThrow('there are 3000 queues already');
    await pass(HOUR + 2 * MINUTE);
    await turns(() => names().length === 0);
    expect(names()).toEqual([]);
    expect(await engine.enqueue('new', 'x')).toBeGreaterThan(0);
  });

  it('goes among very many a part in each turn', async () => {
    for (let i = 0; i < 1000; i++) await engine.enqueue(`visitor ${i}`, 'x', { exptime: -1 });
    await pass(HOUR);
    vi.advanceTimersByTime(2 * MINUTE);
    const counts = new Set<number>();
    for (let i = 0; i < 100; i++) {
      counts.add(names().length);
      await turn();
    }
    expect(Math.min(...counts)).toBe(0);
    // One hundred each time, until none is left.
    expect(counts.size).toBeGreaterThanOrEqual(10);
  });
});

/** Comes and goes between two looks. */
async function deadLetter(): Promise<void> {
  await engine.enqueue('dying', 'x');
  await engine.fail((await engine.reserve('dying'))!.token, 'no', true);
  expect(engine.statsOf('q')).toMatchObject({ ready: 1 });
  await engine.purge();
  await engine.drop('dying');
}

/** The same. */
async function scheduled(): Promise<void> {
  const cron = { pattern: '0 0 1 1 *', timezone: undefined };
  await engine.schedule([{ name: 'yearly', queue: 'q', cron, body: Buffer.from('x'), missed: 'skip' }]);
  await engine.schedule([]);
}

describe('a queue stays', () => {
  it.each<[why: string, again: () => Promise<unknown>]>([
    ['what is stored and taken', () => used('q')],
    ['what expires on arrival', () => engine.enqueue('q', 'x', { exptime: -1 })],
    ['a pause that is over', async () => [await engine.pause('q'), await engine.resume('q')]],
    ['a resume', () => engine.resume('q')],
    ['a flush', () => engine.purge('q')],
    ['a dead letter that goes at once', deadLetter],
    ['what is scheduled for a moment', scheduled],
  ])('that is used now and then: %s', async (_, again) => {
    await used('q');
    for (let i = 0; i < 3; i++) {
      await pass(HOUR - 2 * MINUTE);
      // Else the use would open it anew.
      expect(names()).toEqual(['q']);
      await again();
    }
    await pass(HOUR + 2 * MINUTE);
    expect(names()).toEqual([]);
  });

  it('whose counters are reset, and come to where they stood', async () => {
    await used('q');
    await pass(HOUR - 2 * MINUTE);
    engine.engine.resetStats();
    await used('q');
    await pass(HOUR - 2 * MINUTE);
    expect(names()).toEqual(['q']);
  });

  it('that is paused', async () => {
    await engine.pause('q');
    await pass(3 * HOUR);
    expect(names()).toEqual(['q']);
    await engine.resume('q');
    await pass(HOUR + 2 * MINUTE);
    expect(names()).toEqual([]);
  });

  it('that has anything in it: ready, delayed, reserved, failed, or the status of a job', async () => {
    await engine.enqueue('ready', 'x');
    await engine.enqueue('delayed', 'x', { delayMs: 5 * HOUR });
    await engine.enqueue('reserved', 'x');
    await engine.reserve('reserved');
    await engine.enqueue('failed', 'x');
    await engine.fail((await engine.reserve('failed'))!.token, 'no', true);
    await engine.enqueue('ended', 'x', { jobId: 'job' });
    await engine.complete((await engine.reserve('ended'))!.token);
    await pass(HOUR - MINUTE);
    expect(await engine.status('ended', 'job')).toMatchObject({ state: 'complete' });
    await pass(HOUR - MINUTE);
    expect(names()).toEqual(['delayed', 'ended', 'failed', 'ready', 'reserved']);
    await pass(5 * MINUTE);
    expect(names()).toEqual(['delayed', 'failed', 'ready', 'reserved']);
    await engine.take('failed', { failed: true });
    await pass(HOUR + 2 * MINUTE);
    expect(names()).toEqual(['delayed', 'ready', 'reserved']);
  });

  it('for which somebody waits by its name, as long as that lasts', async () => {
    await used('q');
    const wait = engine.take('q', { waitMs: 3 * HOUR + 1 });
    await pass(3 * HOUR);
    expect(names()).toEqual(['q']);
    await pass(2 * MINUTE);
    expect(await wait).toBeUndefined();
    expect(names()).toEqual([]);
  });

  it('that the configuration names in its schedule', async () => {
    await used('q', 'other');
    const cron = { pattern: '0 0 1 1 *', timezone: undefined };
    await engine.schedule([{ name: 'yearly', queue: 'q', cron, body: Buffer.from('x'), missed: 'skip' }]);
    await engine.enqueue('q', 'in its place', { jobId: 'yearly' });
    await engine.take('q');
    expect(engine.statsOf('q')).toMatchObject({ ready: 0, delayed: 0 });
    await pass(2 * HOUR);
    expect(names()).toEqual(['q']);
    await engine.schedule([]);
    await pass(2 * MINUTE);
    expect(names()).toEqual([]);
  });
});
