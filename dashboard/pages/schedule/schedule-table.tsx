import type { ScheduledJob } from '../../../server/http/schemas/server.ts';
import { messageHref, queueHref } from '../../api/base.ts';
import { Foreign } from '../../components/foreign.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { cronWords } from '../../format/cron/cron-words.ts';
import { locale, t } from '../../language/language.ts';
import { LastRuns } from './last-runs.tsx';
import { NextRun } from './next-run.tsx';
import { ScheduleActions } from './schedule-actions.tsx';

/** The jobs of the schedule, a row each. */
export function ScheduleTable({
  jobs,
  isBusy,
}: {
  readonly jobs: readonly ScheduledJob[];
  readonly isBusy: boolean;
}) {
  return (
    <div class="schedule-rows">
      <Table
        caption={t().schedule.jobs}
        isBusy={isBusy}
        keyOf={({ key }) => key}
        rows={jobs}
        toneOf={({ disabled }) => (disabled ? 'quiet' : undefined)}
        columns={columns()}
      />
    </div>
  );
}

function columns(): Column<ScheduledJob>[] {
  const words = t().schedule;
  return [
    {
      key: 'name',
      title: words.job,
      render: (job) => (
        <div class="scheduled-name">
          <JobName job={job} />
          <a class="scheduled-queue" href={queueHref(job.queue.key)}>
            <Foreign text={job.queue.name} />
          </a>
          <span class="scheduled-words">{cronWords(job.cron, locale.value, job.timezone ?? undefined)}</span>
          <div class="scheduled-runs">
            <LastRuns runs={job.runs} />
          </div>
        </div>
      ),
    },
    {
      key: 'when',
      title: words.when,
      width: '26%',
      from: 'wide',
      render: ({ cron, timezone }) => (
        <div class="scheduled-name">
          <span class="scheduled-when">{cronWords(cron, locale.value, timezone ?? undefined)}</span>
          <code class="muted clip">{cron}</code>
        </div>
      ),
    },
    {
      key: 'next',
      title: words.next,
      width: '8.5rem',
      narrowWidth: '6.875rem',
      render: (job) => <NextRun job={job} />,
    },
    {
      key: 'runs',
      title: words.runs,
      width: '14rem',
      from: 'medium',
      render: ({ runs }) => <LastRuns runs={runs} />,
    },
    {
      key: 'actions',
      title: words.actions,
      width: '16rem',
      narrowWidth: '7rem',
      render: (job) => <ScheduleActions job={job} />,
    },
  ];
}

function JobName({ job: { name, ref, queue } }: { readonly job: ScheduledJob }) {
  const shown = <Foreign text={name} />;
  return ref === null ? shown : <a href={messageHref(queue.key, ref)}>{shown}</a>;
}
