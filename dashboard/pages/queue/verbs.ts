import type { Verb } from '../../actions/verbs.ts';
import type { ListedState } from './tabs.ts';

/** What can be done to messages of a state, what is wanted most first. What has ended only is remembered. */
export const VERBS: Readonly<Record<ListedState, readonly Verb[]>> = {
  ready: ['discard', 'move'],
  delayed: ['run', 'discard', 'move'],
  reserved: ['cancel'],
  failed: ['retry', 'later', 'discard', 'move'],
  ended: [],
};
