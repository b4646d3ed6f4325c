import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobStatus } from '../../../server/engine/api.ts';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { body, type Options, type Scheduled, TestEngine, textOf, turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

/** A Tuesday, 14:13:20 UTC. */
const START = Date.UTC(2023, 10, 14, 22, 13, 20);
const HOUR = 3_600_000;

let disk: MemoryDisk;
let engine: TestEngine;
/** How far the clock on the wall has been set ahead of the engine's. */
let wallAhead: number;

beforeEach(async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
  wallAhead = 0;
  disk = new MemoryDisk();
  engine = await open();
});
afterEach(() => engine.close());

function open(options: Options = {}): Promise<TestEngine> {
  return TestEngine.open(disk, { wallClock: () => Date.now() + wallAhead, ...options });
}

function job(options: Partial<Scheduled> & { pattern?: string; timezone?: string } = {}): Scheduled {
  const { pattern = '0 * * * *', timezone = 'UTC', ...rest } = options;
  const body = Buffer.from("buildReport('daily')");
  return { name: 'nightly', queue: 'reports', cron: { pattern, timezone }, body, missed: 'once', ...rest };
}

/** Time goes on, a second at a time, as the engine looks at its clocks. */
async function advance(ms: number): Promise<void> {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    vi.advanceTimersByTime(Math.min(1000, end - Date.now()));
    await engine.peek('nothing');
  }
}

/** Sets the time without anybody noticing, as while the server is down. */
async function restart(downMs: number): Promise<void> {
  await engine.close();
  disk = disk.kill();
  vi.setSystemTime(Date.now() + downMs);
  engine = await open();
}

async function due(): Promise<string> {
  const { state, dueAt } = (await engine.status('reports', 'nightly')) as JobStatus;
  return state === 'waiting' && dueAt > 0 ? new Date(dueAt).toISOString() : state;
}

describe('a scheduled job', () => {
  it('comes at each of its times, once', async () => {
    await engine.schedule([job()]);
    expect(await due()).toBe('2023-11-14T23:00:00.000Z');
    expect(await engine.takeText('reports')).toBeUndefined();
    for (let i = 0; i < 5; i++) {
      await advance(HOUR);
      expect(await engine.drain('reports')).toEqual(["buildReport('daily')"]);
    }
    expect(await due()).toBe('2023-11-15T04:00:00.000Z');
  });

  it('goes by its time zone, and over the days on which the clocks are changed', async () => {
    await engine.schedule([job({ pattern: '30 2 * * *', timezone: 'Europe/Berlin' })]);
    expect(await due()).toBe('2023-11-15T01:30:00.000Z');
    vi.setSystemTime(Date.UTC(2024, 2, 30, 12));
    await engine.schedule([job({ pattern: '30 3 * * *', timezone: 'Europe/Berlin' })]);
    expect(await due()).toBe('2024-03-31T01:30:00.000Z');
  });

  it('is skipped while the last one is still live', async () => {
    await engine.schedule([job()]);
    await advance(HOUR);
    const taken = await engine.reserve('reports');
    await advance(3 * HOUR);
    expect(await engine.takeText('reports')).toBeUndefined();
    await engine.complete(taken!.token);
    expect(await due()).toBe('2023-11-15T03:00:00.000Z');
  });

  it('waits for its backoff when a run fails, and for its next time when it fails for good', async () => {
    engine = await reopened({ maxAttempts: 2, backoff: { kind: 'fixed', seconds: 10 } });
    await engine.schedule([job()]);
    await advance(HOUR);
    await engine.fail((await engine.reserve('reports', { holder: 'worker 7' }))!.token, 'first');
    await advance(10_000);
    await engine.fail((await engine.reserve('reports', { holder: 'worker 8' }))!.token, 'second');
    expect(await due()).toBe('2023-11-15T00:00:00.000Z');
    const lastRun = { state: 'failed', endedAt: Date.now(), error: 'second' };
    expect(await engine.status('reports', 'nightly')).toMatchObject({ error: '', lastRun });
    const failed = await engine.take('reports', { failed: true });
    expect(failed).toMatchObject({ attempt: 2, error: 'second', heldBy: 'worker 8' });
    expect(textOf(failed!)).toBe("buildReport('daily')");
    await advance(HOUR);
    expect((await engine.reserve('reports'))!.attempt).toBe(1);
  });

  async function reopened(policy: Partial<typeof DEFAULT_POLICY>): Promise<TestEngine> {
    await engine.close();
    return open({ policy: () => ({ ...DEFAULT_POLICY, ...policy }) });
  }
});

