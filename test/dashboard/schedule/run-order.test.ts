import { expect, it } from 'vitest';
import { isLate } from '../../../dashboard/pages/schedule/late.ts';
import { endOf, inOrder } from '../../../dashboard/pages/schedule/run-order.ts';

const run = (minute: number, outcome = 'complete') => ({
  outcome,
  at: new Date(Date.UTC(2026, 10, 29, 3, minute)).toISOString(),
  error: null,
});

it('runs are shown the oldest first, in whatever order they come', () => {
  const [a, b, c] = [run(1), run(2), run(3)];
  expect(inOrder([c, a, b])).toEqual([a, b, c]);
  expect(inOrder([a, b, c])).toEqual([a, b, c]);
  expect(inOrder([])).toEqual([]);
});

it('of more than 20 runs the newest are shown', () => {
  const runs = Array.from({ length: 25 }, (_, minute) => run(minute));
  expect(inOrder(runs)).toEqual(runs.slice(5));
});

it('a run that is neither complete nor failed has an end of its own', () => {
  expect(['complete', 'failed', 'cancelled', 'expired'].map((outcome) => endOf({ outcome }))).toEqual([
    'complete',
    'failed',
    'other',
    'other',
  ]);
});

it('a run is late when it has waited for a minute', () => {
  const now = Date.UTC(2026, 10, 29, 3);
  expect(isLate(null, now)).toBe(false);
  expect(isLate(new Date(now - 59_999).toISOString(), now)).toBe(false);
  expect(isLate(new Date(now - 60_000).toISOString(), now)).toBe(true);
});
