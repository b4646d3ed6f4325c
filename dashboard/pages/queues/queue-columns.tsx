import type { ComponentChildren } from 'preact';
import type { Queue } from '../../../server/http/schemas/queues.ts';
import { href } from '../../api/base.ts';
import { Count, Nothing, Rate } from '../../components/figures.tsx';
import type { Column } from '../../components/table.tsx';
import { Duration, Seconds } from '../../components/times.tsx';
import { t } from '../../language/language.ts';
import { PauseButton } from './pause-button.tsx';
import { ActivityCell, NameCell, ReadersCell } from './queue-cells.tsx';
import { addressQuery, type QueueSort, type QueuesQuery } from './queues-query.ts';

interface Options {
  readonly query: QueuesQuery;
  /** A queue as it was last seen, also where its row is held as it was. */
  readonly latest: (queue: Queue) => Queue;
  readonly onChanged: () => void;
}

/** The columns of the table of queues. Their titles lead to the same queues in another order. */
export function queueColumns({ query, latest, onChanged }: Options): readonly Column<Queue>[] {
  const titles = t().queues.columns;
  const sortable = (sort: QueueSort) => ({
    sortHref: href('/queues', addressQuery({ ...query, sort, cursor: undefined })),
    isSorted:
      query.sort === sort ? (sort === 'name' ? ('ascending' as const) : ('descending' as const)) : undefined,
  });
  const figure = (
    sort: QueueSort & keyof typeof titles,
    width: string,
    render: (queue: Queue) => ComponentChildren,
    from?: 'wide' | 'medium',
  ): Column<Queue> => ({
    key: sort,
    title: titles[sort],
    width,
    narrowWidth: '4.5rem',
    isFigure: true,
    ...(from && { from }),
    ...sortable(sort),
    render,
  });
  return [
    {
      key: 'name',
      title: titles.name,
      ...sortable('name'),
      render: (queue) => <NameCell queue={latest(queue)} />,
    },
    {
      key: 'activity',
      title: titles.activity,
      width: '7.5rem',
      from: 'wide',
      render: (queue) => <ActivityCell queue={queue} />,
    },
    figure('in', '4.75rem', ({ rates }) => <Rate of={rates.in} />, 'wide'),
    figure('out', '4.75rem', ({ rates }) => <Rate of={rates.out} />, 'medium'),
    figure('ready', '5.25rem', ({ ready }) => <Some of={ready} />),
    figure('delayed', '5.25rem', ({ delayed }) => <Some of={delayed} />, 'wide'),
    figure('reserved', '5.25rem', ({ reserved }) => <Some of={reserved} />, 'wide'),
    figure('failed', '4.75rem', ({ failed }) => <Some of={failed} isBad />),
    figure(
      'oldest',
      '6.75rem',
      ({ ready, oldest_age: age }) => (ready === 0 ? <Nothing /> : <Seconds of={age} />),
      'medium',
    ),
    figure('wait', '5.5rem', ({ wait_ms: wait }) => <Duration ms={wait?.p95 ?? null} />, 'wide'),
    {
      key: 'readers',
      title: titles.readers,
      width: '7.5rem',
      isFigure: true,
      from: 'medium',
      render: (queue) => <ReadersCell queue={queue} />,
    },
    {
      key: 'actions',
      title: titles.actions,
      isTitleHidden: true,
      width: '4.25rem',
      narrowWidth: '3.75rem',
      isFigure: true,
      render: (queue) => <PauseButton queue={latest(queue)} onDone={onChanged} />,
    },
  ];
}

/** A count; none of it stands back. */
function Some({ of, isBad = false }: { readonly of: number; readonly isBad?: boolean }) {
  if (of === 0) return <span class="muted">0</span>;
  return isBad ? (
    <strong class="queue-failed">
      <Count of={of} />
    </strong>
  ) : (
    <Count of={of} />
  );
}
