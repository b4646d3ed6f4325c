import { expect, it } from 'vitest';
import { shownState } from '../../../dashboard/pages/workers/shown-state.ts';

it.for([
  ['what it says itself', 'running', null, 'running'],
  ['nothing of itself', 'unknown', null, 'unknown'],
  ['told to rest, and has not said so yet', 'running', 'quiet', 'told'],
  ['told to rest, and rests', 'quiet', 'quiet', 'quiet'],
  ['told to stop while it rests', 'quiet', 'stop', 'told'],
  ['told to stop, and stops', 'stopping', 'stop', 'stopping'],
  ['told to rest, and stops by itself', 'stopping', 'quiet', 'stopping'],
] as const)('a worker shows %s', ([, state, ordered, shown]) => {
  expect(shownState({ state, ordered, connections: 1 })).toBe(shown);
});

it('a worker without connections is gone, whatever it has said', () => {
  expect(shownState({ state: 'running', ordered: 'quiet', connections: 0 })).toBe('gone');
});
