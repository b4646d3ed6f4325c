import './filter-bar.css';
import type { Queue, QueueList } from '../../server/http/schemas/queues.ts';
import { pathOf } from '../api/client.ts';
import { exactCount } from '../format/numbers.ts';
import { visibleString } from '../format/visible-text.ts';
import { locale, t } from '../language/language.ts';
import { usePolled } from '../live/use-polled.ts';

const PERIOD_MS = 10_000;
/** As many are offered, those that have most. */
const OFFERED = 50;

/** Narrows a list to one queue: one of those that have most of what is listed. */
export function QueueChoice({
  state,
  chosen,
  onChange,
}: {
  readonly state: 'failed' | 'reserved';
  /** The key of a queue. */
  readonly chosen: string | undefined;
  readonly onChange: (key: string | undefined) => void;
}) {
  const path = pathOf('/queues', { query: { sort: state, limit: OFFERED } });
  const { data } = usePolled<QueueList>(path, PERIOD_MS);
  const offered = (data?.items ?? []).filter((queue) => queue[state] > 0 || queue.key === chosen);
  const words = t().common;
  return (
    <select
      class="select queue-choice"
      aria-label={words.queue}
      value={chosen ?? ''}
      onChange={({ currentTarget }) => onChange(currentTarget.value === '' ? undefined : currentTarget.value)}
    >
      <option value="">{words.allQueues}</option>
      {chosen !== undefined && !offered.some(({ key }) => key === chosen) && (
        <option value={chosen}>{chosen}</option>
      )}
      {offered.map((queue) => (
        <option key={queue.key} value={queue.key}>
          {nameAndCount(queue, queue[state])}
        </option>
      ))}
    </select>
  );
}

function nameAndCount({ name }: Queue, count: number): string {
  return `${visibleString(name)} (${exactCount(count, locale.value)})`;
}
