import { useLocation } from 'preact-iso';
import type { ErrorGroupList } from '../../../server/http/schemas/actions.ts';
import { pathOf } from '../../api/client.ts';
import { Empty } from '../../components/empty.tsx';
import { Pager } from '../../components/pager.tsx';
import '../../components/panel.css';
import { ProblemNote } from '../../components/problem-note.tsx';
import { t } from '../../language/language.ts';
import { useTopic } from '../../live/live.ts';
import { usePolled } from '../../live/use-polled.ts';
import { type FailedAddress, failedHref } from './failed-address.ts';
import { FailedFilter } from './failed-filter.tsx';
import { GroupTable } from './group-table.tsx';

const PERIOD_MS = 2000;
const SORTS = ['count', 'last'] as const;

/** What messages failed with, an error a row. */
export function GroupsTab({ address }: { readonly address: FailedAddress }) {
  const { queue, q, sort, cursor } = address;
  const { route } = useLocation();
  const isPlain = [queue, q, sort, cursor].every((part) => part === undefined);
  const first = useTopic('failed');
  const path = pathOf('/failed/groups', { query: { queue, q, sort, cursor } });
  const polled = usePolled<ErrorGroupList>(isPlain ? undefined : path, PERIOD_MS);
  const list = isPlain ? first : polled.data;
  const groups = list?.items ?? [];
  const words = t().failed;
  return (
    <>
      <FailedFilter label={words.filterGroups} address={address}>
        <select
          class="select"
          aria-label={words.sort}
          value={sort ?? 'count'}
          onChange={({ currentTarget }) => {
            const sort = currentTarget.value === 'last' ? 'last' : undefined;
            route(failedHref({ ...address, cursor: undefined, sort }));
          }}
        >
          {SORTS.map((each) => (
            <option key={each} value={each}>
              {words.sorts[each]}
            </option>
          ))}
        </select>
      </FailedFilter>
      {!isPlain && polled.error !== undefined && (
        <ProblemNote problem={polled.error} onRetry={polled.refresh} />
      )}
      <section class="panel" aria-label={words.groupsTab}>
        {list !== undefined && groups.length === 0 ? (
          <NoGroups isFiltered={!isPlain} />
        ) : (
          <GroupTable groups={groups} isBusy={list === undefined} queue={queue} />
        )}
        {groups.length > 0 && (
          <Pager
            shown={groups.length}
            firstHref={cursor === undefined ? undefined : failedHref({ ...address, cursor: undefined })}
            nextHref={list?.next == null ? undefined : failedHref({ ...address, cursor: list.next })}
          />
        )}
      </section>
    </>
  );
}

function NoGroups({ isFiltered }: { readonly isFiltered: boolean }) {
  const words = t().failed;
  if (!isFiltered) {
    return (
      <Empty icon="circleCheck" title={words.noneTitle}>
        <p class="failed-none">{words.noneText}</p>
      </Empty>
    );
  }
  return (
    <Empty icon="search" title={words.noMatch}>
      <a href={failedHref({})}>{words.showAll}</a>
    </Empty>
  );
}
