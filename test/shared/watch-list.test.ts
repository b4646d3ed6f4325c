import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WatchList } from '../../shared/watch-list.ts';

function list(text: string): WatchList {
  const parsed = WatchList.parse(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

/** A queue's name that needs no weight behind it: no comma, no colon. */
const name = fc.stringMatching(/^[a-z\x80-\x9f\xa1-\xff][a-z0-9_.\x80-\x9f\xa1-\xff-]{0,8}$/);
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 20 });
const blanks = fc.constantFrom('', ' ', '  ');

describe('a list', () => {
  it('names queues in its order, blanks around them or not', () => {
    fc.assert(
      fc.property(names, blanks, (queues, blank) => {
        const { entries, isWeighted } = list(queues.map((queue) => blank + queue + blank).join(','));
        expect(entries).toEqual(queues.map((queue) => ({ queue, weight: 1 })));
        expect(isWeighted).toBe(false);
      }),
    );
  });

  it('has weights behind colons, and 1 where there is none', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 999_999 }), (queues, weight) => {
        const { entries, isWeighted } = list(`${queues.join(',')},last:${weight}`);
        expect(entries.at(-1)).toEqual({ queue: 'last', weight });
        expect(entries.slice(0, -1).every((entry) => entry.weight === 1)).toBe(true);
        expect(isWeighted).toBe(true);
      }),
    );
  });

  it('takes the last colon for the weight', () => {
    expect(list('a:4:1').entries).toEqual([{ queue: 'a:4', weight: 1 }]);
    expect(list('a:b').entries).toEqual([{ queue: 'a:b', weight: 1 }]);
    expect(list('a:b').isWeighted).toBe(false);
  });

  it('remembers how it was written', () => {
    expect(list('a, b:3 ,!c').text).toBe('a, b:3 ,!c');
  });
});

describe('a reader with a list', () => {
  it('has what it names and, without *, nothing else', () => {
    fc.assert(
      fc.property(names, name, (queues, stranger) => {
        const watched = list(queues.join(','));
        expect(queues.every((queue) => watched.has(queue) && !watched.isRest(queue))).toBe(true);
        expect(watched.has(stranger)).toBe(queues.includes(stranger));
      }),
    );
  });

  it('has with * all that is neither named nor excluded, as the rest', () => {
    fc.assert(
      fc.property(names, names, name, (queues, excluded, stranger) => {
        const without = excluded.filter((queue) => !queues.includes(queue));
        const watched = list([...queues, '*', ...without.map((queue) => `!${queue}`)].join(','));
        expect(without.some((queue) => watched.has(queue))).toBe(false);
        expect(queues.every((queue) => watched.has(queue) && !watched.isRest(queue))).toBe(true);
        expect(watched.isRest(stranger)).toBe(!queues.includes(stranger) && !without.includes(stranger));
      }),
    );
  });

  it('has all but the excluded when nothing is named', () => {
    const watched = list('!noise,!spam');
    expect(watched.entries).toEqual([{ queue: '*', weight: 1 }]);
    expect(['noise', 'spam', 'jobs'].map((queue) => watched.has(queue))).toEqual([false, false, true]);
  });

  it('may give the rest a weight', () => {
    expect(list('high:9,*:1').entries).toEqual([
      { queue: 'high', weight: 9 },
      { queue: '*', weight: 1 },
    ]);
  });
});

describe('what is no list', () => {
  it.each([
    ['', '"" names no queue'],
    ['a,', '"" names no queue'],
    [',', '"" names no queue'],
    ['a,,b', '"" names no queue'],
    ['!', '"!" names no queue'],
    ['a b', '"a b" names no queue'],
    ['a\0', '"a\0" names no queue'],
    ['a\r\nb', '"a\r\nb" names no queue'],
    ['$watch', '"$watch" names no queue'],
    ['!$client', '"!$client" names no queue'],
    ['a:0', '"a:0": a weight is 1 or more'],
    ['a,b,a', '"a" is named twice'],
    ['a:2,a:3', '"a" is named twice'],
    ['*,*', '"*" is named twice'],
    [Array.from({ length: 1001 }, (_, i) => `q${i}`).join(','), 'more than 1000 queues'],
  ])('%j is told so: %s', (text, why) => {
    expect(WatchList.parse(text)).toBe(why);
  });

  it('never throws, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a,:!*$/ 0\r\n\0é') }), (text) => {
        const parsed = WatchList.parse(text);
        if (typeof parsed === 'string') return parsed.length > 0;
        return parsed.entries.length > 0 && parsed.entries.every(({ weight }) => weight > 0);
      }),
    );
  });
});
