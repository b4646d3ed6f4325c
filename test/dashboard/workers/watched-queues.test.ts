import { expect, it } from 'vitest';
import { watchedQueues } from '../../../dashboard/pages/workers/watched-queues.ts';

it('queues are those of all lists, each once', () => {
  expect(watchedQueues(['mail', 'high, low', 'mail'])).toEqual([
    { text: 'mail', queue: 'mail' },
    { text: 'high', queue: 'high' },
    { text: 'low', queue: 'low' },
  ]);
});

it('a number behind the last colon is a weight, and not of the name', () => {
  expect(watchedQueues(['high:4,sync:erp,a:4:1'])).toEqual([
    { text: 'high:4', queue: 'high' },
    { text: 'sync:erp', queue: 'sync:erp' },
    { text: 'a:4:1', queue: 'a:4' },
  ]);
});

it('all others, and none of one, are no queue to go to', () => {
  const watched = watchedQueues(['!video,*,*:2']);
  expect(watched.map(({ text }) => text)).toEqual(['!video', '*', '*:2']);
  expect(watched.map(({ queue }) => queue)).toEqual([undefined, undefined, undefined]);
});

it('where nothing is said there is nothing', () => {
  expect(watchedQueues([])).toEqual([]);
  expect(watchedQueues(['', ' , '])).toEqual([]);
});
