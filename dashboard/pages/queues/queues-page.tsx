import '../../components/panel.css';
import './queues-page.css';
import { useLocation } from 'preact-iso';
import type { Queue, QueueList } from '../../../server/http/schemas/queues.ts';
import { href } from '../../api/base.ts';
import { pathOf } from '../../api/client.ts';
import { Empty } from '../../components/empty.tsx';
import { FirstJob } from '../../components/first-job.tsx';
import { Page } from '../../components/page.tsx';
import { Pager } from '../../components/pager.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Table } from '../../components/table.tsx';
import { t } from '../../language/language.ts';
import { usePolled } from '../../live/use-polled.ts';
import { queueColumns } from './queue-columns.tsx';
import { QueueFilters } from './queue-filters.tsx';
import { addressQuery, apiQuery, isFiltered, type QueuesQuery, readQuery } from './queues-query.ts';
import { Totals } from './totals.tsx';

/** Rates are those of some seconds, and a list of very many queues is made once in a while. */
const PERIOD_MS = 4000;
const NO_QUEUES: readonly Queue[] = [];

/** All queues: what goes through each, what waits, what fails, and whether anybody reads. */
export function QueuesPage() {
  const { query: address, route } = useLocation();
  const query = readQuery(address);
  const path = pathOf('/queues', { query: apiQuery(query) });
  const { data, error, isLoading, refresh } = usePolled<QueueList>(path, PERIOD_MS);
  const words = t().queues;
  const go = (next: QueuesQuery, isReplacing = false) =>
    route(href('/queues', addressQuery(next)), isReplacing);
  const isGlobWrong = error?.code === 'glob';
  // That the server is away is told by the frame; what was shown stays.
  const isToldElsewhere = isGlobWrong || (error?.status === 0 && data !== undefined);
  const items = data?.items ?? NO_QUEUES;
  const byKey = new Map(items.map((queue) => [queue.key, queue]));
  const columns = queueColumns({
    query,
    latest: (queue) => byKey.get(queue.key) ?? queue,
    onChanged: refresh,
  });
  return (
    <Page title={words.title} lead={<Totals />}>
      <section class="panel flush queues" aria-label={words.title}>
        <QueueFilters
          query={query}
          error={isGlobWrong ? error.message : undefined}
          onChange={(next) => go(next, next.text !== query.text)}
        />
        {error !== undefined && !isToldElsewhere && <ProblemNote problem={error} onRetry={refresh} />}
        {data !== undefined && items.length === 0 && !isLoading ? (
          <NoQueues query={query} />
        ) : (
          <Table
            caption={words.caption}
            columns={columns}
            rows={items}
            keyOf={(queue) => queue.key}
            isBusy={isLoading}
          />
        )}
        {data !== undefined && items.length > 0 && (
          <Pager
            shown={items.length}
            firstHref={
              query.cursor === undefined
                ? undefined
                : href('/queues', addressQuery({ ...query, cursor: undefined }))
            }
            nextHref={
              data.next === null ? undefined : href('/queues', addressQuery({ ...query, cursor: data.next }))
            }
          />
        )}
      </section>
    </Page>
  );
}

function NoQueues({ query }: { readonly query: QueuesQuery }) {
  const words = t().queues;
  if (isFiltered(query) || query.cursor !== undefined)
    return (
      <Empty icon="search" title={isFiltered(query) ? words.noneMatch : words.pageEmpty}>
        {query.text.trim() !== '' && <p>{words.noneMatchText}</p>}
        <a href={href('/queues')}>{words.showAll}</a>
      </Empty>
    );
  return (
    <Empty icon="layers" title={words.empty}>
      <p>{words.emptyText}</p>
      <FirstJob />
    </Empty>
  );
}
