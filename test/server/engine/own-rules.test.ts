import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { body, type Options, TestEngine } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

/** What a message says of itself, other than its queues, which try everything twice, with no wait. */
const OWN = { maxAttempts: 3, backoff: { kind: 'fixed', seconds: 60 }, group: 'g' } as const;
const QUEUES: Readonly<Record<string, Partial<Policy>>> = {
  fan: { fanoutTo: ['copy'] },
  mortal: { deadLetterTo: 'dead' },
};

let disk: MemoryDisk;
let engine: TestEngine;

beforeEach(async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  disk = new MemoryDisk();
  engine = await open();
});
afterEach(() => engine.close());

function open(options: Options = {}): Promise<TestEngine> {
  const policy = (name: string) =>
    ({ ...DEFAULT_POLICY, maxAttempts: 2, backoff: { kind: 'none' }, ...QUEUES[name] }) as const;
  return TestEngine.open(disk, { policy, ...options });
}

async function restart(): Promise<void> {
  const left = disk.kill();
  await engine.close();
  disk = left;
  engine = await open();
}

/** Fails the next attempt, whose time has come; whether it was the last. */
async function fail(queue: string): Promise<boolean> {
  const { token, isLast } = (await engine.reserve(queue))!;
  await engine.fail(token, 'why');
  vi.advanceTimersByTime(60_000);
  return isLast;
}

/** It is tried three times, a minute after one another. */
async function hasOwnRules(queue: string): Promise<void> {
  const { token } = (await engine.reserve(queue))!;
  await engine.fail(token, 'why');
  expect(engine.statsOf(queue)).toMatchObject({ ready: 0, delayed: 1 });
  vi.advanceTimersByTime(60_000);
  expect([await fail(queue), await fail(queue)]).toEqual([false, true]);
  expect(engine.statsOf(queue)).toMatchObject({ ready: 0, delayed: 0 });
}

it('a message is tried as often as it says, and waits as long', async () => {
  await engine.enqueue('q', 'job', OWN);
  await hasOwnRules('q');
  expect(engine.statsOf('q')).toMatchObject({ failed: 1 });
});

it("one of the rules may be its own, the other one the queue's", async () => {
  await engine.enqueue('q', 'job', { maxAttempts: 1 });
  expect(await fail('q')).toBe(true);
  await engine.enqueue('q', 'job', { backoff: OWN.backoff });
  await engine.fail((await engine.reserve('q'))!.token, 'why');
  expect(engine.statsOf('q')).toMatchObject({ delayed: 1, failed: 1 });
  vi.advanceTimersByTime(60_000);
  expect(await engine.reserve('q')).toMatchObject({ attempt: 2, isLast: true });
});

it('a second death in a row waits for the own backoff, and the last attempt is the own one', async () => {
  await engine.enqueue('q', 'job', OWN);
  for (let i = 0; i < 2; i++) await engine.release((await engine.reserve('q'))!.token, 'death');
  expect(engine.statsOf('q')).toMatchObject({ ready: 0, delayed: 1 });
  vi.advanceTimersByTime(60_000);
  const last = await engine.reserve('q');
  expect(last).toMatchObject({ attempt: 3, isLast: true, deaths: 2 });
  await engine.release(last!.token, 'abort');
  expect(engine.statsOf('q')).toMatchObject({ failed: 1 });
});

it('are kept over a restart, also once the message has failed, and in all queues that it is passed on to', async () => {
  await engine.enqueue('fan', 'job', OWN);
  await fail('copy');
  await restart();
  await hasOwnRules('fan');
  expect([await fail('copy'), await fail('copy')]).toEqual([false, true]);
});

it('are kept by a move, and by whoever tries it again', async () => {
  await engine.enqueue('q', 'job', { ...OWN, jobId: 'k' });
  await engine.move('q', 'p');
  await restart();
  await hasOwnRules('p');
  await engine.retryFailed('p');
  expect(await engine.status('p', 'k')).toMatchObject({ maxAttempts: 3, backoff: OWN.backoff });
  await hasOwnRules('p');
});

it('are kept when the log is cleaned', async () => {
  await engine.enqueue('q', 'job', OWN);
  for (let i = 0; i < 200; i++) {
    await engine.enqueue('churn', body(2000));
    await engine.take('churn');
  }
  expect(engine.detail('journal_moved_bytes')).toBeGreaterThan(0);
  await restart();
  await hasOwnRules('q');
});

it('hold for each run of a job that repeats, and for the run that has failed', async () => {
  await engine.enqueue('q', 'job', { ...OWN, jobId: 'k', everyMs: 3_600_000 });
  for (let runs = 0; runs < 2; runs++) {
    for (let attempt = 1; attempt < 3; attempt++) expect(await fail('q')).toBe(false);
    expect(await fail('q')).toBe(true);
    expect(engine.statsOf('q')).toMatchObject({ failed: 1, delayed: 1 });
    await engine.retryFailed('q');
    const retried = await engine.reserve('q');
    expect(retried).toMatchObject({ attempt: 1, isLast: false });
    // It is of the same group.
    await engine.complete(retried!.token);
    vi.advanceTimersByTime(3_600_000);
  }
});

it('go with what they were said of: a set that names none takes its place without', async () => {
  await engine.enqueue('q', 'job', { ...OWN, jobId: 'k' });
  await engine.enqueue('q', 'job', { jobId: 'k' });
  expect(await engine.status('q', 'k')).toMatchObject({ maxAttempts: 0, backoff: undefined });
  await restart();
  expect([await fail('q'), await fail('q')]).toEqual([false, true]);
});

it('are not those of a dead letter, which keeps its group', async () => {
  await engine.enqueue('mortal', 'job', { ...OWN, maxAttempts: 1, jobId: 'k' });
  expect(await fail('mortal')).toBe(true);
  const status = { state: 'failed', maxAttempts: 1, backoff: OWN.backoff };
  expect(await engine.status('mortal', 'k')).toMatchObject(status);
  await restart();
  expect(await engine.status('mortal', 'k')).toMatchObject(status);
  const dead = engine.state.queues.get('dead')!.ready.peek();
  expect(engine.state.groupOf(dead)).toBe('g');
  expect([await fail('dead'), await fail('dead')]).toEqual([false, true]);
});
