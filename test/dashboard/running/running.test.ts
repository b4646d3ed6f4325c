import { expect, it } from 'vitest';
import { unusualAgainst } from '../../../dashboard/pages/running/unusual.ts';

it('a job runs unusually long when it takes a multiple of what almost all take', () => {
  const now = Date.parse('2026-11-29T12:00:00.000Z');
  const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();
  const run = { p50: 2000, p95: 5000, p99: 9000, count: 500 };
  expect(unusualAgainst(ago(15), now, run)).toBe(5000);
  expect(unusualAgainst(ago(14), now, run)).toBeUndefined();
  // What is over in a moment is nothing to look at yet.
  expect(unusualAgainst(ago(9), now, { ...run, p95: 10 })).toBeUndefined();
  expect(unusualAgainst(ago(10), now, { ...run, p95: 10 })).toBe(10);
  // Few runs tell nothing.
  expect(unusualAgainst(ago(1000), now, { ...run, count: 19 })).toBeUndefined();
  expect(unusualAgainst(ago(1000), now, null)).toBeUndefined();
  expect(unusualAgainst(null, now, run)).toBeUndefined();
});
