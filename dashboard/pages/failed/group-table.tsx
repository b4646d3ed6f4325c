import type { ErrorGroup } from '../../../server/http/schemas/actions.ts';
import { runningTask } from '../../actions/tasks.ts';
import { errorHref } from '../../api/base.ts';
import '../../components/message-cell.css';
import { Foreign } from '../../components/foreign.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { Relative } from '../../components/times.tsx';
import { t } from '../../language/language.ts';
import { useTopic } from '../../live/live.ts';
import { aboutGroup } from './about-group.ts';
import { failedHref } from './failed-address.ts';
import { GroupActions } from './group-actions.tsx';
import { PaceState } from './pace-state.tsx';
import { Share } from './share.tsx';

/** Errors, a row each: how often, since when, whether it goes on. */
export function GroupTable({
  groups,
  isBusy,
  queue,
}: {
  readonly groups: readonly ErrorGroup[];
  readonly isBusy: boolean;
  /** The queue that they are all of, where they are. */
  readonly queue: string | undefined;
}) {
  const overview = useTopic('overview');
  return (
    <Table
      caption={t().failed.caption}
      isBusy={isBusy}
      rows={groups}
      keyOf={aboutGroup}
      toneOf={(group) => (runningTask(aboutGroup(group)) ? 'acted-on' : undefined)}
      columns={columns(groups, overview?.failed, queue)}
    />
  );
}

function columns(
  groups: readonly ErrorGroup[],
  total: number | undefined,
  queue: string | undefined,
): Column<ErrorGroup>[] {
  const words = t().failed;
  const most = Math.max(1, ...groups.map(({ count }) => count));
  return [
    { key: 'error', title: words.error, render: (group) => <ErrorCell group={group} /> },
    ...(queue === undefined ? [queueColumn()] : []),
    {
      key: 'count',
      title: words.count,
      width: '8rem',
      isFigure: true,
      render: ({ count }) => <Share count={count} most={most} total={total} />,
    },
    {
      key: 'first',
      title: words.first,
      width: '7.5rem',
      from: 'wide',
      isFigure: true,
      render: ({ first_at }) => <Relative at={first_at} />,
    },
    {
      key: 'last',
      title: words.last,
      width: '7.5rem',
      from: 'medium',
      isFigure: true,
      render: ({ last_at }) => <Relative at={last_at} />,
    },
    {
      key: 'pace',
      title: words.happening,
      width: '9.5rem',
      from: 'wide',
      render: ({ last_at }) => <PaceState lastAt={last_at} />,
    },
    {
      key: 'actions',
      title: words.actions,
      width: '7rem',
      from: 'medium',
      render: (group) => <GroupActions group={group} />,
    },
  ];
}

function queueColumn(): Column<ErrorGroup> {
  return {
    key: 'queue',
    title: t().common.queue,
    width: '14%',
    from: 'medium',
    render: ({ queue }) => (
      <a href={failedHref({ queue: queue.key })}>
        <Foreign text={queue.name} />
      </a>
    ),
  };
}

/** The error, which leads to its messages; on a phone also where and when. */
function ErrorCell({ group }: { readonly group: ErrorGroup }) {
  const { queue, group: key } = group;
  return (
    <>
      <a class="error-link clip" href={errorHref(queue.key, key)}>
        <ErrorName group={group} />
      </a>
      <span class="under-narrow muted clip">
        <Foreign text={queue.name} /> · <Relative at={group.last_at} />
      </span>
    </>
  );
}

export function ErrorName({ group: { group, sample } }: { readonly group: ErrorGroup }) {
  const words = t().failed;
  if (group === 'other') return <em>{words.otherErrors}</em>;
  return sample === '' ? <em>{words.noError}</em> : <Foreign text={sample} />;
}
