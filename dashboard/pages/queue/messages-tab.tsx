import { useEffect, useId } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { ErrorGroupList } from '../../../server/http/schemas/actions.ts';
import type { QueueDetail } from '../../../server/http/schemas/queues.ts';
import { queueHref } from '../../api/base.ts';
import { pathOf } from '../../api/client.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { t } from '../../language/language.ts';
import { usePolled } from '../../live/use-polled.ts';
import { ErrorGroups } from './error-groups.tsx';
import { FilterBar } from './filter-bar.tsx';
import { filterOf, filterQuery } from './message-filter.ts';
import { MessageList } from './message-list.tsx';

const GROUPS_MS = 4000;
const MOST_GROUPS = 200;

interface Props {
  readonly queue: QueueDetail;
  /** Another one whenever something was done. */
  readonly round: number;
  readonly onEnqueue: () => void;
  readonly onDone: () => void;
}

/** The messages of a queue in the state that the address names; of those that failed, first what they failed with. */
export function MessagesTab({ queue, round, onEnqueue, onDone }: Props) {
  const { query, route } = useLocation();
  const { key } = queue;
  const filter = filterOf(query);
  const title = useId();
  const isFailed = filter.state === 'failed';
  const groupsPath = pathOf('/failed/groups', { query: { queue: key, limit: MOST_GROUPS } });
  const groups = usePolled<ErrorGroupList>(isFailed ? groupsPath : undefined, GROUPS_MS);
  useEffect(() => {
    if (round > 0 && isFailed) groups.refresh();
  }, [round]);
  const hrefOf = (changes: Readonly<Record<string, string | undefined>>) =>
    queueHref(key, { ...query, ...changes });
  // The list has its place under the groups, so it waits for them.
  if (isFailed && groups.data === undefined && groups.error === undefined)
    return <div class="panel list-loading muted">{t().common.loading}</div>;
  const known = groups.data?.items ?? [];
  return (
    <>
      {groups.error !== undefined && <ProblemNote problem={groups.error} onRetry={groups.refresh} />}
      {isFailed && known.length > 0 && (
        <ErrorGroups
          groups={known}
          total={queue.failed}
          current={filter.error}
          hrefOf={(error) => hrefOf({ error, cursor: undefined })}
          onDone={onDone}
        />
      )}
      <section class="panel flush" aria-labelledby={title}>
        <h2 id={title} class="visually-hidden">
          {t().queue.tabs[filter.state]}
        </h2>
        <FilterBar
          filter={filter}
          errorText={known.find(({ group }) => group === filter.error)?.sample}
          onChange={(changes) => route(queueHref(key, filterQuery(query, changes)), true)}
        />
        <MessageList
          queue={queue}
          filter={filter}
          cursor={query.cursor}
          round={round}
          hrefOf={hrefOf}
          onEnqueue={onEnqueue}
          onDone={onDone}
        />
      </section>
    </>
  );
}