describe('after a restart a scheduled job', () => {
  it('keeps its time', async () => {
    await engine.schedule([job()]);
    await restart(60_000);
    await engine.schedule([job()]);
    expect(await due()).toBe('2023-11-14T23:00:00.000Z');
    await advance(HOUR);
    expect(await engine.drain('reports')).toHaveLength(1);
  });

  it('tells how its last run ended, also when its text or its line is another, or its segment is freed', async () => {
    const policy = () => ({ ...DEFAULT_POLICY, maxAttempts: 1 });
    await engine.close();
    engine = await open({ policy });
    await engine.schedule([job()]);
    await advance(HOUR);
    await engine.fail((await engine.reserve('reports'))!.token, 'no disk');
    const lastRun = { state: 'failed', endedAt: Date.now(), error: 'no disk' };
    const expectIt = async () =>
      expect((await engine.status('reports', 'nightly'))?.lastRun).toEqual(lastRun);
    for (const change of [{}, { body: Buffer.from('other()') }, { pattern: '30 * * * *' }]) {
      await restart(1000);
      await engine.schedule([job(change)]);
      await expectIt();
    }
    await Promise.all(Array.from({ length: 200 }, (_, i) => engine.enqueue('q', body(i))));
    await Promise.all(Array.from({ length: 200 }, () => engine.take('q')));
    await turns(() => engine.detail('journal_freed_segments') > 0);
    expect(engine.detail('journal_moved_bytes')).toBeGreaterThan(0);
    await restart(1000);
    await expectIt();
  });

  it('runs once for all that it missed', async () => {
    await engine.schedule([job()]);
    await restart(5 * HOUR);
    await engine.schedule([job()]);
    await advance(1000);
    expect(await engine.drain('reports')).toHaveLength(1);
    expect(await due()).toBe('2023-11-15T04:00:00.000Z');
  });

  it('runs not at all for what it missed, where so configured, also over two restarts', async () => {
    await engine.schedule([job({ missed: 'skip' })]);
    await restart(5 * HOUR);
    await engine.schedule([job({ missed: 'skip' })]);
    expect(await due()).toBe('2023-11-15T04:00:00.000Z');
    await restart(2 * HOUR);
    await engine.schedule([job({ missed: 'skip' })]);
    await advance(1000);
    expect(await engine.drain('reports')).toEqual([]);
    expect(await due()).toBe('2023-11-15T06:00:00.000Z');
    await advance(HOUR);
    expect(await engine.drain('reports')).toHaveLength(1);
  });

  it('stays the same job when what it missed has to wait for room to be skipped', async () => {
    const skipping = [job({ missed: 'skip' })];
    await engine.schedule(skipping);
    const { enqueuedAt } = (await engine.status('reports', 'nightly')) as JobStatus;
    await restart(3 * HOUR);
    // The next segment is not ready before this is done.
    disk.heldSyncs = [];
    const stored = Array.from({ length: 60 }, (_, i) => engine.enqueue('q', body(i)));
    const scheduled = engine.schedule(skipping);
    await turns(() => disk.heldSyncs?.length === 1);
    disk.releaseSyncs();
    await Promise.all([...stored, scheduled]);
    expect(await due()).toBe('2023-11-15T02:00:00.000Z');
    expect(await engine.status('reports', 'nightly')).toMatchObject({ enqueuedAt });
  });

  it('runs not for what it missed either when a start has to clean before that is on record', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `job ${i}`);
    const skipping = names.map((name) => job({ name, missed: 'skip' }));
    await engine.schedule(skipping);
    await Promise.all(Array.from({ length: 200 }, (_, i) => engine.enqueue('q', body(i))));
    // What a crash leaves when the messages are taken, before their segments are freed.
    let left = disk;
    disk.onChange = () => {
      left = disk.kill();
    };
    await Promise.all(Array.from({ length: 200 }, () => engine.take('q')));
    disk.onChange = undefined;
    await engine.close();
    disk = left;
    vi.setSystemTime(Date.now() + 5 * HOUR);
    engine = await open({ cacheSize: 0 });
    await engine.schedule(skipping);
    await turns(() => engine.detail('journal_freed_segments') > 0);
    expect(engine.detail('journal_moved_bytes')).toBeGreaterThan(0);
    wallAhead = 1000;
    await advance(2000);
    expect(await engine.drain('reports')).toEqual([]);
  });

  it('whose run a restart gave back runs again, though it was its last attempt', async () => {
    const policy = () => ({ ...DEFAULT_POLICY, maxAttempts: 1 });
    await engine.close();
    engine = await open({ policy });
    const skipping = [job({ missed: 'skip' })];
    await engine.schedule(skipping);
    await advance(HOUR);
    await engine.reserve('reports', { holder: 'the first' });
    disk = disk.kill();
    vi.setSystemTime(Date.now() + HOUR);
    engine = await open({ policy });
    await engine.schedule(skipping);
    expect(engine.statsOf('reports')).toMatchObject({ ready: 1, failed: 0 });
    const second = await engine.reserve('reports');
    expect(second).toMatchObject({ attempt: 2, isLast: true });
    await engine.complete(second!.token);
    expect(await due()).toBe('2023-11-15T01:00:00.000Z');
  });

  it('is not missed when it was ready, or failing, before', async () => {
    await engine.schedule([job({ missed: 'skip' })]);
    await advance(HOUR);
    await restart(5 * HOUR);
    await engine.schedule([job({ missed: 'skip' })]);
    await engine.fail((await engine.reserve('reports'))!.token, 'why');
    await restart(5 * HOUR);
    await engine.schedule([job({ missed: 'skip' })]);
    await advance(1000);
    expect(await engine.take('reports')).toMatchObject({ attempt: 2, error: 'why' });
  });

  it('that ran in the moment of the crash does not come twice for one time', async () => {
    await engine.schedule([job()]);
    await advance(HOUR);
    await engine.complete((await engine.reserve('reports'))!.token);
    await restart(1000);
    await engine.schedule([job()]);
    await advance(60_000);
    expect(await engine.drain('reports')).toEqual([]);
  });
});

