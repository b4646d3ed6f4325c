import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../../server/engine/histogram.ts';

/** What the docstring promises of a figure. */
const FIRST_MS = 1 / 64;
const MOST_MORE = 2 ** 0.25;

/** As many of each magnitude as of any other. */
const durations = fc.array(
  fc.double({ min: -7, max: 35, noNaN: true }).map((log) => 2 ** log),
  { minLength: 1, maxLength: 200 },
);
const parts = fc.double({ min: 0, max: 1, noNaN: true });

function of(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

/** The value that so much of them is not over, by sorting them. */
function sorted(values: readonly number[], part: number): number {
  return [...values].sort((a, b) => a - b)[Math.max(Math.ceil(part * values.length) - 1, 0)];
}

function expectFigure(figure: number, value: number): void {
  expect(figure).toBeGreaterThanOrEqual(value * (1 - 1e-9));
  expect(figure).toBeLessThanOrEqual(Math.max(value * MOST_MORE, FIRST_MS) * (1 + 1e-9));
}

describe('a histogram', () => {
  it('tells quantiles as sorting does, but for the width of a bucket', () => {
    fc.assert(
      fc.property(durations, parts, (values, part) => {
        expectFigure(of(values).quantile(part), sorted(values, part));
      }),
    );
  });

  it('tells them of what was added since it was like another', () => {
    fc.assert(
      fc.property(durations, durations, parts, (before, after, part) => {
        const histogram = of(before);
        const earlier = new Histogram();
        earlier.copy(histogram);
        expect(histogram.quantile(part, earlier)).toBe(0);
        for (const value of after) histogram.add(value);
        expectFigure(histogram.quantile(part, earlier), sorted(after, part));
        expectFigure(earlier.quantile(part), sorted(before, part));
      }),
    );
  });

  it('counts and sums, and counts what took so long at most', () => {
    fc.assert(
      fc.property(durations, (values) => {
        const histogram = of(values);
        const limit = values[0];
        expect(histogram.count).toBe(values.length);
        expect(histogram.sumMs).toBeCloseTo(
          values.reduce((sum, value) => sum + value, 0),
          2,
        );
        const below = (most: number): number => values.filter((value) => value <= most).length;
        expect(histogram.countsUpTo([limit])[0]).toBeLessThanOrEqual(below(limit * 1.001));
        expect(
          histogram.countsUpTo([Math.max(limit * MOST_MORE * 1.001, FIRST_MS)])[0],
        ).toBeGreaterThanOrEqual(below(limit));
        expect(histogram.countsUpTo([2 ** 40])[0]).toBe(values.length);
      }),
    );
  });

  it('has a place for what took no time, less than none, or more than a year', () => {
    const histogram = of([0, -5, 2 ** 40]);
    expect(histogram.count).toBe(3);
    expect(histogram.sumMs).toBe(2 ** 40);
    expect(histogram.quantile(0.5)).toBe(FIRST_MS);
    expect(histogram.quantile(1)).toBeGreaterThan(365 * 24 * 3600 * 1000);
  });

  it('is empty when it is new, and when it is cleared', () => {
    const histogram = of([1, 2, 3]);
    histogram.clear();
    for (const each of [histogram, new Histogram()]) {
      expect([each.count, each.sumMs, each.quantile(0.5), each.countsUpTo([2 ** 40])[0]]).toEqual([
        0, 0, 0, 0,
      ]);
    }
  });
});
