import { describe, expect, it } from 'vitest';
import { isSteady, median, spread } from '../../bench/statistics.ts';

describe('the spread of measurements', () => {
  it('is the range of their middle half, as a share of the median', () => {
    expect(spread([80, 90, 100, 120, 200])).toBeCloseTo(0.3);
    expect(spread([120, 200, 80, 100, 90])).toBeCloseTo(0.3);
  });

  it('lies between two of them in proportion', () => {
    expect(spread([90, 100, 130])).toBeCloseTo(0.2);
    expect(spread([1, 2, 3, 4])).toBeCloseTo(1.5 / 2.5);
  });

  it('takes no notice of one bad moment', () => {
    expect(isSteady([100, 101, 99, 102, 10])).toBe(true);
    expect(isSteady([100, 101, 60, 62, 99])).toBe(false);
  });

  it('is a share of what is below zero as well, and none of what is alike', () => {
    expect(spread([-90, -100, -130])).toBeCloseTo(0.2);
    expect(spread([0, 0, 0])).toBe(0);
    expect(spread([7])).toBe(0);
  });
});

describe('the median', () => {
  it('is the middle one, or the mean of the middle two', () => {
    expect(median([3, 1, 20])).toBe(3);
    expect(median([3, 1, 20, 4])).toBe(3.5);
  });
});
