import type { History } from '../../server/http/schemas/queues.ts';
import { pathOf } from '../api/client.ts';
import { usePolled } from '../live/use-polled.ts';

/** How often each window is looked at: about as often as it has another step, and not more than that is seen. */
const PERIODS_MS: Readonly<Record<History['window'], number>> = {
  '2m': 2000,
  '1h': 15_000,
  '24h': 120_000,
  '7d': 120_000,
};

/** How the figures of a queue were, or with `undefined` those of all together: only these columns. Without a window: nothing. */
export function useHistory(
  key: string | undefined,
  window: History['window'] | undefined,
  columns: readonly string[],
): History | undefined {
  const query = { window, series: columns.join() };
  const path =
    key === undefined ? pathOf('/history', { query }) : pathOf('/queues/{q}/history', { q: key, query });
  const polled = usePolled<History>(window && path, PERIODS_MS[window ?? '2m']);
  return window && polled.data;
}