describe('a schedule that is read again', () => {
  it('leaves what is the same, and takes the new text of one that waits', async () => {
    await engine.schedule([job()]);
    const before = await engine.status('reports', 'nightly');
    await engine.schedule([job()]);
    expect(await engine.status('reports', 'nightly')).toEqual(before);
    await engine.schedule([job({ body: Buffer.from('other()') })]);
    expect(await due()).toBe('2023-11-14T23:00:00.000Z');
    await advance(HOUR);
    expect(await engine.drain('reports')).toEqual(['other()']);
  });

  it('takes the new options of a job, keeps its time, and leaves it when they are the same', async () => {
    const own = {
      maxAttempts: 1,
      backoff: { kind: 'fixed', seconds: 0 },
      group: 'acme',
      priority: 5,
    } as const;
    await engine.schedule([job()]);
    await engine.schedule([job(own)]);
    const before = await engine.status('reports', 'nightly');
    expect(before).toMatchObject({
      maxAttempts: 1,
      backoff: { kind: 'none' },
      priority: 5,
      enqueuedAt: Date.now(),
    });
    expect(await due()).toBe('2023-11-14T23:00:00.000Z');
    await advance(1000);
    await engine.schedule([job(own)]);
    expect(await engine.status('reports', 'nightly')).toEqual(before);
    await advance(HOUR);
    // It is due, and stays so.
    await engine.schedule([job({ ...own, group: '' })]);
    const run = await engine.reserve('reports');
    expect(run).toMatchObject({ attempt: 1, isLast: true });
    await engine.fail(run!.token, 'why');
    expect(engine.statsOf('reports')).toMatchObject({ failed: 1, delayed: 1 });
    await engine.schedule([job()]);
    expect(await engine.status('reports', 'nightly')).toMatchObject({
      maxAttempts: 0,
      backoff: undefined,
      priority: 1024,
    });
  });

  it('takes the new time of a job', async () => {
    await engine.schedule([job()]);
    await engine.schedule([job({ pattern: '30 * * * *' })]);
    expect(await due()).toBe('2023-11-14T22:30:00.000Z');
    await engine.schedule([job({ pattern: '30 3 * * *' })]);
    await engine.schedule([job({ pattern: '30 3 * * *', timezone: 'Europe/Berlin' })]);
    expect(await due()).toBe('2023-11-15T02:30:00.000Z');
  });

  it('forgets what is no longer there, and what comes from clients stays', async () => {
    await engine.enqueue('reports', 'mine', { jobId: 'mine', everyMs: HOUR, delayMs: HOUR });
    await engine.schedule([job(), job({ name: 'weekly', pattern: '0 0 * * 0' })]);
    await engine.schedule([job({ name: 'weekly', pattern: '0 0 * * 0' })]);
    expect(await engine.status('reports', 'nightly')).toBeUndefined();
    expect(await engine.status('reports', 'weekly')).toMatchObject({ cron: '0 0 * * 0', state: 'waiting' });
    expect(await engine.status('reports', 'mine')).toMatchObject({ everyMs: HOUR });
  });

  it('lets one that runs end, without another time', async () => {
    await engine.schedule([job()]);
    await advance(HOUR);
    const taken = await engine.reserve('reports');
    await engine.schedule([]);
    expect(await engine.complete(taken!.token)).toBe(true);
    await advance(2 * HOUR);
    expect(await engine.drain('reports')).toEqual([]);
  });

  it('has one that runs and fails tried again, as any other', async () => {
    await engine.schedule([job()]);
    await advance(HOUR);
    const taken = await engine.reserve('reports');
    await engine.schedule([]);
    expect(await engine.status('reports', 'nightly')).toMatchObject({ state: 'running', cron: '' });
    expect(await engine.fail(taken!.token, 'no', true)).toBe(true);
    expect(await engine.status('reports', 'nightly')).toMatchObject({ state: 'failed', error: 'no' });
    expect(await engine.retryFailed('reports')).toBe(1);
    expect(await engine.take('reports')).toMatchObject({ jobId: 'nightly' });
    await advance(2 * HOUR);
    expect(await engine.drain('reports')).toEqual([]);
  });

  it('goes on with a job of which the run was cancelled', async () => {
    await engine.schedule([job()]);
    expect(await engine.cancel('reports', 'nightly')).toBe(false);
    await advance(HOUR);
    const taken = await engine.reserve('reports');
    expect(await engine.cancel('reports', 'nightly')).toBe(true);
    const cancelledAt = (await engine.status('reports', 'nightly'))!.endedAt;
    await engine.schedule([job()]);
    expect(await engine.status('reports', 'nightly')).toMatchObject({ state: 'cancelled' });
    expect(await engine.complete(taken!.token)).toBe(false);
    expect(await due()).toBe('2023-11-15T00:00:00.000Z');
    const lastRun = { state: 'cancelled', endedAt: cancelledAt, error: '' };
    expect(await engine.status('reports', 'nightly')).toMatchObject({ lastRun });
    await advance(HOUR);
    expect(await engine.cancel('reports', 'nightly')).toBe(true);
    expect(await engine.drain('reports')).toEqual([]);
    expect(await due()).toBe('2023-11-15T01:00:00.000Z');
  });

  it('comes again where its queue was dropped', async () => {
    await engine.schedule([job()]);
    expect(await engine.drop('reports')).toBe(true);
    await engine.enqueue('other', 'x');
    expect(await due()).toBe('2023-11-14T23:00:00.000Z');
  });
});

