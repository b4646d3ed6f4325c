import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeTicks, timeTickText } from '../../../dashboard/charts/time-ticks.ts';
import { logTicks, valueTicks } from '../../../dashboard/charts/value-ticks.ts';

const UNITS = ['rate', 'count', 'seconds', 'ms'] as const;
const HOUR = 3_600_000;

describe('ticks of values', () => {
  it.each([
    [43, 'rate', [0, 20, 40, 60]],
    [0.3, 'rate', [0, 0.1, 0.2, 0.3]],
    [2, 'count', [0, 1, 2]],
    [2400, 'count', [0, 1000, 2000, 3000]],
    [2360, 'seconds', [0, 1200, 2400]],
    [1020, 'ms', [0, 500, 1000, 1500]],
    [0, 'rate', [0, 1]],
    [0, 'count', [0, 1]],
  ] as const)('up to %d %s', (max, unit, ticks) => expect(valueTicks(max, unit, 3)).toEqual(ticks));

  it('are few, cover what there is, and are the same for the top that they make', () => {
    const max = fc.double({ min: 1e-3, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(max, fc.constantFrom(...UNITS), fc.integer({ min: 2, max: 8 }), (max, unit, count) => {
        const ticks = valueTicks(max, unit, count);
        const top = ticks.at(-1) as number;
        expect(top).toBeGreaterThanOrEqual(max * (1 - 1e-6));
        expect(ticks.length).toBeLessThanOrEqual(count + 1);
        expect(valueTicks(top, unit, count)).toEqual(ticks);
        if (unit === 'count') for (const tick of ticks) expect(Number.isInteger(tick)).toBe(true);
      }),
    );
  });

  it('are powers of ten on a logarithmic scale', () => {
    expect(logTicks(3, 1020)).toEqual([1, 10, 100, 1000, 10_000]);
    expect(logTicks(0.05, 0.05)).toEqual([0.01, 0.1]);
    expect(logTicks(1, 1000)).toEqual([1, 10, 100, 1000]);
    expect(logTicks(10, 10)).toEqual([10, 100]);
  });
});

describe('ticks of time', () => {
  const utc = () => 0;
  const start = Date.UTC(2026, 10, 29, 1, 13, 6);
  const shown = (from: number, to: number, most: number, offset: (time: number) => number): string[] =>
    timeTicks(from, to, most, offset).times.map((time) => new Date(time).toISOString());

  it('are where the clock shows something round', () => {
    expect(shown(start, start + 120_000, 4, utc)).toEqual([
      '2026-11-29T01:13:30.000Z',
      '2026-11-29T01:14:00.000Z',
      '2026-11-29T01:14:30.000Z',
      '2026-11-29T01:15:00.000Z',
    ]);
  });

  it('are at midnight of the zone, also on both sides of a change of clocks', () => {
    const change = Date.UTC(2026, 9, 25, 1);
    const berlin = (time: number): number => (time < change ? 2 : 1) * HOUR;
    expect(shown(Date.UTC(2026, 9, 23, 12), Date.UTC(2026, 9, 27, 12), 5, berlin)).toEqual([
      '2026-10-23T22:00:00.000Z',
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
      '2026-10-26T23:00:00.000Z',
    ]);
  });

  it('are between both ends, apart from each other, and no more than asked for', () => {
    const length = fc.integer({ min: 10_000, max: 14 * 24 * HOUR });
    fc.assert(
      fc.property(length, fc.integer({ min: 2, max: 12 }), (length, most) => {
        const { stepMs, times } = timeTicks(start, start + length, most, () => 5.5 * HOUR);
        expect(times.length).toBeLessThanOrEqual(most + 1);
        for (const [i, time] of times.entries()) {
          expect(time).toBeGreaterThanOrEqual(start);
          expect(time).toBeLessThanOrEqual(start + length);
          if (i > 0) expect(time - (times[i - 1] as number)).toBe(stepMs);
        }
      }),
    );
  });

  it('say as much as the step needs', () => {
    expect(timeTickText(start, 30_000, 'en', 'UTC')).toBe('01:13:06');
    expect(timeTickText(start, HOUR, 'en', 'UTC')).toBe('01:13');
    expect(timeTickText(start, 24 * HOUR, 'en', 'UTC')).toBe('Nov 29');
    expect(timeTickText(start, 24 * HOUR, 'zh-CN', 'UTC')).toBe('11月29日');
  });
});
