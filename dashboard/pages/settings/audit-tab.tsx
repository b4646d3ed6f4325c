import './audit.css';
import { useLocation } from 'preact-iso';
import type { AuditEntry, AuditList } from '../../../server/http/schemas/server.ts';
import { href } from '../../api/base.ts';
import { pathOf } from '../../api/client.ts';
import { Empty } from '../../components/empty.tsx';
import { FilterField } from '../../components/filter-field.tsx';
import { fits } from '../../components/fits.ts';
import { Foreign } from '../../components/foreign.tsx';
import { Pager } from '../../components/pager.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { Time } from '../../components/times.tsx';
import { t } from '../../language/language.ts';
import { usePolled } from '../../live/use-polled.ts';
import { actionText, Outcome, Target } from './audit-cells.tsx';
import { targetOf } from './audit-entry.ts';

const PERIOD_MS = 5000;
/** All that the server keeps: what is wanted may be anywhere in it. */
const ALL = 1000;
const PERIOD_OF_ALL_MS = 15_000;

/** Who has done what to the server over HTTP, the newest first. */
export function AuditTab() {
  const { query, route } = useLocation();
  const { cursor, q = '' } = query;
  const isFiltered = q.trim() !== '';
  const path = pathOf('/audit', { query: isFiltered ? { limit: ALL } : { cursor } });
  const { data, error, refresh } = usePolled<AuditList>(path, isFiltered ? PERIOD_OF_ALL_MS : PERIOD_MS);
  const words = t().settings;
  if (error !== undefined && data === undefined) return <ProblemNote problem={error} onRetry={refresh} />;
  const items = (data?.items ?? []).filter((entry) => !isFiltered || fits(q, ...textsOf(entry)));
  const at = (next?: string) => href('/settings', { tab: 'audit', cursor: next });
  const filter = (wanted: string) => route(href('/settings', { tab: 'audit', q: wanted }), true);
  const nothing = isFiltered ? [words.noMatch, words.noMatchText] : [words.noAudit, words.noAuditText];
  return (
    <Panel
      isFlush
      title={words.audit}
      tools={<FilterField label={words.filterAudit} value={q} onChange={filter} />}
    >
      {data !== undefined && items.length === 0 ? (
        <Empty icon={isFiltered ? 'search' : 'circleCheck'} title={nothing[0] as string}>
          <p>{nothing[1]}</p>
        </Empty>
      ) : (
        <Table
          caption={words.audit}
          isBusy={data === undefined}
          keyOf={({ at, action, target, address }) => `${at} ${action} ${target} ${address}`}
          rows={items}
          columns={columns()}
        />
      )}
      <Pager
        shown={items.length}
        firstHref={cursor === undefined || isFiltered ? undefined : at()}
        nextHref={data?.next == null || isFiltered ? undefined : at(data.next)}
      />
    </Panel>
  );
}

function textsOf(entry: AuditEntry): string[] {
  const { user, address, action, target, status } = entry;
  return [user ?? '', address, action, actionText(entry), target, targetOf(entry).name, String(status)];
}

function columns(): Column<AuditEntry>[] {
  const words = t().settings;
  return [
    {
      key: 'at',
      title: words.when,
      width: '7.5rem',
      narrowWidth: '5.75rem',
      render: ({ at }) => <Time at={at} />,
    },
    {
      key: 'user',
      title: words.who,
      width: '9rem',
      from: 'medium',
      render: ({ user, address }) => <Foreign text={user ?? address} />,
    },
    {
      key: 'action',
      title: words.what,
      render: (entry) => (
        <div class="audit-what">
          <span title={entry.action}>{actionText(entry)}</span>
          <span class="audit-narrow">
            <Target entry={entry} />
          </span>
          <span class="audit-narrow muted">
            <Foreign text={entry.user ?? entry.address} />
          </span>
        </div>
      ),
    },
    {
      key: 'target',
      title: words.target,
      width: '30%',
      from: 'medium',
      render: (entry) => <Target entry={entry} />,
    },
    {
      key: 'status',
      title: words.status,
      width: '11rem',
      narrowWidth: '7.5rem',
      render: (entry) => <Outcome entry={entry} />,
    },
  ];
}
