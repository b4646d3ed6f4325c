import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Completion, JobStatus } from '../../../server/engine/api.ts';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { body, TestEngine, turns } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

const LONG = 3_600_000;
const START = 1_700_000_000_000;
const VERY_MANY = 1500;

let engine: TestEngine;

async function open(policy: Partial<Policy> = {}): Promise<void> {
  const policies = { ...DEFAULT_POLICY, ...policy };
  engine = await TestEngine.open(new MemoryDisk(), { policy: () => policies });
}
afterEach(() => engine.close());

/** A wait for the end of the job `k` of `q`, and how it was answered. */
class Wait implements Completion<JobStatus | undefined> {
  readonly answers: (JobStatus | undefined | Error)[] = [];

  /** One that has begun, and is not answered at once. */
  static async begin(waitMs = LONG): Promise<Wait> {
    const wait = new Wait(waitMs);
    await engine.log.flush();
    expect(wait.answers).toEqual([]);
    return wait;
  }

  constructor(waitMs = LONG, jobId = 'k') {
    engine.engine.awaitEnd({ queue: 'q', jobId, waitMs }, this);
  }

  resolve(status: JobStatus | undefined): void {
    this.answers.push(status);
  }

  reject(error: Error): void {
    this.answers.push(error);
  }

  /** The only answer, once it has come. */
  async answer(): Promise<JobStatus | undefined | Error> {
    await turns(() => this.answers.length > 0);
    expect(this.answers).toHaveLength(1);
    return this.answers[0];
  }
}

function job(options: Parameters<TestEngine['enqueue']>[2] = {}): Promise<number> {
  return engine.enqueue('q', 'job', { jobId: 'k', ...options });
}

async function running(options: Parameters<TestEngine['enqueue']>[2] = {}): Promise<number> {
  await job(options);
  const delivery = await engine.reserve('q', { mode: 'lease', leaseMs: LONG, holder: 'w' });
  return delivery!.token;
}

describe.each([3_600_000, 0])('the end of a job, where it is remembered for %i ms,', (keepDoneMs) => {
  it('is told to all who wait for it', async () => {
    fakeTimers({ toFake: ['Date'], now: START });
    await open({ keepDoneMs });
    const token = await running({ priority: 7 });
    const waits = [await Wait.begin(), await Wait.begin(), new Wait(LONG, 'other')];
    await engine.complete(token, 'the result');
    const [first, second, other] = await Promise.all(waits.map((wait) => wait.answer()));
    expect(first).toMatchObject({
      queue: 'q',
      jobId: 'k',
      state: 'complete',
      attempts: 1,
      priority: 7,
      heldBy: 'w',
      error: '',
      result: Buffer.from('the result'),
    });
    expect(second).toEqual(first);
    expect(other).toBeUndefined();
    expect(await engine.status('q', 'k')).toEqual(keepDoneMs > 0 ? first : undefined);
  });

  it('is told of what is taken for good', async () => {
    fakeTimers({ toFake: ['Date'], now: START });
    await open({ keepDoneMs });
    await job();
    const wait = await Wait.begin();
    await engine.take('q', { holder: 'w' });
    const answer = await wait.answer();
    expect(answer).toMatchObject({ state: 'complete', attempts: 1, heldBy: 'w' });
    expect(await engine.status('q', 'k')).toEqual(keepDoneMs > 0 ? answer : undefined);
  });

  it('is told with the error of a failure before', async () => {
    await open({ keepDoneMs, backoff: { kind: 'none' } });
    const token = await running();
    const wait = await Wait.begin();
    await engine.fail(token, 'why');
    const { token: second } = (await engine.reserve('q'))!;
    expect(wait.answers).toEqual([]);
    await engine.complete(second);
    expect(await wait.answer()).toMatchObject({
      state: 'complete',
      attempts: 2,
      earlierError: 'why',
      error: '',
    });
  });

  it('is told of what fails for good, also as a dead letter', async () => {
    fakeTimers({ toFake: ['Date'], now: START });
    for (const deadLetterTo of [undefined, 'dead']) {
      await open({ keepDoneMs, deadLetterTo });
      const token = await running();
      const wait = await Wait.begin();
      await engine.fail(token, 'why', true);
      const answer = await wait.answer();
      expect(answer).toMatchObject({ queue: 'q', state: 'failed', error: 'why', attempts: 1, heldBy: 'w' });
      const isKept = keepDoneMs > 0 || deadLetterTo === undefined;
      expect(await engine.status('q', 'k')).toEqual(isKept ? answer : undefined);
      await engine.close();
    }
  });

  it('is told of the run that is under way, and else of the next one', async () => {
    await open({ keepDoneMs });
    const token = await running({ everyMs: 20 });
    const wait = await Wait.begin();
    await engine.complete(token, 'first');
    const first = await wait.answer();
    expect(first).toMatchObject({ state: 'complete', everyMs: 20, dueAt: 0, result: Buffer.from('first') });
    expect(first).toMatchObject({ lastRun: { state: 'complete', endedAt: (first as JobStatus).endedAt } });

    const next = await Wait.begin();
    const { token: second } = (await engine.reserve('q', { waitMs: LONG }))!;
    await engine.fail(second, 'why', true);
    expect(await next.answer()).toMatchObject({
      state: 'failed',
      error: 'why',
      everyMs: 20,
      lastRun: { state: 'failed', error: 'why' },
    });
    expect(await engine.status('q', 'k')).toMatchObject({ state: 'waiting' });
  });
});

