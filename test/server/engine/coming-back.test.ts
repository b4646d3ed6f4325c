import { afterEach, beforeEach, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../server/engine/policy.ts';
import { ManualClock, type Options, TestEngine, turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

const BACKOFF = 600_000;

let disk: MemoryDisk;
let clock: ManualClock;
let engine: TestEngine;

beforeEach(async () => {
  disk = new MemoryDisk();
  clock = new ManualClock();
  engine = await open();
});
afterEach(() => engine.close());

function open(options: Options = {}): Promise<TestEngine> {
  const policy = { ...DEFAULT_POLICY, maxAttempts: 3, backoff: { kind: 'fixed', seconds: 600 } } as const;
  return TestEngine.open(disk, { clock: () => clock.now, policy: () => policy, ...options });
}

/** The server is down for so long. */
async function restart(how: 'stop' | 'kill', downMs = 0): Promise<void> {
  if (how === 'stop') await engine.close();
  const left = disk.kill();
  if (how === 'kill') await engine.close();
  disk = left;
  clock.now += downMs;
  engine = await open();
}

async function hold(queue = 'q'): Promise<number> {
  return (await engine.reserve(queue, { mode: 'lease', leaseMs: 1000 }))?.token as number;
}

it('what is returned after its time to live is over has expired', async () => {
  await engine.enqueue('q', 'late', { exptime: 1 });
  const token = await hold();
  clock.now += 5000;
  expect(await engine.release(token, 'return')).toBe(true);
  expect(await engine.take('q')).toBeUndefined();
  expect(engine.statsOf('q')).toMatchObject({ ready: 0, reserved: 0, expired: 1 });
});

it.each(['stop', 'kill'] as const)('what was returned is so after a %s', async (how) => {
  await engine.enqueue('q', 'job');
  await engine.release(await hold(), 'return');
  await restart(how);
  expect(await engine.take('q')).toMatchObject({ attempt: 1, deaths: 0 });
});

it.each(['stop', 'kill'] as const)('deaths, the row and the backoff outlive a %s', async (how) => {
  await engine.enqueue('q', 'job', { jobId: 'k' });
  await engine.release(await hold(), 'death');
  await restart(how);
  await engine.release(await hold(), 'death');
  const dueAt = clock.now + BACKOFF;
  expect(await engine.status('q', 'k')).toMatchObject({ state: 'waiting', attempts: 2, dueAt });
  await restart(how, BACKOFF - 1);
  expect(await engine.status('q', 'k')).toMatchObject({ state: 'waiting', attempts: 2, dueAt });
  await restart(how, 1);
  expect(await engine.take('q', { waitMs: 60_000 })).toMatchObject({ attempt: 3, deaths: 2, isLast: true });
});

it('the same goes for what compaction has moved', async () => {
  await engine.enqueue('q', 'once', { jobId: 'once' });
  await engine.release(await hold(), 'death');
  await engine.pause('q');
  await engine.enqueue('p', 'twice', { jobId: 'twice' });
  await engine.release(await hold('p'), 'death');
  await engine.release(await hold('p'), 'death');
  const dueAt = clock.now + BACKOFF;
  while (engine.detail('journal_freed_segments') < 2) {
    await engine.enqueue('churn', 'x'.repeat(10_000));
    await engine.take('churn');
  }
  expect(engine.detail('journal_moved_bytes')).toBeGreaterThan(0);
  await restart('kill');
  expect(await engine.status('p', 'twice')).toMatchObject({ state: 'waiting', attempts: 2, dueAt });
  await engine.resume('q');
  const held = await engine.reserve('q');
  expect(held).toMatchObject({ attempt: 2, deaths: 1 });
  await engine.release(held?.token as number, 'death');
  expect(engine.statsOf('q')).toMatchObject({ ready: 0, delayed: 1 });
});

it.each(['stop', 'kill'] as const)(
  'what a %s gives back is counted, and never the last attempt',
  async (how) => {
    await engine.enqueue('q', 'job');
    for (let attempt = 1; attempt <= 5; attempt++) {
      expect(await engine.reserve('q')).toMatchObject({ attempt, deaths: 0, isLast: attempt >= 3 });
      await restart(how);
    }
    // It is no part of the row, and the next attempt that ends in itself is the last one.
    await engine.release((await engine.reserve('q'))?.token as number, 'death');
    expect(engine.statsOf('q')).toMatchObject({ ready: 0, reserved: 0, failed: 1 });
    expect(await engine.take('q', { failed: true })).toMatchObject({ attempt: 6, deaths: 1 });
  },
);

it('a row goes on behind what a restart gave back', async () => {
  await engine.enqueue('q', 'job');
  await engine.release(await hold(), 'death');
  await engine.reserve('q');
  await restart('kill');
  expect(engine.statsOf('q')).toMatchObject({ ready: 1 });
  const policy = { ...DEFAULT_POLICY, backoff: { kind: 'fixed', seconds: 600 } } as const;
  await engine.close();
  engine = await open({ policy: () => policy });
  await engine.release(await hold(), 'death');
  expect(engine.statsOf('q')).toMatchObject({ ready: 0, delayed: 1 });
});

it('a lease that ended while the server was down is nobody’s death, since nobody could extend it', async () => {
  await engine.enqueue('q', 'job');
  for (let attempt = 1; attempt <= 4; attempt++) {
    await hold();
    await restart('kill', 2000);
    const next = await engine.reserve('q', { waitMs: 60_000 });
    expect(next).toMatchObject({ attempt: attempt + 1, deaths: 0 });
    await engine.release(next?.token as number, 'return');
  }
});

it('what is delayed comes to its old place when its time has come', async () => {
  for (const text of ['first', 'second', 'third']) await engine.enqueue('q', text);
  await engine.release(await hold(), 'death');
  await engine.release(await hold(), 'death');
  await restart('stop', BACKOFF);
  await turns(() => engine.statsOf('q')?.ready === 3);
  expect(await engine.drain('q')).toEqual(['first', 'second', 'third']);
});
