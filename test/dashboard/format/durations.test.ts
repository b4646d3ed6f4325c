import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duration, durationOfSeconds } from '../../../dashboard/format/durations.ts';

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

describe('a duration', () => {
  it.each([
    [0, '0 ms', '0 milliseconds', '0毫秒'],
    [1.23, '1.2 ms', '1.2 milliseconds', '1.2毫秒'],
    [999.6, '1 s', '1 second', '1秒'],
    [59_940, '59.9 s', '59.9 seconds', '59.9秒'],
    [59_960, '1 min', '1 minute', '1分钟'],
    [200_000, '3 min 20 s', '3 minutes 20 seconds', '3分钟20秒'],
    [3_599_900, '1 h', '1 hour', '1小时'],
    [7_260_000, '2 h 1 min', '2 hours 1 minute', '2小时1分钟'],
    [86_399_999, '1 d', '1 day', '1天'],
    [100_000_000, '1 d 4 h', '1 day 4 hours', '1天4小时'],
    [-1500, '-1.5 s', '-1.5 seconds', '-1.5秒'],
  ])('of %d ms', (ms, short, long, chinese) => {
    expect(duration(ms, 'en')).toBe(short);
    expect(duration(ms, 'en', 'long')).toBe(long);
    expect(duration(ms, 'zh-CN')).toBe(chinese);
  });

  it('in seconds', () => {
    expect(durationOfSeconds(0, 'en')).toBe('0 s');
    expect(durationOfSeconds(90, 'en')).toBe('1 min 30 s');
  });

  it('is off by less than a twentieth, and has no 60 min or 60 s', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e11, noNaN: true }), (ms) => {
        const words = duration(ms, 'en').replaceAll(',', '').split(' ');
        let shown = 0;
        for (let i = 0; i < words.length; i += 2) {
          const [value, unit] = [Number(words[i]), words[i + 1] as string];
          if (unit === 's' || unit === 'min') expect(value).toBeLessThan(60);
          shown += value * (MS[unit] as number);
        }
        expect(Math.abs(shown - ms)).toBeLessThanOrEqual(ms / 20);
      }),
    );
  });
});