describe('when the clock on the wall is set, a scheduled job', () => {
  it('forward: comes by the new time', async () => {
    await engine.schedule([job()]);
    wallAhead = 30 * 60_000;
    await advance(2000);
    // 22:43 on the wall: 17 minutes are left.
    await advance(15 * 60_000);
    expect(await engine.drain('reports')).toEqual([]);
    await advance(3 * 60_000);
    expect(await engine.drain('reports')).toHaveLength(1);
    expect(await due()).toBe('2023-11-14T23:30:00.000Z');
  });

  it('while a run waits for its backoff: comes after that', async () => {
    await engine.schedule([job()]);
    await advance(HOUR);
    await engine.fail((await engine.reserve('reports'))!.token, 'why');
    wallAhead = -2 * HOUR;
    await advance(2000);
    expect(await engine.drain('reports')).toHaveLength(1);
  });

  it('back: comes by the new time, and other delays do not care', async () => {
    await engine.schedule([job()]);
    await engine.enqueue('reports', 'mine', { delayMs: HOUR });
    wallAhead = -2 * HOUR;
    // 20:59 on the wall.
    await advance(46 * 60_000);
    expect(await engine.drain('reports')).toEqual([]);
    await advance(14 * 60_000 + 1000);
    expect(await engine.drain('reports')).toEqual(["buildReport('daily')", 'mine']);
    await advance(HOUR);
    expect(await engine.drain('reports')).toHaveLength(1);
  });

  it('back by less than an hour: does not come again at the time at which it came', async () => {
    await engine.schedule([job()]);
    await advance(HOUR);
    expect(await engine.drain('reports')).toHaveLength(1);
    wallAhead = -HOUR / 2;
    await advance(HOUR);
    expect(await engine.drain('reports')).toEqual([]);
    await advance(HOUR);
    expect(await engine.drain('reports')).toHaveLength(1);
  });

  it('by so little that nobody notices: comes once, and never before its time', async () => {
    for (const ahead of [-99, 50, 99]) {
      await engine.close();
      disk = new MemoryDisk();
      wallAhead = ahead;
      engine = await open();
      await engine.schedule([job({ pattern: '* * * * *' })]);
      const wall = () => Date.now() + wallAhead;
      // The difference is noticed when it is twice as much.
      wallAhead -= 99;
      const minute = Math.ceil(wall() / 60_000) * 60_000;
      await advance(minute - wall() - 300);
      const runs: number[] = [];
      while (wall() < minute + 300) {
        vi.advanceTimersByTime(1);
        if ((await engine.takeText('reports')) !== undefined) runs.push(wall() - minute);
      }
      expect(runs, `${ahead} ms`).toHaveLength(1);
      expect(runs[0], `${ahead} ms`).toBeGreaterThanOrEqual(0);
    }
  });

  it('far ahead and back again: comes by the right time, also after a restart', async () => {
    wallAhead = 30 * 24 * HOUR;
    await engine.schedule([job()]);
    await advance(HOUR);
    expect(await engine.drain('reports')).toHaveLength(1);
    wallAhead = 0;
    await advance(HOUR);
    expect(await engine.drain('reports')).toHaveLength(1);

    wallAhead = 30 * 24 * HOUR;
    await advance(2000);
    expect(await engine.drain('reports')).toHaveLength(1);
    wallAhead = 0;
    await restart(1000);
    await engine.schedule([job()]);
    await advance(HOUR);
    expect(await engine.drain('reports')).toHaveLength(1);
  });

  it('wrong at a start, and right soon after: has missed nothing', async () => {
    await engine.schedule([job({ pattern: '0 0 * * *' })]);
    await engine.close();
    disk = disk.kill();
    const start = Date.now();
    vi.setSystemTime(0);
    engine = await open();
    await engine.schedule([job({ pattern: '0 0 * * *' })]);
    await advance(10_000);
    wallAhead = start;
    await advance(60_000);
    expect(await engine.drain('reports')).toEqual([]);
    await advance(2 * HOUR);
    expect(await engine.drain('reports')).toHaveLength(1);
  });

  it('by days: does not come for each of the days', async () => {
    await engine.schedule([job()]);
    wallAhead = 30 * 24 * HOUR;
    await advance(2000);
    expect(await engine.drain('reports')).toHaveLength(1);
    await advance(60_000);
    expect(await engine.drain('reports')).toEqual([]);
  });
});
