import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { QueueEngine } from '../../../server/engine/api.ts';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { turn } from '../../../server/engine/turn.ts';
import { type History, Sampler, type Window } from '../../../server/http/sampler.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { TestEngine } from '../../helpers/local-engine.ts';

/** In whole hours. */
const START = 1_699_999_200_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let engine: TestEngine;
let sampler: Sampler;

beforeEach(async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
  const policy: Policy = { ...DEFAULT_POLICY, backoff: { kind: 'fixed', seconds: 60 } };
  engine = await TestEngine.openInMemory({ maxQueues: 10_000, policy: () => policy });
  sampler = new Sampler(engine.engine);
  sampler.start();
  return async () => {
    sampler.stop();
    await engine.close();
  };
});

/** A second is over, and everything that was begun then. */
async function second(turns = 10): Promise<void> {
  await vi.advanceTimersByTimeAsync(1000);
  for (let i = 0; i < turns; i++) await turn();
}

async function seconds(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await second(3);
}

async function enqueue(queue: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await engine.enqueue(queue, 'x');
}

/** The last steps of a window, of one figure. */
function last(count: number, column: keyof History['columns'], window: Window = '2m', queue?: string) {
  return sampler.history(queue, window).columns[column].slice(-count);
}

/** What is not a gap. */
function told(history: History, column: keyof History['columns']): number[] {
  return (history.columns[column] as (number | null)[]).filter((value) => value !== null);
}

describe('the history of a queue', () => {
  it('tells of each second what came, was taken, was done and failed in it, and what waited at its end', async () => {
    await enqueue('q', 5);
    await second();
    const tokens = [];
    for (let i = 0; i < 3; i++) tokens.push((await engine.reserve('q'))?.token as number);
    await engine.complete(tokens[0]);
    await engine.fail(tokens[1], 'why', true);
    await engine.fail(tokens[2], 'why');
    await engine.take('q');
    await second();
    const { step_ms, from, columns } = sampler.history('q', '2m');
    expect([step_ms, from]).toEqual([1000, START + 1000 - 119_000]);
    expect(columns.times).toEqual(Array.from({ length: 120 }, (_, i) => from + i * 1000));
    expect(columns.enqueued.slice(-3)).toEqual([null, 5, 0]);
    expect(columns.delivered.slice(-2)).toEqual([0, 3]);
    expect(columns.done.slice(-2)).toEqual([0, 2]);
    expect(columns.failed.slice(-2)).toEqual([0, 2]);
    expect(columns.depth.slice(-2)).toEqual([5, 1]);
    expect(columns.oldest_age.slice(-2)).toEqual([1, 2]);
  });

  it('tells how long what was taken or done in a step had waited or run, not what was so before', async () => {
    await enqueue('q', 2);
    await second();
    const first = await engine.reserve('q');
    await second();
    const other = await engine.reserve('q');
    await engine.complete(first?.token as number);
    await second();
    await engine.complete(other?.token as number);
    await second();
    const [wait, run] = [last(4, 'wait_p95', '2m', 'q'), last(4, 'run_p95', '2m', 'q')];
    expect([wait[0], wait[3], run[0], run[1]]).toEqual([null, null, null, null]);
    for (const [figure, ms] of [
      [wait[1], 1000],
      [wait[2], 2000],
      [run[2], 1000],
      [run[3], 1000],
    ]) {
      expect(figure).toBeGreaterThanOrEqual(ms as number);
      expect(figure).toBeLessThan((ms as number) * 1.2);
    }
    expect(last(1, 'wait_p95', '1h', 'q')[0]).toBe(wait[2]);
    expect(last(1, 'wait_p95', '7d', 'q')[0]).toBe(wait[2]);
  });

  it('has minutes and hours, of which those that are filled tell what has come to now', async () => {
    await enqueue('q', 3);
    await second();
    await engine.drain('q');
    await seconds(60);
    await enqueue('q', 1);
    await second();
    expect(last(3, 'enqueued', '1h', 'q')).toEqual([null, 3, 1]);
    expect(last(2, 'done', '1h', 'q')).toEqual([3, 0]);
    expect(last(2, 'depth', '1h', 'q')).toEqual([3, 1]);
    expect(last(2, 'enqueued', '24h', 'q')).toEqual([null, 4]);
    expect(sampler.history('q', '1h')).toMatchObject({ step_ms: MINUTE, from: START + MINUTE - 59 * MINUTE });
    expect(sampler.history('q', '24h')).toMatchObject({ step_ms: HOUR, from: START - 23 * HOUR });
    const lengths = (['2m', '1h', '24h', '7d'] as const).map(
      (window) => sampler.history('q', window).columns.depth.length,
    );
    expect(lengths).toEqual([120, 60, 24, 168]);
  });

  it('goes on where nothing happens: what waits becomes older', async () => {
    await enqueue('q', 1);
    await seconds(4);
    expect(last(4, 'enqueued', '2m', 'q')).toEqual([1, 0, 0, 0]);
    expect(last(4, 'depth', '2m', 'q')).toEqual([1, 1, 1, 1]);
    expect(last(4, 'oldest_age', '2m', 'q')).toEqual([1, 2, 3, 4]);
  });

  it('sees what becomes ready by itself', async () => {
    await engine.enqueue('q', 'x', { delayMs: 1500 });
    await seconds(3);
    expect(last(3, 'depth', '2m', 'q')).toEqual([0, 1, 1]);
  });

  it('has a gap where nobody looked: what came meanwhile is told behind it', async () => {
    await second();
    await enqueue('q', 2);
    vi.setSystemTime(Date.now() + 5000);
    await second();
    expect(last(7, 'enqueued', '2m', 'q')).toEqual([0, null, null, null, null, null, 2]);
    expect(last(2, 'enqueued', '1h')).toEqual([null, 2]);
  });

  it('is empty, of what nothing has happened in or is not there', async () => {
    await second();
    expect(last(2, 'enqueued', '2m', 'none')).toEqual([null, 0]);
    expect(last(1, 'depth', '2m', 'none')).toEqual([null]);
    expect(sampler.rates('none')).toEqual({ in: 0, out: 0, failed: 0 });
  });

  it('goes with the queue; one that came back in the same second goes on', async () => {
    await enqueue('q', 5);
    await second();
    await engine.drop('q');
    await enqueue('q', 2);
    await second();
    expect(last(2, 'enqueued', '2m', 'q')).toEqual([5, 2]);
    expect(last(1, 'enqueued', '1h', 'q')).toEqual([7]);
    await engine.drop('q');
    await second();
    expect(told(sampler.history('q', '2m'), 'depth')).toEqual([]);
    expect(last(3, 'enqueued')).toEqual([5, 2, 0]);
  });

  it('does not tell what was counted before it began', async () => {
    await enqueue('q', 3);
    const late = new Sampler(engine.engine);
    sampler.stop();
    late.start();
    await enqueue('q', 1);
    await second();
    late.stop();
    expect(late.history(undefined, '2m').columns.enqueued.at(-1)).toBe(1);
    expect(late.history('q', '2m').columns.enqueued.at(-1)).toBe(0);
    expect(late.history('q', '2m').columns.depth.at(-1)).toBe(4);
  });

  it('is as long as it is: what is older has made way', async () => {
    await enqueue('q', 1);
    await seconds(200);
    await enqueue('q', 2);
    await second();
    expect(told(sampler.history('q', '2m'), 'enqueued')).toEqual([...new Array(119).fill(0), 2]);
    expect(told(sampler.history('q', '1h'), 'enqueued')).toEqual([1, 0, 0, 2]);
  });
});

