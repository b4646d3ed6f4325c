import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, compactCount, exactCount, percent, rate } from '../../../dashboard/format/numbers.ts';

describe('numbers', () => {
  it.each([
    [0, '0', undefined, '0'],
    [9999, '9,999', undefined, '9,999'],
    [14_203, '14.2k', '14,203', '1.4万'],
    [999_950, '1M', '999,950', '100万'],
    [5_000_000_000, '5B', '5,000,000,000', '50亿'],
  ])('count %d', (count, text, title, chinese) => {
    expect(compactCount(count, 'en')).toEqual({ text, title });
    expect(compactCount(count, 'zh-CN').text).toBe(chinese);
  });

  it.each([
    [0, '0/s'],
    [0.0004, '< 0.01/s'],
    [0.03, '0.03/s'],
    [0.3, '0.3/s'],
    [12.44, '12.4/s'],
    [99.96, '100/s'],
    [1234.4, '1,234/s'],
    [14_203, '14.2k/s'],
  ])('rate %d', (perSecond, text) => expect(rate(perSecond, 'en')).toBe(text));

  it.each([
    [0, '0 B', undefined],
    [1023, '1,023 B', undefined],
    [1024, '1 KiB', '1,024 B'],
    [1_468_006, '1.4 MiB', '1,468,006 B'],
    [1024 ** 3 - 1, '1 GiB', '1,073,741,823 B'],
  ])('%d bytes', (count, text, title) => expect(bytes(count, 'en')).toEqual({ text, title }));

  it.each([
    [0, '0%'],
    [0.0001, '< 0.1%'],
    [0.125, '12.5%'],
    [0.9999, '> 99.9%'],
    [1, '100%'],
  ])('part %d', (part, text) => expect(percent(part, 'en')).toBe(text));

  it('are short, and have the exact figure as title whenever it is not shown', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (count) => {
        const { text, title } = compactCount(count, 'en');
        expect(text.length).toBeLessThanOrEqual(9);
        expect(title ?? text).toBe(exactCount(count, 'en'));
        expect(bytes(count, 'en').text.length).toBeLessThanOrEqual(10);
      }),
    );
  });
});
