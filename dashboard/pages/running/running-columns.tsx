import type { Message } from '../../../server/http/schemas/messages.ts';
import type { Queue } from '../../../server/http/schemas/queues.ts';
import { actOn } from '../../actions/act-on.ts';
import { href } from '../../api/base.ts';
import { Bar } from '../../components/bar.tsx';
import { Button } from '../../components/button.tsx';
import { Count, Nothing, Percent } from '../../components/figures.tsx';
import { Foreign } from '../../components/foreign.tsx';
import { Holder } from '../../components/holder.tsx';
import { MessageCell, messageName, selectColumn } from '../../components/message-cell.tsx';
import { now } from '../../components/now.ts';
import type { Column } from '../../components/table.tsx';
import { Duration, Relative, Since } from '../../components/times.tsx';
import type { Selection } from '../../components/use-selection.ts';
import { progressOf } from '../../format/progress.ts';
import { Icon } from '../../icons/icon.tsx';
import { t } from '../../language/language.ts';
import { chosenJobs } from './chosen-jobs.ts';
import { unusualAgainst } from './unusual.ts';

type RunTimes = ReadonlyMap<string, Queue['run_ms']>;

interface Options {
  readonly queue: string | undefined;
  readonly selection: Selection;
  /** How long jobs take, by the keys of their queues. */
  readonly runTimes: RunTimes;
  readonly refused: string | undefined;
}

/** The columns of what runs. */
export function runningColumns({ queue, selection, runTimes, refused }: Options): Column<Message>[] {
  const words = t().running;
  const columns: (Column<Message> | undefined)[] = [
    selectColumn(selection),
    {
      key: 'job',
      title: words.job,
      render: (job) => (
        <MessageCell message={job}>
          <LineUnder job={job} />
        </MessageCell>
      ),
    },
    queue === undefined
      ? {
          key: 'queue',
          title: t().common.queue,
          width: '9rem',
          from: 'medium',
          render: ({ queue }) => (
            <a href={href('/running', { queue: queue.key })}>
              <Foreign text={queue.name} />
            </a>
          ),
        }
      : undefined,
    {
      key: 'since',
      title: words.since,
      width: '9rem',
      narrowWidth: '6rem',
      render: (job) => <SinceCell job={job} run={runTimes.get(job.queue.key) ?? null} />,
    },
    {
      key: 'progress',
      title: words.progress,
      width: '14%',
      from: 'medium',
      render: ({ progress }) => <Progress told={progress} />,
    },
    {
      key: 'worker',
      title: words.worker,
      width: '9rem',
      from: 'wide',
      render: ({ holder }) => (holder === null ? <Nothing /> : <Holder name={holder} />),
    },
    {
      key: 'lease',
      title: words.lease,
      width: '7rem',
      from: 'wide',
      render: ({ deadline }) =>
        deadline === null ? <span title={words.openTitle}>{words.open}</span> : <Relative at={deadline} />,
    },
    {
      key: 'attempt',
      title: words.attempt,
      width: '5.5rem',
      from: 'wide',
      isFigure: true,
      render: ({ attempts }) => <Count of={attempts} />,
    },
    {
      key: 'actions',
      title: words.actions,
      isTitleHidden: true,
      width: '4rem',
      isFigure: true,
      render: (job) => (
        <Button
          kind="quiet"
          icon="ban"
          isIconOnly
          refused={job.cancelled ? words.isCancelled : refused}
          aria-label={`${words.cancelJob}: ${messageName(job)}`}
          onClick={() => void actOn('cancel', chosenJobs([job]))}
        >
          {words.cancelJob}
        </Button>
      ),
    },
  ];
  return columns.filter((column) => column !== undefined);
}

/** Its id; on a phone also where it is, and who runs it. */
function LineUnder({ job: { id, queue, holder } }: { readonly job: Message }) {
  return (
    <span class="clip muted message-line">
      {id !== null && <Foreign text={id} />}
      <span class="under-narrow">
        {id !== null && ' · '}
        <Foreign text={queue.name} />
        {holder !== null && (
          <>
            {' · '}
            <Holder name={holder} />
          </>
        )}
      </span>
    </span>
  );
}

/** For how long it has run; and what is unusual about it, in words. */
function SinceCell({ job, run }: { readonly job: Message; readonly run: Queue['run_ms'] }) {
  const words = t().running;
  const usual = unusualAgainst(job.started_at, now.value, run);
  return (
    <span class="since-cell">
      <Since at={job.started_at} />
      {job.cancelled ? (
        <span class="since-note" title={words.cancelledTitle}>
          <Icon name="ban" />
          {words.cancelled}
        </span>
      ) : (
        usual !== undefined && (
          <span class="since-note">
            <Icon name="hourglass" />
            <span>
              {words.usually} <Duration ms={usual} />
            </span>
          </span>
        )
      )}
    </span>
  );
}

function Progress({ told }: { readonly told: string | null }) {
  if (told === null) return <Nothing />;
  const { part, text } = progressOf(told);
  return (
    <span class="progress-cell">
      {part !== undefined && (
        <span class="progress-part">
          <Bar part={part} />
          <Percent of={part} />
        </span>
      )}
      {text !== '' && (
        <span class="clip muted">
          <Foreign text={text} />
        </span>
      )}
    </span>
  );
}
