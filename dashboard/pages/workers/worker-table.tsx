import type { Worker } from '../../../server/http/schemas/server.ts';
import { workerHref } from '../../api/base.ts';
import { Bytes, Nothing, Percent } from '../../components/figures.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { Relative, Since } from '../../components/times.tsx';
import { visibleString } from '../../format/visible-text.ts';
import { t } from '../../language/language.ts';
import { WatchedName } from './watched-names.tsx';
import { watchedQueues } from './watched-queues.ts';
import { WorkerActions } from './worker-actions.tsx';
import { workerName } from './worker-name.ts';
import { WorkerState } from './worker-state.tsx';

const MOST_QUEUES = 3;

/** Worker processes, a row each. */
export function WorkerTable({
  workers,
  isBusy,
  chosen,
}: {
  readonly workers: readonly Worker[];
  readonly isBusy: boolean;
  readonly chosen: string | undefined;
}) {
  return (
    <div class="worker-rows">
      <Table
        caption={t().workers.processes}
        isBusy={isBusy}
        keyOf={({ id }) => id}
        rows={workers}
        toneOf={({ id, connections }) => (id === chosen ? 'chosen' : connections === 0 ? 'quiet' : undefined)}
        columns={columns()}
      />
    </div>
  );
}

function columns(): Column<Worker>[] {
  const words = t().workers;
  return [
    {
      key: 'name',
      title: words.process,
      render: (worker) => (
        <div class="worker-name">
          <a href={workerHref(worker.id)}>
            <Foreign text={workerName(worker)} />
          </a>
          <span class="worker-name-state">
            <WorkerState worker={worker} />
          </span>
        </div>
      ),
    },
    {
      key: 'state',
      title: words.state,
      width: '8rem',
      from: 'medium',
      render: (worker) => <WorkerState worker={worker} />,
    },
    {
      key: 'queues',
      title: words.queues,
      width: '18%',
      from: 'medium',
      render: ({ queues }) => <QueueNames names={queues} />,
    },
    {
      key: 'busy',
      title: words.busy,
      width: '7rem',
      narrowWidth: '6rem',
      render: (worker) => <Slots worker={worker} />,
    },
    {
      key: 'rss',
      title: `${words.memory}, ${words.cpu}`,
      width: '7.5rem',
      from: 'wide',
      isFigure: true,
      render: (worker) => <Load worker={worker} />,
    },
    {
      key: 'up',
      title: words.up,
      width: '6.5rem',
      from: 'wide',
      isFigure: true,
      render: ({ started_at, seen_at, connections }) =>
        connections === 0 ? <Relative at={seen_at} /> : <Since at={started_at} />,
    },
    {
      key: 'actions',
      title: words.actions,
      width: '14rem',
      narrowWidth: '6rem',
      render: (worker) => <WorkerActions worker={worker} />,
    },
  ];
}

function QueueNames({ names }: { readonly names: readonly string[] }) {
  const watched = watchedQueues(names);
  return (
    <span title={visibleString(names.join(', '))}>
      {watched.slice(0, MOST_QUEUES).map((each, index) => (
        <span key={each.text}>
          {index > 0 && ', '}
          <WatchedName watched={each} />
        </span>
      ))}
      {watched.length > MOST_QUEUES && <span class="muted"> +{watched.length - MOST_QUEUES}</span>}
    </span>
  );
}

/** How many of its jobs at a time it has. */
function Slots({ worker: { busy, concurrency } }: { readonly worker: Worker }) {
  if (busy === null || concurrency === null) return <Nothing />;
  return (
    <span class="slots">
      <meter max={Math.max(concurrency, 1)} value={busy} aria-label={t().workers.busy} />
      <span>
        {busy}/{concurrency}
      </span>
    </span>
  );
}

/** What it takes of its machine. */
function Load({ worker: { rss_bytes, cpu } }: { readonly worker: Worker }) {
  if (rss_bytes === null) return <Nothing />;
  return (
    <span class="worker-load">
      <Bytes of={rss_bytes} />
      {cpu !== null && (
        <span class="muted">
          <Percent of={cpu} />
        </span>
      )}
    </span>
  );
}
