import { describe, expect, it } from 'vitest';
import {
  addressQuery,
  apiQuery,
  globOf,
  isFiltered,
  readQuery,
} from '../../../dashboard/pages/queues/queues-query.ts';

const ALL = { text: '', conditions: [], sort: 'name', cursor: undefined } as const;

describe('what of the queues is shown', () => {
  it('is all of them by name where the address says nothing', () => {
    expect(readQuery({})).toEqual(ALL);
    expect(Object.values(addressQuery(ALL)).filter(Boolean)).toEqual([]);
    expect(isFiltered(ALL)).toBe(false);
  });

  it('comes back from its address', () => {
    const query = {
      text: 'mail:*',
      conditions: ['paused', 'failing'],
      sort: 'oldest',
      cursor: 'abc',
    } as const;
    expect(readQuery(addressQuery(query) as Record<string, string>)).toEqual(query);
    expect(isFiltered(query)).toBe(true);
  });

  it('leaves out what nobody knows', () => {
    expect(readQuery({ state: 'asleep,paused', sort: 'size', cursor: '' })).toEqual({
      ...ALL,
      conditions: ['paused'],
    });
  });

  it('is asked for with a glob, and as many as are shown', () => {
    expect(apiQuery({ ...ALL, text: ' ' }).q).toBeUndefined();
    expect(apiQuery({ ...ALL, text: 'mail', sort: 'in' })).toMatchObject({
      q: '*mail*',
      sort: 'in',
      limit: 50,
    });
  });
});

describe('a name', () => {
  it.each([
    ['mail', '*mail*'],
    [' mail ', '*mail*'],
    ['mail:*', 'mail:*'],
    ['{a,b}', '{a,b}'],
    ['q[0-9]', 'q[0-9]'],
    ['a?c', 'a?c'],
  ])('as it is typed: %s is %s', (typed, glob) => {
    expect(globOf(typed)).toBe(glob);
  });
});
