import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobStatus, ScheduledView } from '../../../server/engine/api.ts';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { body, type Options, type Scheduled, TestEngine, turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

/** A Tuesday, 22:13:20 UTC. */
const START = Date.UTC(2023, 10, 14, 22, 13, 20);
const HOUR = 3_600_000;
const policy = () => ({ ...DEFAULT_POLICY, maxAttempts: 1 });

let disk: MemoryDisk;
let engine: TestEngine;

beforeEach(() => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
  disk = new MemoryDisk();
});
afterEach(() => engine.close());

function job(options: Partial<Scheduled> & { pattern?: string } = {}): Scheduled {
  const { pattern = '0 * * * *', ...rest } = options;
  const cron = { pattern, timezone: 'UTC' };
  return { name: 'nightly', queue: 'reports', cron, body: Buffer.from('report()'), missed: 'once', ...rest };
}

async function open(options: Options = {}): Promise<void> {
  engine = await TestEngine.open(disk, { wallClock: () => Date.now(), policy, ...options });
}

/** The end of the process, and another one a little later. */
async function restart(downMs: number, line = job()): Promise<void> {
  await engine.close();
  disk = disk.kill();
  vi.setSystemTime(Date.now() + downMs);
  await open();
  await engine.schedule([line]);
}

/** Time goes on, a second at a time. */
async function advance(ms: number): Promise<void> {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    vi.advanceTimersByTime(Math.min(1000, end - Date.now()));
    await engine.peek('nothing');
  }
}

function view(name = 'nightly'): ScheduledView {
  return engine.engine.schedules.all().find((each) => each.name === name) as ScheduledView;
}

/** What there is to see: the state, and the next time. */
function seen(): string {
  const { state, isDisabled, nextAt } = view();
  return `${state}${isDisabled && state !== 'disabled' ? ', disabled' : ''}, ${new Date(nextAt).toISOString().slice(8, 16)}`;
}

function runNow(name = 'nightly'): Promise<boolean | undefined> {
  return engine.engine.schedules.runNow(name);
}

function disable(isDisabled = true, name = 'nightly'): Promise<true | undefined> {
  return engine.engine.schedules.setDisabled(name, isDisabled);
}

describe.each(['on a disk', 'in memory'])('%s a schedule', (where) => {
  beforeEach(async () => {
    if (where === 'on a disk') await open();
    else engine = await TestEngine.openInMemory({ wallClock: () => Date.now(), policy });
    await engine.schedule([job()]);
  });

  it('shows a job with its state, its next time and how it ran', async () => {
    expect(view()).toMatchObject({ name: 'nightly', queue: 'reports', cron: job().cron, runs: [] });
    expect(seen()).toBe('waiting, 14T23:00');
    await advance(HOUR);
    expect(seen()).toBe('ready, 15T00:00');
    const first = await engine.reserve('reports');
    expect(seen()).toBe('running, 15T00:00');
    await engine.complete(first!.token);
    expect(seen()).toBe('waiting, 15T00:00');
    const complete = { state: 'complete', endedAt: Date.now(), error: '' };
    await advance(HOUR);
    await engine.fail((await engine.reserve('reports'))!.token, 'no disk');
    const failed = { state: 'failed', endedAt: Date.now(), error: 'no disk' };
    await advance(HOUR);
    await engine.cancel('reports', 'nightly');
    const cancelled = { state: 'cancelled', endedAt: Date.now(), error: '' };
    expect(view()).toMatchObject({ runs: [complete, failed, cancelled], lastRun: cancelled });
  });

  it('knows the message by the handle that others know it by', async () => {
    expect(view().ref).toEqual({
      slot: 0,
      id: ((await engine.status('reports', 'nightly')) as JobStatus).id,
    });
  });

  it('keeps the last 20 runs, and of an error no more than a part', async () => {
    for (let i = 0; i < 22; i++) {
      await runNow();
      await engine.fail((await engine.reserve('reports'))!.token, `${i} ${'x'.repeat(3000)}`);
    }
    const { runs } = view();
    expect(runs.map(({ error }) => Number.parseInt(error, 10))).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 2),
    );
    expect(runs.every(({ error }) => error.length === 1024)).toBe(true);
  });

  it('forgets what is scheduled no more, and does not know what never was', async () => {
    await engine.schedule([job({ name: 'other' })]);
    expect(engine.engine.schedules.all().map(({ name }) => name)).toEqual(['other']);
    expect(await runNow()).toBeUndefined();
    expect(await disable()).toBeUndefined();
  });

  it('runs a job now, to whoever waits, and then at its times as ever', async () => {
    const waiting = engine.reserve('reports', { waitMs: 1000 });
    expect(await runNow()).toBe(true);
    const taken = await waiting;
    expect(seen()).toBe('running, 14T23:00');
    await engine.complete(taken!.token);
    expect(seen()).toBe('waiting, 14T23:00');
    await advance(HOUR);
    expect(await engine.drain('reports')).toHaveLength(1);
  });

  it('runs none now that is live already', async () => {
    expect(await runNow()).toBe(true);
    expect(await runNow()).toBe(false);
    const taken = await engine.reserve('reports');
    expect(await runNow()).toBe(false);
    await engine.cancel('reports', 'nightly');
    expect(await runNow()).toBe(false);
    await engine.complete(taken!.token);
    expect(await runNow()).toBe(true);
    expect(await engine.drain('reports')).toHaveLength(1);
  });

  it('has the times of a job pass that is disabled, until it is not', async () => {
    expect(await disable()).toBe(true);
    expect(seen()).toBe('disabled, 14T23:00');
    expect(await engine.status('reports', 'nightly')).toMatchObject({ isDisabled: true, state: 'waiting' });
    await advance(3 * HOUR);
    expect(await engine.drain('reports')).toEqual([]);
    expect(seen()).toBe('disabled, 15T02:00');
    expect(await disable(false)).toBe(true);
    expect(seen()).toBe('waiting, 15T02:00');
    await advance(HOUR);
    expect(await engine.drain('reports')).toHaveLength(1);
  });

  it('has a run end that is under way when its job is disabled, and lets one come by hand', async () => {
    await runNow();
    const taken = await engine.reserve('reports', { holder: 'worker 1' });
    await disable();
    expect(seen()).toBe('running, disabled, 14T23:00');
    expect(await engine.status('reports', 'nightly')).toMatchObject({ heldBy: 'worker 1', state: 'running' });
    expect(await engine.complete(taken!.token)).toBe(true);
    expect(seen()).toBe('disabled, 14T23:00');
    expect(await runNow()).toBe(true);
    expect(seen()).toBe('ready, disabled, 14T23:00');
    expect(await engine.drain('reports')).toHaveLength(1);
    await advance(2 * HOUR);
    expect(await engine.drain('reports')).toEqual([]);
  });

  it('has a job disabled over changes of its line, until its queue is dropped', async () => {
    await disable();
    for (const line of [
      job({ body: Buffer.from('other()') }),
      job({ pattern: '30 * * * *' }),
      job({ priority: 7 }),
    ]) {
      await engine.schedule([line]);
      expect(view()).toMatchObject({ state: 'disabled' });
    }
    await engine.drop('reports');
    await turns(() => engine.statsOf('reports')?.delayed === 1);
    expect(view()).toMatchObject({ state: 'waiting' });
  });

  it('has a job disabled of which a run is under way when its line changes', async () => {
    await runNow();
    await engine.reserve('reports');
    await disable();
    await engine.schedule([job({ pattern: '30 * * * *' })]);
    expect(view()).toMatchObject({ state: 'disabled' });
  });
});

