import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { backoffMs, DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { TestEngine } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

/** In whole seconds. */
const START = 1_700_000_000_000;

let engine: TestEngine;
let policy: Policy;

beforeEach(async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
  policy = { ...DEFAULT_POLICY, maxAttempts: 1 };
  engine = await TestEngine.open(new MemoryDisk(), { policy: () => policy });
});
afterEach(() => engine.close());

it('an exptime that is a date ends a life when that second begins, and no later than the queue says', async () => {
  expect(await engine.enqueue('q', 'over', { exptime: START / 1000 })).toBe(0);
  await engine.enqueue('q', 'a second', { exptime: START / 1000 + 1 });
  policy = { ...policy, ttlMs: 3000 };
  engine.policiesChanged();
  await engine.enqueue('q', 'a day', { exptime: START / 1000 + 86_400 });
  vi.advanceTimersByTime(999);
  expect(await engine.peek('q')).toBeDefined();
  vi.advanceTimersByTime(1);
  expect(await engine.peek('q')).toBeDefined();
  expect(engine.statsOf('q')).toMatchObject({ ready: 1, expired: 2 });
  vi.advanceTimersByTime(2000);
  expect(await engine.peek('q')).toBeUndefined();
});

it.each([
  ['complete', undefined],
  ['failed', 'dead'],
])(
  'what is remembered of a job that is %s goes at its time, with nobody asking',
  async (state, deadLetterTo) => {
    policy = { ...policy, keepDoneMs: 1500, deadLetterTo };
    await engine.enqueue('q', 'x', { jobId: 'k' });
    const { token } = (await engine.reserve('q'))!;
    if (state === 'failed') await engine.fail(token, 'why');
    else await engine.complete(token);
    expect((await engine.status('q', 'k'))?.state).toBe(state);
    vi.advanceTimersByTime(1500);
    expect(engine.statsOf('q')?.bytes).toBe(0);
  },
);

it.each(['failed', 'expired'])('what %s goes to who waits for it in the queue of the dead', async (how) => {
  policy = { ...policy, deadLetterTo: 'dead' };
  const waiter = engine.takeText('dead', { waitMs: 5000 });
  await engine.enqueue('q', 'x', { exptime: 1 });
  if (how === 'failed') {
    await engine.fail((await engine.reserve('q'))!.token, 'why');
  } else {
    vi.advanceTimersByTime(1000);
    await engine.peek('q');
  }
  expect(engine.statsOf('dead')?.waiters).toBe(0);
  expect(await waiter).toBe('x');
});

it('the exponential backoff doubles from a second on, to six hours', () => {
  const bounds = (attempts: number) =>
    [0, 1].map((random) => backoffMs({ kind: 'exponential' }, attempts, random) / 1000);
  expect([1, 2, 3, 15, 16, 1000].map(bounds)).toEqual([
    [0.5, 1],
    [1, 2],
    [2, 4],
    [8192, 16_384],
    [10_800, 21_600],
    [10_800, 21_600],
  ]);
});
