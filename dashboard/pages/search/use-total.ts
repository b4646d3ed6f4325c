import type { QueueDetail } from '../../../server/http/schemas/queues.ts';
import { useTopic } from '../../live/live.ts';
import { usePolled } from '../../live/use-polled.ts';
import type { SearchFor } from './search-run.ts';

const PERIOD_MS = 10_000;

/** How many messages a search may have to look at; undefined where nobody counts them. */
export function useTotal({ queue, state }: SearchFor): number | undefined {
  const overview = useTopic('overview');
  const path =
    queue === '' ? undefined : `/queues/${queue.startsWith('~') ? queue : encodeURIComponent(queue)}`;
  const { data } = usePolled<QueueDetail>(path, PERIOD_MS);
  const counts = queue === '' ? overview : data;
  if (counts === undefined || state === 'ended') return undefined;
  const { ready, delayed, reserved, failed } = counts;
  const byState: Readonly<Record<string, number>> = { ready, delayed, reserved, failed };
  return byState[state] ?? ready + delayed + reserved + failed;
}
