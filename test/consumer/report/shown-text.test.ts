import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rate } from '../../../consumer/report/rate.ts';
import { span } from '../../../consumer/report/totals.ts';
import { clip, printable, printableLines } from '../../../shared/printable.ts';

describe('what is shown', () => {
  it('has nothing in it that a terminal obeys, and is otherwise as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/u);
        expect(printableLines(text)).not.toMatch(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/u);
      }),
    );
    expect(printable('哈哈 "it\'s" 😀 \\n')).toBe('哈哈 "it\'s" 😀 \\n');
    expect(printable('a\nb\u001b\ud800')).toBe('a\\nb\\u001b\\ud800');
  });

  it('is cut between characters', () => {
    expect(clip('abc', 3)).toBe('abc');
    expect(clip('abcd', 3)).toBe('abc...');
    expect(clip('ab😀d', 3)).toBe('ab...');
  });

  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 0 s'],
    [3_599_000, '59 min 59 s'],
    [7_500_000, '2 h 5 min'],
  ])('%i milliseconds are %s', (ms, text) => {
    expect(span(ms)).toBe(text);
  });

  it('the rate is that of the last ten seconds', () => {
    let now = 0;
    const rate = new Rate(() => now);
    expect(rate.perSecond(0)).toBe(0);
    for (now = 500; now <= 20_000; now += 500) rate.perSecond(now / 10);
    now = 20_000;
    expect(rate.perSecond(2000)).toBeCloseTo(100);
    for (now = 20_500; now <= 40_000; now += 500) rate.perSecond(2000);
    expect(rate.perSecond(2000)).toBe(0);
  });
});
