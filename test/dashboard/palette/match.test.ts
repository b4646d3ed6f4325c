import { describe, expect, it } from 'vitest';
import { bestOf, scoreOf } from '../../../dashboard/frame/palette/match.ts';

describe('what is typed', () => {
  it('has to be there with all of its words, in any order and case', () => {
    expect(scoreOf('QUEUE retry', 'Retry all failed of a queue')).toBeGreaterThan(0);
    expect(scoreOf('retry mail', 'Retry all failed of a queue')).toBe(0);
    expect(scoreOf('', 'anything')).toBeGreaterThan(0);
    expect(scoreOf('暂停', '暂停队列 pause')).toBeGreaterThan(0);
  });

  it('is better at the beginning, and at that of a word', () => {
    const all = ['Overview', 'The queue', 'Unqueued', 'Queues'];
    expect(bestOf('queue', all, (text) => text)).toEqual(['Queues', 'The queue', 'Unqueued']);
  });

  it('leaves those as they were that are as good as each other', () => {
    expect(bestOf('a', ['ab', 'aa', 'ac'], (text) => text)).toEqual(['ab', 'aa', 'ac']);
  });
});
