import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Comparison } from './model/comparison.ts';
import { EXAMPLES } from './model/examples.ts';
import { cleaning } from './model/pair.ts';
import { steps } from './model/steps.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 100);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 1_700_000_000_000 });
  // The jitter of the exponential backoff.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it('does what the model does, over any sequence of operations, restarts, crashes and power cuts', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      vi.clearAllTimers();
      const comparison = new Comparison();
      await comparison.start();
      for (const each of steps) await comparison.run(each);
      await comparison.finish();
    }),
    // The time is for who looks for the shortest sequence that fails.
    { numRuns: RUNS, interruptAfterTimeLimit: 100_000, examples: EXAMPLES.map((steps) => [steps]) },
  );
  // Else there was little to see.
  expect(cleaning.freed).toBeGreaterThan(RUNS / 2);
  expect(cleaning.moved).toBeGreaterThan(RUNS * 1000);
}, 120_000);
