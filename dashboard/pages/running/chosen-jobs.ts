import type { Message } from '../../../server/http/schemas/messages.ts';
import type { Chosen } from '../../actions/act-on.ts';
import { t } from '../../language/language.ts';

/** Jobs that are to be cancelled, by their handles. */
export function chosenJobs(jobs: readonly Message[]): Chosen {
  const [only, ...others] = new Set(jobs.map(({ queue }) => queue.name));
  return {
    select: { refs: jobs.map(({ ref }) => ref) },
    queue: others.length === 0 ? only : undefined,
    note: jobs.some(({ repeats }) => repeats) ? t().running.cancelRepeating : undefined,
  };
}
