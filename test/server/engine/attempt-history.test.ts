import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { historyOf } from '../../../server/engine/records.ts';
import type { AttemptRecord } from '../../../server/engine/state/attempt-history.ts';
import { row } from '../../../server/engine/state/message-table.ts';
import { type Options, TestEngine } from '../../helpers/local-engine.ts';
import { MemoryDisk } from '../../helpers/memory-disk.ts';

const START = 1_700_000_000_000;
const NO_BACKOFF: Policy = { ...DEFAULT_POLICY, backoff: { kind: 'none' } };

describe.each(['on a disk', 'in memory'])('the last attempts at a message %s', (where) => {
  let now: number;

  const opened = async (options: Options = {}): Promise<TestEngine> => {
    now = START;
    const all = { clock: () => now, policy: () => NO_BACKOFF, ...options };
    const engine = await (where === 'in memory'
      ? TestEngine.openInMemory(all)
      : TestEngine.open(new MemoryDisk(), all));
    onTestFinished(() => engine.close());
    return engine;
  };

  /** Begins an attempt, which fails a second later; what was known before. */
  async function fail(
    engine: TestEngine,
    queue: string,
    error: string,
    final = false,
  ): Promise<AttemptRecord> {
    const delivery = await engine.reserve(queue, { holder: 'worker' });
    now += 1000;
    await engine.fail(delivery?.token ?? 0, error, final);
    return { startedAt: now - 1000, endedAt: now, holder: 'worker', error };
  }

  it('are told with when, by whom and why', async () => {
    const engine = await opened();
    await engine.enqueue('q', 'job', { jobId: 'j' });
    expect(await history(engine, 'q', 'j')).toEqual([]);
    const first = await fail(engine, 'q', 'Error: no\n    at /app/x.js:1:1');
    const second = await fail(engine, 'q', 'bad', true);
    expect(await history(engine, 'q', 'j')).toEqual([{ ...first, error: 'Error: no' }, second]);
  });

  it('are eight at most', async () => {
    const engine = await opened();
    await engine.enqueue('q', 'job', { jobId: 'j' });
    const all: AttemptRecord[] = [];
    for (let i = 0; i < 10; i++) all.push(await fail(engine, 'q', `${i}`));
    expect(await history(engine, 'q', 'j')).toEqual(all.slice(2));
  });

  it('go on when it is tried again, moves or is done', async () => {
    const engine = await opened({ policy: () => ({ ...NO_BACKOFF, keepDoneMs: 60_000 }) });
    await engine.enqueue('q', 'job', { jobId: 'j' });
    const first = await fail(engine, 'q', 'first', true);
    await engine.retryFailed('q', 0, 'j');
    const second = await fail(engine, 'q', 'second');
    await engine.move('q', 'to');
    expect(await history(engine, 'to', 'j')).toEqual([first, second]);
    const last = await engine.reserve('to');
    await engine.complete(last?.token ?? 0);
    expect(await history(engine, 'to', 'j')).toEqual([first, second]);
  });

  it('come along to the queue for dead letters, and stay with the status', async () => {
    const deadLetters = { ...NO_BACKOFF, deadLetterTo: 'dead', keepDoneMs: 60_000 };
    const engine = await opened({ policy: (queue) => (queue === 'q' ? deadLetters : NO_BACKOFF) });
    await engine.enqueue('q', 'job', { jobId: 'j' });
    const attempts = [await fail(engine, 'q', 'once'), await fail(engine, 'q', 'for good', true)];
    expect(await history(engine, 'q', 'j')).toEqual(attempts);
    const third = await fail(engine, 'dead', 'dead', true);
    const [slot] = engine.state.queues.get('dead')?.failed.all() ?? [];
    expect(await historyAt(engine, slot as number)).toEqual([...attempts, third]);
  });

  it('come along when it expires, those that ended without a word as well', async () => {
    const deadLetters = { ...NO_BACKOFF, deadLetterTo: 'dead', keepDoneMs: 60_000 };
    const engine = await opened({ policy: (queue) => (queue === 'q' ? deadLetters : NO_BACKOFF) });
    await engine.enqueue('q', 'job', { jobId: 'j', exptime: 60 });
    const delivery = await engine.reserve('q', { holder: 'worker' });
    await engine.release(delivery?.token ?? 0, 'death');
    const died = {
      startedAt: now,
      endedAt: now,
      holder: 'worker',
      error: 'attempt 1 ended without an answer',
    };
    now += 61_000;
    expect(await engine.reserve('q')).toBeUndefined();
    const [slot] = engine.state.queues.get('dead')?.waiting() ?? [];
    expect(await historyAt(engine, slot)).toEqual([died]);
    expect(await history(engine, 'q', 'j')).toEqual([died]);
  });

  it('of a job that repeats are those of this run, and the failed run keeps them', async () => {
    const engine = await opened();
    await engine.enqueue('q', 'job', { jobId: 'j', everyMs: 60_000 });
    const attempts = [await fail(engine, 'q', 'once'), await fail(engine, 'q', 'for good', true)];
    expect(await history(engine, 'q', 'j')).toEqual([]);
    const [slot] = engine.state.queues.get('q')?.failed.all() ?? [];
    expect(await historyAt(engine, slot as number)).toEqual(attempts);
  });

  it('have those that ended without a word, whether another record is written or not', async () => {
    const engine = await opened();
    await engine.enqueue('q', 'job', { jobId: 'j' });
    const died: AttemptRecord[] = [];
    for (const attempt of [1, 2]) {
      const delivery = await engine.reserve('q', { holder: 'worker' });
      now += 1000;
      await engine.release(delivery?.token ?? 0, 'death');
      const error = `attempt ${attempt} ended without an answer`;
      died.push({ startedAt: now - 1000, endedAt: now, holder: 'worker', error });
      expect(await history(engine, 'q', 'j')).toEqual(died);
    }
    const last = await fail(engine, 'q', 'bad');
    expect(await history(engine, 'q', 'j')).toEqual([...died, last]);
    // What is stored anew has had no attempt.
    await engine.enqueue('q', 'another', { jobId: 'j' });
    expect(await history(engine, 'q', 'j')).toEqual([]);
  });

  it('are not those that were given back', async () => {
    const engine = await opened();
    await engine.enqueue('q', 'job', { jobId: 'j' });
    for (const reason of ['return', 'abort', 'stop', 'unread'] as const)
      await engine.release((await engine.reserve('q', { holder: 'worker' }))?.token ?? 0, reason);
    expect(await history(engine, 'q', 'j')).toEqual([]);
  });

  it('have the last one, whose lease was over', async () => {
    const engine = await opened();
    await engine.enqueue('q', 'job', { jobId: 'j', maxAttempts: 1 });
    const delivery = await engine.reserve('q', { holder: 'worker' });
    now += 1000;
    await engine.release(delivery?.token ?? 0, 'death');
    const error = 'attempt 1 ended without an answer';
    expect(await history(engine, 'q', 'j')).toEqual([
      { startedAt: START, endedAt: now, holder: 'worker', error },
    ]);
  });
});

