import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CancelledLease } from '../../../server/engine/api.ts';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { MessageState } from '../../../server/engine/state/message-table.ts';
import { body, ManualClock, type Options, TestEngine, turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

let disk: MemoryDisk;
let clock: ManualClock;
let engine: TestEngine;
let policy: Policy;
let told: CancelledLease[];

beforeEach(async () => {
  disk = new MemoryDisk();
  clock = new ManualClock();
  policy = DEFAULT_POLICY;
  told = [];
  engine = await open();
});
afterEach(() => engine.close());

function open(options: Options = {}): Promise<TestEngine> {
  const onCancelled = (lease: CancelledLease) => told.push(lease);
  return TestEngine.open(disk, { clock: () => clock.now, policy: () => policy, onCancelled, ...options });
}

async function restart(how: 'stop' | 'kill', options: Options = {}): Promise<void> {
  if (how === 'stop') await engine.close();
  const left = disk.kill();
  if (how === 'kill') await engine.close();
  disk = left;
  engine = await open(options);
}

async function hold(mode: 'lease' | 'open', options: Parameters<TestEngine['enqueue']>[2] = {}) {
  await engine.enqueue('q', 'job', { jobId: 'k', ...options });
  const { token } = (await engine.reserve('q', { mode, leaseMs: 90_000, holder: 'worker' }))!;
  clock.now += 1000;
  return token;
}

async function held(): Promise<number> {
  // Whatever is due happens before something that is due now.
  await engine.enqueue('clock', 'x', { delayMs: 0.001 });
  clock.now += 1;
  await engine.take('clock', { waitMs: 60_000 });
  return engine.statsOf('q')!.reserved;
}

describe('what is held', () => {
  it('is told to who holds it, once that is durable, and until its lease is over', async () => {
    const token = await hold('lease');
    expect(await engine.cancel('q', 'k')).toBe(true);
    const deadline = clock.now + 89_000;
    expect(told).toEqual([{ queue: 'q', jobId: 'k', token, holder: 'worker', deadline }]);
    expect(await engine.cancel('q', 'k')).toBe(false);
    expect(told.length).toBe(1);
    clock.now = deadline - 2;
    expect(await held()).toBe(1);
    clock.now = deadline;
    expect(await held()).toBe(0);
    const cancelled = { state: 'cancelled', endedAt: deadline - 89_000, heldBy: 'worker' };
    expect(await engine.status('q', 'k')).toMatchObject(cancelled);
  });

  it('openly is held for a minute at most', async () => {
    await hold('open');
    await engine.cancel('q', 'k');
    const deadline = clock.now + 60_000;
    expect(told).toMatchObject([{ deadline }]);
    clock.now = deadline - 2;
    expect(await held()).toBe(1);
    clock.now = deadline;
    expect(await held()).toBe(0);
  });

  it('has the status for keep_done from its end on', async () => {
    policy = { ...DEFAULT_POLICY, keepDoneMs: 5000 };
    const token = await hold('lease');
    await engine.cancel('q', 'k');
    clock.now += 10_000;
    expect(await engine.complete(token)).toBe(false);
    clock.now += 4000;
    await restart('stop');
    expect(await engine.status('q', 'k')).toMatchObject({ state: 'cancelled' });
    clock.now += 1000;
    await restart('stop');
    await turns(() => engine.state.endedCount === 0);
    expect(await engine.status('q', 'k')).toBeUndefined();
  });

  it('repeats no more', async () => {
    const token = await hold('lease', { everyMs: 1000 });
    await engine.cancel('q', 'k');
    expect(await engine.status('q', 'k')).toMatchObject({ state: 'cancelled', everyMs: 0 });
    expect(await engine.release(token, 'abort')).toBe(false);
    expect(engine.statsOf('q')).toMatchObject({ ready: 0, delayed: 0, reserved: 0 });
  });

  it.each(['stop', 'kill'] as const)('is cancelled as it was after a %s', async (how) => {
    const token = await hold('lease', { everyMs: 1000 });
    await engine.cancel('q', 'k');
    const cancelledAt = clock.now;
    clock.now += 1000;
    await restart(how);
    const cancelled = { state: 'cancelled', endedAt: cancelledAt, everyMs: 0 };
    expect(await engine.status('q', 'k')).toMatchObject(cancelled);
    expect(await engine.extend(token, 1000)).toBe(false);
    expect(await held()).toBe(1);
    expect(await engine.fail(token, 'why')).toBe(false);
    expect(await held()).toBe(0);
    expect(await engine.status('q', 'k')).toMatchObject(cancelled);
    await restart(how);
    expect(await engine.status('q', 'k')).toMatchObject(cancelled);
  });

  it('is cancelled as it was once its segment is freed', async () => {
    await hold('open');
    await engine.cancel('q', 'k');
    const cancelled = { state: 'cancelled', endedAt: clock.now };
    const freed = () => engine.detail('journal_freed_segments');
    for (let i = 0; freed() < 2; i++) {
      await engine.enqueue('churn', body(i, 20_000));
      await engine.take('churn');
    }
    await restart('kill');
    expect(await engine.status('q', 'k')).toMatchObject(cancelled);
    expect(await held()).toBe(1);
    clock.now += 60_000;
    expect(await held()).toBe(0);
    expect(await engine.status('q', 'k')).toMatchObject(cancelled);
  });

  it('is known to be whose it is again when that extends it after a restart', async () => {
    const token = await hold('lease');
    await restart('kill');
    expect(await engine.status('q', 'k')).toMatchObject({ state: 'running', heldBy: '' });
    await engine.extend(token, 1000);
    expect(await engine.status('q', 'k')).toMatchObject({ heldBy: '' });
    await engine.extend(token, 1000, 'the same worker');
    await engine.extend(token, 1000, 'somebody');
    expect(await engine.status('q', 'k')).toMatchObject({ state: 'running', heldBy: 'the same worker' });
    await engine.cancel('q', 'k');
    expect(told).toMatchObject([{ token, holder: 'the same worker' }]);
  });
});

describe('what waits on the disk', () => {
  /** Jobs that are in no memory, the first of which is `0`. */
  async function fill(): Promise<void> {
    await restart('stop', { cacheSize: 0 });
    for (let i = 0; i < 20; i++) await engine.enqueue('q', body(i, 10_000), { jobId: `${i}` });
  }

  it('is gone at once, and its status is there', async () => {
    await fill();
    const cancelled = engine.cancel('q', '0');
    const next = engine.take('q');
    expect(await engine.cancel('q', '0')).toBe(false);
    expect(await cancelled).toBe(true);
    expect(await next).toMatchObject({ jobId: '1' });
    expect(await engine.status('q', '0')).toMatchObject({ state: 'cancelled', endedAt: clock.now });
    await turns(() => engine.statsOf('q')!.reserved === 0);
    expect(engine.statsOf('q')).toMatchObject({ ready: 18, reserved: 0 });
    expect(await engine.status('q', '0')).toMatchObject({ state: 'cancelled', attempts: 0, heldBy: '' });
    expect(told).toEqual([]);
  });

  it('is not given to who has taken it, and waits for it to be read', async () => {
    await fill();
    const read = engine.take('q');
    const cancelled = engine.cancel('q', '0');
    expect(await read).toMatchObject({ jobId: '1' });
    expect(await cancelled).toBe(true);
    await turns(() => engine.statsOf('q')!.reserved === 0);
    expect(await engine.status('q', '0')).toMatchObject({ state: 'cancelled' });
    expect(await engine.drain('q')).toHaveLength(18);
  });

  it('is cancelled in the next life where this one ends before it is read', async () => {
    await fill();
    await engine.cancel('q', '0');
    const slot = engine.state.queues.get('q')!.jobs!.get('0')!;
    expect(engine.state.stateOf(slot)).toBe(MessageState.cancelled);
    await restart('kill');
    await turns(() => engine.statsOf('q')!.reserved === 0);
    expect(await engine.status('q', '0')).toMatchObject({ state: 'cancelled', endedAt: clock.now });
    expect(engine.statsOf('q')).toMatchObject({ ready: 19, reserved: 0 });
  });
});
