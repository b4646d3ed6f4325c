import { describe, expect, it } from 'vitest';
import { readRecent, withFirst } from '../../../dashboard/frame/palette/recent.ts';

describe('what was chosen lately', () => {
  it('is there once, the last one first, and few', () => {
    let all = readRecent(null);
    for (const id of ['a', 'b', 'c', 'a', 'd', 'e', 'f']) all = withFirst(all, { id });
    expect(all.map(({ id }) => id)).toEqual(['f', 'e', 'd', 'a', 'c']);
    expect(readRecent(JSON.stringify(all))).toEqual(all);
  });

  it('is nothing where something else is kept in its place', () => {
    for (const text of [
      '',
      'no JSON',
      '{"id":"a"}',
      'null',
      '[null, 1, {}, {"id": 5}, {"id": "a", "name": 1}]',
    ])
      expect(readRecent(text), text).toEqual([]);
  });
});