it('the last attempts outlive compaction and a restart', async () => {
  const disk = new MemoryDisk();
  let engine = await TestEngine.open(disk, { policy: () => NO_BACKOFF });
  await engine.enqueue('q', 'job', { jobId: 'j' });
  await engine.fail((await engine.reserve('q', { holder: 'worker' }))?.token ?? 0, 'bad');
  await engine.release((await engine.reserve('q', { holder: 'w'.repeat(99) }))?.token ?? 0, 'death');
  const before = await history(engine, 'q', 'j');
  expect(before).toMatchObject([
    { holder: 'worker', error: 'bad' },
    { holder: 'w'.repeat(64), error: 'attempt 2 ended without an answer' },
  ]);
  for (let i = 0; i < 300; i++) {
    await engine.enqueue('other', 'x'.repeat(1000));
    await engine.take('other');
  }
  expect(engine.detail('journal_freed_segments')).toBeGreaterThan(0);
  expect(await history(engine, 'q', 'j')).toEqual(before);
  await engine.close();
  engine = await TestEngine.open(disk, { policy: () => NO_BACKOFF });
  onTestFinished(() => engine.close());
  expect(await history(engine, 'q', 'j')).toEqual(before);
});

function history(engine: TestEngine, queue: string, jobId: string): Promise<readonly AttemptRecord[]> {
  return historyAt(engine, engine.state.queues.get(queue)?.jobs?.get(jobId) as number);
}

async function historyAt({ log, state }: TestEngine, slot: number): Promise<readonly AttemptRecord[]> {
  const record = await log.load(state.table.page(slot).position[row(slot)] as number, state.sizeOf(slot));
  return historyOf(record, state, slot);
}
