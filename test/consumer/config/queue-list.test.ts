import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queueList } from '../../../consumer/config/queue-list.ts';
import { WatchList } from '../../../shared/watch-list.ts';

/** As the server reads it. */
function watched(text: string): WatchList {
  const list = WatchList.parse(queueList(text));
  if (typeof list === 'string') throw new Error(list);
  return list;
}

describe('queuename', () => {
  it('alone is the queue of that name, whatever the name is', () => {
    const name = fc
      .string({ unit: fc.constantFrom(...'ab:19*!./é队'), minLength: 1, maxLength: 10 })
      .filter((text) => text !== '*' && !text.startsWith('!'));
    fc.assert(
      fc.property(name, (queue) => {
        expect(watched(queue).entries.map((entry) => entry.queue)).toEqual([queue]);
      }),
    );
    expect(queueList('my:memq:test')).toBe('my:memq:test');
    expect(queueList('shard:7')).toBe('shard:7:1');
  });

  it.each([
    ['high,default,low', 'high,default,low'],
    [' high , low ', 'high,low'],
    ['high:4,default:2', 'high:4,default:2'],
    ['*', '*'],
    ['high,*', 'high,*'],
    ['high:4,*:1', 'high:4,*:1'],
    ['*,!mail', '*,!mail'],
    ['!mail', '!mail'],
    ['a/b,c/d:e', 'a/b,c/d:e'],
    ['high:4,*:1,!mail', 'high:4,*:1,!mail'],
  ])('%s is watched as %s', (text, list) => {
    expect(queueList(text)).toBe(list);
    expect(typeof WatchList.parse(list)).toBe('object');
  });

  it.each([
    ['', 'it is empty'],
    ['a b', 'the queue\'s name "a b" has " " in it'],
    ['$watch', 'the queue\'s name "$watch" begins with "$"'],
    ['哈'.repeat(67), 'is longer than 200 bytes'],
    ['a,', '"" names no queue'],
    [`a,${'b'.repeat(201)}`, 'is longer than 200 bytes'],
    [`*,!${'b'.repeat(201)}`, 'is longer than 200 bytes'],
    ['!', '"!" names no queue'],
    ['a,a', '"a" is named twice'],
    ['a,!a', '"a" is both named and excluded'],
    ['a:0,b:1', '"a:0": a weight is 1 or more'],
    ['a:4,b', '"b" has no weight, but others have one'],
    ['a,*:4', '"a" has no weight, but others have one'],
    ['a,!b', '"!b" excludes nothing, since the list has no "*"'],
  ])('%s is refused: %s', (text, why) => {
    expect(() => queueList(text)).toThrow(why);
  });

  it('is refused with a reason, or a list that the server reads', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab,:!*$/ 019\0é') }), (text) => {
        let list: string;
        try {
          list = queueList(text);
        } catch (error) {
          expect((error as Error).message).not.toBe('');
          return;
        }
        expect(typeof WatchList.parse(list)).toBe('object');
      }),
    );
  });
});