describe('over a restart', () => {
  beforeEach(async () => {
    await open();
    await engine.schedule([job()]);
  });

  it.each(['once', 'skip'] as const)(
    'a job stays disabled, of which times were missed: %s',
    async (missed) => {
      await disable();
      await advance(2 * HOUR);
      await restart(5 * HOUR, job({ missed }));
      await advance(1000);
      expect(seen()).toBe('disabled, 15T06:00');
      expect(await engine.drain('reports')).toEqual([]);
      await disable(false);
      await restart(1000, job({ missed }));
      expect(seen()).toBe('waiting, 15T06:00');
      await advance(HOUR);
      expect(await engine.drain('reports')).toHaveLength(1);
    },
  );

  it('a job stays disabled of which the segment was freed', async () => {
    await disable();
    await advance(2 * HOUR);
    await Promise.all(Array.from({ length: 200 }, (_, i) => engine.enqueue('q', body(i))));
    await Promise.all(Array.from({ length: 200 }, () => engine.take('q')));
    await turns(() => engine.detail('journal_freed_segments') > 0);
    expect(engine.detail('journal_moved_bytes')).toBeGreaterThan(0);
    await restart(HOUR);
    expect(view()).toMatchObject({ state: 'disabled' });
  });

  it('a run that came by hand is there still, and none that ended', async () => {
    await runNow();
    await restart(1000);
    expect(seen()).toBe('ready, 14T23:00');
    await engine.drain('reports');
    expect(view().runs).toHaveLength(1);
    await restart(1000);
    expect(view()).toMatchObject({ runs: [], lastRun: { state: 'complete' } });
    expect(await engine.drain('reports')).toEqual([]);
  });
});

it('what is done by hand with a job of which the record is on the disk is durable when it is answered', async () => {
  await open({ cacheSize: 0 });
  await engine.schedule([job()]);
  await Promise.all(Array.from({ length: 100 }, (_, i) => engine.enqueue('q', body(i))));
  for (const act of [() => disable(), () => runNow()]) {
    disk.heldSyncs = [];
    let isDone = false;
    const done = act().then(() => {
      isDone = true;
    });
    await turns(() => disk.heldSyncs?.length === 1);
    expect(isDone).toBe(false);
    disk.releaseSyncs();
    await done;
  }
  disk = disk.kill();
  await engine.close().catch(() => {});
  await open();
  await engine.schedule([job()]);
  expect(view()).toMatchObject({ state: 'ready', isDisabled: true });
});