describe('all queues together', () => {
  it('have what each had, those that are gone too, and what waits in all of them', async () => {
    for (const queue of ['a', 'b', 'gone']) await enqueue(queue, 2);
    await engine.drop('gone');
    await second();
    await engine.take('a');
    await second();
    expect(last(2, 'enqueued')).toEqual([6, 0]);
    expect(last(2, 'done')).toEqual([0, 1]);
    expect(last(2, 'depth')).toEqual([4, 3]);
    expect(last(2, 'oldest_age')).toEqual([1, 2]);
    expect(last(2, 'wait_p95')[1]).toBeGreaterThanOrEqual(1000);
  });

  it('of very many the backlog comes from a walk over some seconds', async () => {
    for (let i = 0; i < 1200; i++) await enqueue(`q${i}`, 1);
    const depths = [];
    for (let i = 0; i < 6; i++) {
      await second(100);
      depths.push(last(1, 'depth')[0]);
    }
    expect(depths).toEqual([0, 0, 1200, 1200, 1200, 1200]);
  });
});

describe('rates', () => {
  it('are those of the last ten seconds, or of as many as there are', async () => {
    await enqueue('q', 6);
    await engine.take('q');
    await engine.fail((await engine.reserve('q'))?.token as number, 'why', true);
    await seconds(2);
    expect(sampler.rates('q')).toEqual({ in: 3, out: 0.5, failed: 0.5 });
    expect(sampler.rates(undefined)).toEqual({ in: 3, out: 0.5, failed: 0.5 });
    await seconds(8);
    expect(sampler.rates('q')).toEqual({ in: 0.6, out: 0.1, failed: 0.1 });
    await second();
    expect(sampler.rates('q')).toEqual({ in: 0, out: 0, failed: 0 });
  });
});

