import type { ErrorGroup } from '../engine/api.ts';
import { queueNames, wellFormed } from './names.ts';
import type { ErrorGroup as Answer } from './schemas/actions.ts';
import { isoTime } from './times.ts';

/** An error group as answers have it. */
export function errorGroupAnswer({ queue, key, count, firstAt, lastAt, sample }: ErrorGroup): Answer {
  return {
    queue: queueNames(queue),
    group: key,
    count,
    first_at: isoTime(firstAt),
    last_at: isoTime(lastAt),
    sample: wellFormed(sample),
  };
}
