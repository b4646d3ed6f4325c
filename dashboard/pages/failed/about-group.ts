import type { ErrorGroup } from '../../../server/http/schemas/actions.ts';
import type { Chosen } from '../../actions/act-on.ts';

type Named = Pick<ErrorGroup, 'queue' | 'group'>;

/** What actions and trials on a group are known by. */
export function aboutGroup({ queue, group }: Named): string {
  return `failed ${queue.key} ${group}`;
}

/** All messages of a group. */
export function chosenOf(group: Named): Chosen {
  const { queue, group: error_group } = group;
  return {
    select: { queue: queue.key, state: 'failed', error_group },
    queue: queue.name,
    about: aboutGroup(group),
  };
}
