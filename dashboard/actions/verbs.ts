import type { ActionRequest } from '../../server/http/schemas/actions.ts';
import type { IconName } from '../icons/icons.ts';

/** What can be done to messages; `later` is a retry that waits. */
export type Verb = ActionRequest['verb'] | 'later';

export const VERB_ICONS: Readonly<Record<Verb, IconName>> = {
  retry: 'retry',
  later: 'clock',
  run: 'play',
  discard: 'trash',
  cancel: 'ban',
  move: 'move',
};

/** What cannot be undone. */
export function isDangerous(verb: Verb): boolean {
  return verb === 'discard' || verb === 'cancel';
}