describe('a wait is answered at once', () => {
  it('where there is no such job, and where it has ended', async () => {
    await open();
    expect(await new Wait().answer()).toBeUndefined();
    await engine.fail(await running(), 'why', true);
    expect(await new Wait().answer()).toMatchObject({ state: 'failed' });
    await engine.take('q', { failed: true });
    expect(await new Wait().answer()).toMatchObject({ state: 'failed' });
    await engine.complete(await running());
    expect(await new Wait().answer()).toMatchObject({ state: 'complete' });
  });

  it('where it waits for no time', async () => {
    await open();
    await job();
    expect(await new Wait(0).answer()).toMatchObject({ state: 'waiting' });
  });
});

describe('a wait belongs to the message that had the id when it began: it is told what that is then', () => {
  it.each<[string, () => Promise<unknown>, object | undefined]>([
    ['is cancelled', () => engine.cancel('q', 'k'), { state: 'cancelled', queue: 'q' }],
    ['is purged', () => engine.purge('q'), undefined],
    ['is purged with all queues', () => engine.purge(), undefined],
    ['is dropped', () => engine.drop('q'), undefined],
    ['moves', () => engine.move('q', 'there'), { state: 'waiting', queue: 'there' }],
    ['is overwritten by what has expired', () => job({ exptime: -1 }), undefined],
  ])('where it %s', async (_, change, expected) => {
    await open();
    const id = await job();
    const wait = await Wait.begin();
    await change();
    const answer = (await wait.answer()) as JobStatus | undefined;
    expect(answer && { id: answer.id, queue: answer.queue, state: answer.state }).toEqual(
      expected && { id, ...expected },
    );
    if (answer === undefined) expect(await engine.status('q', 'k')).toBeUndefined();
  });

  it.each<[string, () => Promise<unknown>]>([
    ['purged', () => engine.purge('q')],
    ['dropped', () => engine.drop('q')],
    ['moved', () => engine.move('q', 'there')],
  ])('where it is %s with very many others', async (how, change) => {
    await open();
    await job();
    await Promise.all(Array.from({ length: VERY_MANY }, (_, i) => engine.enqueue('q', String(i))));
    const wait = await Wait.begin();
    await change();
    const answer = await wait.answer();
    if (how === 'moved') expect(answer).toMatchObject({ state: 'waiting', queue: 'there' });
    else expect(answer).toBeUndefined();
  });

  it('where another job takes its id while it runs', async () => {
    await open();
    const token = await running();
    const wait = await Wait.begin();
    const second = await job();
    const other = await Wait.begin();
    expect(await wait.answer()).toMatchObject({ state: 'running', jobId: 'k', attempts: 1 });
    await engine.complete(token, 'of the first');
    expect(other.answers).toEqual([]);
    await engine.take('q');
    expect(await other.answer()).toMatchObject({ state: 'complete', id: second });
  });

  it('where it gives way to another message of a full queue', async () => {
    await open({ maxItems: 1, whenFull: 'drop_oldest' });
    await job();
    const wait = await Wait.begin();
    await engine.enqueue('q', 'another');
    expect(await wait.answer()).toBeUndefined();
  });

  it('where its run is discarded', async () => {
    await open();
    await job({ everyMs: 60_000 });
    const wait = await Wait.begin();
    await engine.purge('q');
    expect(await wait.answer()).toMatchObject({ state: 'waiting', lastRun: undefined });
  });
});

