import { describe, expect, it } from 'vitest';
import {
  amongShown,
  has,
  isEmpty,
  isWholePage,
  NOTHING,
  toggled,
  withPage,
} from '../../../dashboard/components/selected.ts';

const PAGE = ['a', 'b', 'c'];

describe('a selection', () => {
  it('has rows, one by one or all of a page', () => {
    const two = toggled(toggled(NOTHING, 'a', PAGE), 'b', PAGE);
    expect([...two.keys]).toEqual(['a', 'b']);
    expect(isWholePage(two, PAGE)).toBe(false);
    expect(isWholePage(toggled(two, 'c', PAGE), PAGE)).toBe(true);
    expect(isEmpty(toggled(toggled(two, 'a', PAGE), 'b', PAGE))).toBe(true);
    expect(isWholePage(withPage(PAGE, true), PAGE)).toBe(true);
    expect(isEmpty(withPage(PAGE, false))).toBe(true);
    expect(isWholePage(NOTHING, [])).toBe(false);
  });

  it('has nothing that is not shown any more', () => {
    const two = withPage(['a', 'b'], true);
    expect([...amongShown(two, ['b', 'c']).keys]).toEqual(['b']);
    expect(amongShown({ ...NOTHING, all: 7 }, []).all).toBe(7);
  });

  it('has all that match; without one of these it is what can be seen', () => {
    const all = { keys: new Set<string>(), all: 14_200 };
    expect([isEmpty(all), has(all, 'z'), isWholePage(all, PAGE)]).toEqual([false, true, true]);
    expect(toggled(all, 'b', PAGE)).toEqual({ keys: new Set(['a', 'c']), all: undefined });
  });
});
