import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../../server/engine/policy.ts';
import { turn } from '../../../server/engine/turn.ts';
import { fakeTimers } from '../../helpers/fake-timers.ts';
import { TestEngine, turns } from '../../helpers/local-engine.ts';

const START = 1_700_000_000_000;

let engine: TestEngine;
let policies: (queue: string) => Partial<Policy>;

beforeEach(async () => {
  fakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
  policies = () => ({});
  const policy = (queue: string): Policy => ({ ...DEFAULT_POLICY, ...policies(queue) });
  engine = await TestEngine.openInMemory({ maxQueues: 20_000, policy });
});
afterEach(() => engine.close());

/** The configuration is read again. */
function change(changed: typeof policies): void {
  policies = changed;
  engine.policiesChanged();
}

/** Sets the clock forward by so many seconds, one after the other. */
async function pass(seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left--) {
    vi.advanceTimersByTime(1000);
    for (let i = 0; i < 10; i++) await turn();
  }
}

const failedIn = (queue: string) => engine.statsOf(queue)?.failed;

// Taking and failing so many is what takes its time.
describe('very many failed messages', () => {
  const COUNT = 2500;

  /** So many have failed in a queue, of which the last ones are those that were stored first. */
  async function failMany(queue: string): Promise<void> {
    await Promise.all(Array.from({ length: COUNT }, (_, i) => engine.enqueue(queue, `${i}`)));
    const deliveries = await Promise.all(Array.from({ length: COUNT }, () => engine.reserve(queue)));
    await Promise.all(deliveries.slice(2).map((each) => engine.fail(each?.token ?? 0, 'why', true)));
    await pass(2);
    await Promise.all(deliveries.slice(0, 2).map((each) => engine.fail(each?.token ?? 0, 'why', true)));
  }

  async function takeFailed(queue: string): Promise<(string | undefined)[]> {
    const texts: (string | undefined)[] = [];
    while (failedIn(queue) !== 0) texts.push(await engine.takeText(queue, { failed: true }));
    return texts;
  }

  it('go by and by when the policy changes', async () => {
    await failMany('q');
    await failMany('other');
    const before = failedIn('q');
    change((queue) => (queue === 'q' ? { maxFailed: 2 } : { keepFailedMs: 10_000 }));
    expect([before, failedIn('q')]).toEqual([COUNT, COUNT]);
    await turn();
    await turn();
    // What fails meanwhile is the last one to go.
    await engine.enqueue('q', 'late');
    const late = await engine.reserve('q');
    await engine.fail(late?.token ?? 0, 'why', true);
    await turns(() => failedIn('q') === 2);
    expect(await takeFailed('q')).toEqual(['1', 'late']);
    await pass(7);
    expect(failedIn('other')).toBe(COUNT);
    await pass(1);
    await turns(() => failedIn('other') === 2);
    expect(await takeFailed('other')).toEqual(['0', '1']);
  });

  it('of which all are put aside to be tried again meanwhile are all tried again', async () => {
    await failMany('q');
    change(() => ({ maxFailed: 2 }));
    const retrying = engine.retryFailed('q');
    for (let i = 0; i < 2; i++) {
      const { token = 0 } = (await engine.reserve('q', { waitMs: 1000 })) ?? {};
      await engine.fail(token, 'why', true);
    }
    change(() => ({ maxFailed: 1 }));
    await turn();
    expect(engine.statsOf('q')).toMatchObject({ failed: 2, failedDropped: 0 });
    // Of those that have failed meanwhile one is too many then.
    expect(await retrying).toBe(COUNT);
    expect(engine.statsOf('q')).toMatchObject({ ready: COUNT - 2, failed: 1, failedDropped: 1 });
  });

  it('go from very many queues, which take turns', async () => {
    const names = Array.from({ length: 11_000 }, (_, i) => `q${i}`);
    await Promise.all(names.map((name) => engine.enqueue(name, 'x')));
    const deliveries = await Promise.all(names.map((name) => engine.reserve(name)));
    await Promise.all(deliveries.map((each) => engine.fail(each?.token ?? 0, 'why', true)));
    change(() => ({ keepFailedMs: 1000 }));
    const left = () => engine.engine.stats().messages;
    await turns(() => left() === 0);
    await pass(1);
    await turns(() => left() === 1000);
    expect(left()).toBe(1000);
    await pass(1);
    await turns(() => left() === 0);
    expect(engine.engine.stats()).toMatchObject({ messages: 0, failedDropped: 11_000 });
  });
});