describe('a wait goes on', () => {
  it('while the job is overwritten, taken, given back, fails and is to be tried again', async () => {
    await open({ backoff: { kind: 'none' } });
    const id = await job();
    const wait = await Wait.begin();
    await job({ ahead: true });
    await engine.release((await engine.reserve('q'))!.token, 'abort');
    await engine.release((await engine.reserve('q'))!.token, 'return');
    await engine.fail((await engine.reserve('q'))!.token, 'why');
    const { token } = (await engine.reserve('q'))!;
    await engine.progress(token, 'half');
    expect(wait.answers).toEqual([]);
    await engine.complete(token);
    expect(await wait.answer()).toMatchObject({ state: 'complete', id });
  });

  it('while another job is purged, dropped or moved with very many others', async () => {
    await open();
    const token = await running();
    await engine.enqueue('p', 'job', { jobId: 'k' });
    const wait = await Wait.begin();
    for (const act of [() => engine.purge('p'), () => engine.move('p', 'r'), () => engine.drop('r')]) {
      await Promise.all(Array.from({ length: VERY_MANY }, (_, i) => engine.enqueue('p', String(i))));
      await act();
    }
    expect(wait.answers).toEqual([]);
    await engine.complete(token);
    expect(await wait.answer()).toMatchObject({ state: 'complete' });
  });

  it('until its time is over', async () => {
    fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
    await open();
    await running();
    const wait = await Wait.begin(100);
    vi.advanceTimersByTime(99);
    await engine.log.flush();
    expect(wait.answers).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(await wait.answer()).toMatchObject({ state: 'running', heldBy: 'w' });
  });

  it('until nobody waits any more, who is told nothing', async () => {
    await open();
    const token = await running();
    const [gone, stays] = [await Wait.begin(), await Wait.begin()];
    engine.engine.abandon(gone);
    await engine.complete(token);
    expect(await stays.answer()).toMatchObject({ state: 'complete' });
    expect(gone.answers).toEqual([]);
  });

  it('until it is stopped, also behind what waits for space', async () => {
    await open();
    await job();
    const wait = await Wait.begin();
    engine.engine.stopWaiting(wait);
    expect(await wait.answer()).toMatchObject({ state: 'waiting' });

    const stored = [1, 2].map((number) => engine.enqueue('p', body(number, 40_000)));
    const behind = new Wait();
    engine.engine.stopWaiting(behind);
    expect(await behind.answer()).toMatchObject({ state: 'waiting' });
    await Promise.all(stored);
  });
});

describe('a wait is over when its job expires', () => {
  it.each([
    ['first in its queue', {}, false],
    ['behind another', {}, true],
    ['not due yet', { delayMs: LONG }, false],
  ])('which is %s', async (_, options, isBehind) => {
    fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
    await open();
    if (isBehind) await engine.enqueue('q', 'first');
    await job({ exptime: 2, ...options });
    const wait = await Wait.begin();
    vi.advanceTimersByTime(1999);
    await engine.log.flush();
    expect(wait.answers).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(await wait.answer()).toMatchObject({
      state: 'failed',
      error: 'it expired',
      dueAt: 0,
      endedAt: START + 2000,
    });
  });

  it('when it comes back, where it ran meanwhile', async () => {
    fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
    await open();
    const token = await running({ exptime: 2 });
    await engine.enqueue('q', 'first', { ahead: true });
    const wait = await Wait.begin();
    vi.advanceTimersByTime(5000);
    await engine.log.flush();
    expect(wait.answers).toEqual([]);
    await engine.release(token, 'abort');
    expect(await wait.answer()).toMatchObject({ state: 'failed', error: 'it expired', attempts: 1 });
  });
});

it('a lease that is over at the very moment at which a wait is has ended before', async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
  await open();
  await job({ exptime: 2, maxAttempts: 1 });
  await engine.reserve('q', { mode: 'lease', leaseMs: 5000, holder: 'w' });
  const wait = await Wait.begin(5000);
  vi.advanceTimersByTime(5000);
  expect(await wait.answer()).toMatchObject({ state: 'failed', endedAt: START + 5000 });
});

it('10,000 waits cost nothing until each is told its own', async () => {
  const count = 10_000;
  await open({ keepDoneMs: 0 });
  const ids = Array.from({ length: count }, (_, i) => `k${i}`);
  await Promise.all(ids.map((jobId) => engine.enqueue('q', jobId, { jobId })));
  const waits = ids.map((id) => new Wait(LONG, id));
  await engine.purge('other');
  expect(waits.every(({ answers }) => answers.length === 0)).toBe(true);
  // Tells of what concerns nobody of them.
  for (let i = 0; i < 1000; i++) await engine.enqueue('p', 'x');
  await engine.move('p', 'r');
  for (let i = 0; i < count / 2; i++) await engine.take('q');
  await engine.purge('q');
  for (const [i, wait] of waits.entries()) {
    expect(wait.answers.map((answer) => (answer as JobStatus | undefined)?.jobId)).toEqual([
      i < count / 2 ? ids[i] : undefined,
    ]);
  }
  expect(engine.state.isAwaited(0)).toBe(false);
});
