import type { Queue, QueueList } from '../../server/http/schemas/queues.ts';
import { pathOf } from '../api/client.ts';
import { usePolled } from '../live/use-polled.ts';

const SUGGESTED = 20;
/** Suggestions change only with what is typed. */
const PERIOD_MS = 30_000;

/** Queues whose name has what somebody types, to be suggested; undefined while that is not known. */
export function useSuggestedQueues(typed: string): readonly Queue[] | undefined {
  const query = { q: globFor(typed), limit: SUGGESTED };
  const { data, isLoading } = usePolled<QueueList>(pathOf('/queues', { query }), PERIOD_MS);
  return isLoading ? undefined : data?.items;
}

/** What has a meaning in a glob may stand for any one character: there are only more suggestions then. */
function globFor(text: string): string | undefined {
  return text === '' ? undefined : `*${text.replace(/[*?[\]{}!,\s/\\]/g, '?')}*`;
}