describe('of very many queues', () => {
  const known = (queue: string): boolean => told(sampler.history(queue, '2m'), 'depth').length > 0;

  it('the thousand that were last active have a history', async () => {
    for (let i = 0; i < 1000; i++) await enqueue(`q${i}`, 1);
    await second(100);
    await enqueue('q0', 1);
    await second(100);
    for (const queue of ['new', 'newer']) await enqueue(queue, 1);
    await second(100);
    expect(['q0', 'q1', 'q2', 'q3', 'new', 'newer'].map(known)).toEqual([
      true,
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  it('none gives its place that is active in the same second', async () => {
    for (let i = 0; i < 1100; i++) await enqueue(`q${i}`, 1);
    await second(100);
    for (let i = 0; i < 1100; i++) await enqueue(`q${i}`, 1);
    await second(100);
    const all = Array.from({ length: 1100 }, (_, i) => `q${i}`);
    expect(all.filter((queue) => last(2, 'enqueued', '2m', queue)[1] === 1 && known(queue))).toEqual(
      all.slice(0, 1000),
    );
  });

  it('only those are looked at in which something has happened, and some more', async () => {
    sampler.stop();
    for (let i = 0; i < 3000; i++) await enqueue(`q${i}`, 1);
    const looks = { counts: 0, queue: 0, page: 0 };
    const { figures } = engine.engine;
    const counting: Pick<QueueEngine, 'figures' | 'page'> = {
      figures: {
        ...{ totals: figures.totals, latencies: figures.latencies, syncs: figures.syncs },
        latency: (queue) => figures.latency(queue),
        takeChanged: () => figures.takeChanged(),
        counts: (queue) => {
          looks.counts++;
          return figures.counts(queue);
        },
        queue: (queue) => {
          looks.queue++;
          return figures.queue(queue);
        },
      },
      page: (cursor, limit) => {
        looks.page += limit;
        return engine.engine.page(cursor, limit);
      },
    };
    const other = new Sampler(counting);
    other.start();
    for (let i = 0; i < 5; i++) await enqueue(`q${i}`, 1);
    await second();
    other.stop();
    expect(looks).toEqual({ counts: 5, queue: 5, page: 500 });
  });
});

it('has looked for the last time when it is stopped', async () => {
  await enqueue('q', 1);
  await second();
  sampler.stop();
  await enqueue('q', 1);
  await seconds(3);
  expect(told(sampler.history('q', '2m'), 'enqueued')).toEqual([1]);
});

it('seconds, minutes and hours tell of the same, of each queue and of all', async () => {
  const step = fc.record({
    queue: fc.constantFrom('a', 'b', 'c'),
    act: fc.constantFrom('enqueue' as const, 'take' as const, 'fail' as const, 'sleep' as const),
    pause: fc.integer({ min: 0, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      sampler.stop();
      for (const queue of ['a', 'b', 'c']) await engine.drop(queue);
      sampler = new Sampler(engine.engine);
      sampler.start();
      for (const { queue, act, pause } of steps) {
        if (act === 'enqueue') await enqueue(queue, 1);
        else if (act === 'take') await engine.take(queue);
        else if (act === 'sleep') vi.setSystemTime(Date.now() + 700);
        else {
          const delivery = await engine.reserve(queue);
          if (delivery !== undefined) await engine.fail(delivery.token, 'why', true);
        }
        await seconds(pause);
      }
      await second();
      const { figures } = engine.engine;
      for (const window of ['2m', '1h', '24h', '7d'] as const) {
        const sum = (column: keyof History['columns'], queue?: string): number =>
          told(sampler.history(queue, window), column).reduce((all, each) => all + each, 0);
        let enqueued = 0;
        for (const queue of ['a', 'b', 'c']) {
          const counts = figures.counts(queue);
          expect(sum('enqueued', queue)).toBe(counts?.enqueued ?? 0);
          expect(sum('done', queue)).toBe(counts?.removed ?? 0);
          expect(sum('failed', queue)).toBe(counts?.failed ?? 0);
          enqueued += counts?.enqueued ?? 0;
        }
        expect(sum('enqueued')).toBe(enqueued);
      }
      expect(last(1, 'depth', '2m', 'a')[0] ?? 0).toBe(figures.queue('a')?.ready ?? 0);
    }),
    { numRuns: 30 },
  );
});

describe('what a queue did in the last minutes', () => {
  it('is told a second, in steps that are over', async () => {
    await enqueue('q', 10);
    await engine.take('q');
    await seconds(5);
    await enqueue('q', 20);
    await seconds(6);
    expect(sampler.recent('q')?.step_ms).toBe(5000);
    expect(sampler.recent('q')?.in.slice(-3)).toEqual([null, 2, 4]);
    expect(sampler.recent('q')?.out.slice(-2)).toEqual([0.2, 0]);
  });

  it('is nothing of one in which nothing has happened since then', async () => {
    await enqueue('q', 1);
    await second();
    expect(sampler.recent('none')).toBeUndefined();
    await seconds(110);
    expect(sampler.recent('q')?.in).toContain(0.2);
    await seconds(15);
    expect(sampler.recent('q')).toBeUndefined();
  });
});
