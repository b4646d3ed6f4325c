import { utf8AsLatin1 } from '../../shared/latin1.ts';
import { type MessageRef, parseRef, type QueueEngine, type Selection } from '../engine/api.ts';
import { Problem } from './problem.ts';
import { checkedName } from './queue-path.ts';
import type { ActionRequest } from './schemas/actions.ts';

/** Which messages an action is about. Throws a Problem for what names none. */
export function selectionOf({ select }: ActionRequest, engine: QueueEngine): Selection {
  if ('refs' in select) return { refs: select.refs.map(refAt) };
  const { queue, state, group, error_group: errorGroup, q: text } = select;
  return {
    filter: {
      queue: checkedName(queue, '/select/queue', engine),
      state,
      ...(group === undefined ? {} : { group: utf8AsLatin1(group) }),
      ...(errorGroup === undefined ? {} : { errorGroup }),
      ...(text === undefined ? {} : { text }),
    },
  };
}

function refAt(text: string, place: number): MessageRef {
  const ref = parseRef(text);
  if (ref !== undefined) return ref;
  const detail = 'is no handle of a message, such as 3f2a-18c';
  throw new Problem(422, 'ref', `${JSON.stringify(text)} ${detail}`, {
    errors: [{ pointer: `/select/refs/${place}`, detail }],
  });
}
