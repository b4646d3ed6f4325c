import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEIGHT, sparklinePaths, WIDTH } from '../../../dashboard/charts/sparkline-path.ts';

describe('the paths of a sparkline', () => {
  it('lead from the lowest to the highest, and mark the last', () => {
    const { line, area, dots } = sparklinePaths([0, 5, 10]);
    expect(line).toBe('M3 21L48 12L93 3');
    expect(area).toBe('M3 21L48 12L93 3V24H3Z');
    expect(dots).toBe('M93 3h0');
  });

  it('leave gaps, and mark what stands alone', () => {
    const { line, dots } = sparklinePaths([1, 1, null, 1, null, null, 1]);
    expect(line.match(/M/g)?.length).toBe(1);
    expect(dots).toBe('M48 3h0M93 3h0');
  });

  it('are empty where there is nothing, and on the ground where all is 0', () => {
    expect(sparklinePaths([])).toEqual({ line: '', area: '', dots: '' });
    expect(sparklinePaths([null, null])).toEqual({ line: '', area: '', dots: '' });
    expect(sparklinePaths([0, 0]).line).toBe('M3 21L93 21');
  });

  it('stay inside', () => {
    const values = fc.array(fc.option(fc.double({ min: 0, max: 1e300, noNaN: true })), { maxLength: 200 });
    fc.assert(
      fc.property(values, (values) => {
        const { line, area, dots } = sparklinePaths(values);
        for (const [, x, y] of `${line}${area}${dots}`.matchAll(/[ML](\S+?) (-?[\d.]+|NaN)/g)) {
          expect(Number(x)).toBeGreaterThanOrEqual(0);
          expect(Number(x)).toBeLessThanOrEqual(WIDTH);
          expect(Number(y)).toBeGreaterThanOrEqual(0);
          expect(Number(y)).toBeLessThanOrEqual(HEIGHT);
        }
      }),
    );
  });
});
