import fc from 'fast-check';
import { expect, vi } from 'vitest';
import { Comparison } from './comparison.ts';
import { EXAMPLES } from './examples.ts';
import type { Logs } from './logs.ts';
import { START, steps } from './steps.ts';
import { Tally } from './tally.ts';

/** Which sequences, as a failure has printed it: it is shown as it is then, without a look for a shorter one. */
const { MODEL_SEED, MODEL_PATH = '' } = process.env;
const AGAIN = MODEL_SEED && { seed: Number(MODEL_SEED), path: MODEL_PATH, endOnFailure: true };

/** So many sequences are random, however many examples there are. */
const LEAST_BY_CHANCE = 12;

/**
 * Has the engine and the model do so many sequences of steps: first the examples, and then random ones. `timeLimitMs`: for
 * all of them, and for who looks for the shortest sequence that fails.
 */
export async function agreeOnSteps(
  runs: number,
  timeLimitMs: number,
  openLogs: (seed: number) => Logs,
  examples = EXAMPLES,
): Promise<void> {
  const tally = new Tally();
  let isOver = false;
  let last: Logs | undefined;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
  // The jitter of the exponential backoff.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  try {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (steps, seed) => {
        vi.clearAllTimers();
        const logs = openLogs(seed);
        last = logs;
        try {
          const comparison = new Comparison(logs, tally);
          await comparison.start();
          for (const step of steps) {
            if (isOver) return;
            await comparison.run(step);
          }
          await comparison.finish();
        } finally {
          logs.end();
        }
      }),
      {
        numRuns: Math.max(runs, examples.length + LEAST_BY_CHANCE),
        interruptAfterTimeLimit: timeLimitMs,
        markInterruptAsFailure: true,
        examples: examples.map((steps) => [steps, 0]),
        ...AGAIN,
      },
    );
  } finally {
    // The one that the time limit has interrupted is still at it, in a process that it shares with the next test.
    isOver = true;
    last?.end();
    vi.restoreAllMocks();
    vi.useRealTimers();
  }
  // Else there was little to see.
  const logs = openLogs(0);
  logs.end();
  // An example is short.
  const random = runs - examples.length;
  expect(tally.freed).toBeGreaterThan(random / 2);
  expect(tally.moved).toBeGreaterThan(random);
  expect(tally.idle).toBeGreaterThan(random / 10);
  expect(tally.compared).toBeGreaterThan(runs * 10);
  if (logs.isSame) expect(tally.tookOver).toBeGreaterThan(runs / 2);
  expect(tally.joined).toBeGreaterThan(runs);
}
