import { useLocation } from 'preact-iso';
import type { ConnectionList } from '../../../server/http/schemas/server.ts';
import { href, workerHref } from '../../api/base.ts';
import { pathOf } from '../../api/client.ts';
import { Empty } from '../../components/empty.tsx';
import { Bytes, Nothing } from '../../components/figures.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { Pager } from '../../components/pager.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Table } from '../../components/table.tsx';
import { Seconds } from '../../components/times.tsx';
import { t } from '../../language/language.ts';
import { usePolled } from '../../live/use-polled.ts';

const PERIOD_MS = 3000;

/** Who is connected by a memcache protocol, and does what. */
export function ConnectionsTab() {
  const { cursor } = useLocation().query;
  const path = pathOf('/connections', { query: { cursor } });
  const { data, error, refresh } = usePolled<ConnectionList>(path, PERIOD_MS);
  const words = t().settings;
  if (error !== undefined && data === undefined) return <ProblemNote problem={error} onRetry={refresh} />;
  const items = data?.items ?? [];
  const at = (next?: string) => href('/settings', { tab: 'connections', cursor: next });
  return (
    <Panel isFlush title={words.connections}>
      {data !== undefined && items.length === 0 ? (
        <Empty icon="unplug" title={words.noConnections} />
      ) : (
        <Table
          caption={words.connections}
          isBusy={data === undefined}
          keyOf={({ id }) => String(id)}
          rows={items}
          columns={[
            { key: 'id', title: words.number, width: '5rem', from: 'medium', render: ({ id }) => id },
            { key: 'address', title: words.address, render: ({ address }) => <Foreign text={address} /> },
            {
              key: 'worker',
              title: words.worker,
              width: '12rem',
              from: 'medium',
              render: ({ worker }) =>
                worker === null ? (
                  <Nothing />
                ) : (
                  <a href={workerHref(worker)}>
                    <Foreign text={worker} isMono />
                  </a>
                ),
            },
            {
              key: 'activity',
              title: words.activity,
              width: '8rem',
              narrowWidth: '5.5rem',
              render: ({ activity }) => words.activities[activity] ?? activity,
            },
            {
              key: 'idle',
              title: words.idle,
              width: '8rem',
              narrowWidth: '5.5rem',
              isFigure: true,
              render: ({ seconds_idle }) => <Seconds of={seconds_idle} />,
            },
            {
              key: 'read',
              title: words.read,
              width: '8rem',
              from: 'wide',
              isFigure: true,
              render: ({ bytes_read }) => <Bytes of={bytes_read} />,
            },
            {
              key: 'written',
              title: words.written,
              width: '8rem',
              from: 'wide',
              isFigure: true,
              render: ({ bytes_written }) => <Bytes of={bytes_written} />,
            },
          ]}
        />
      )}
      <Pager
        shown={items.length}
        firstHref={cursor === undefined ? undefined : at()}
        nextHref={data?.next == null ? undefined : at(data.next)}
      />
    </Panel>
  );
}
