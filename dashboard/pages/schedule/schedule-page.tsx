import './schedule.css';
import { useLocation } from 'preact-iso';
import type { ScheduleList } from '../../../server/http/schemas/server.ts';
import { href } from '../../api/base.ts';
import { pathOf } from '../../api/client.ts';
import { Page } from '../../components/page.tsx';
import { Pager } from '../../components/pager.tsx';
import { Panel } from '../../components/panel.tsx';
import { t } from '../../language/language.ts';
import { useTopic } from '../../live/live.ts';
import { usePolled } from '../../live/use-polled.ts';
import { NoSchedule } from './no-schedule.tsx';
import { RunLegend } from './run-legend.tsx';
import { ScheduleTable } from './schedule-table.tsx';

const PERIOD_MS = 5000;

/** Jobs that come by the clock: when, how the last runs went, one now, none until further notice. */
export function SchedulePage() {
  const { cursor } = useLocation().query;
  const first = useTopic('schedule');
  const later = usePolled<ScheduleList>(
    cursor === undefined ? undefined : pathOf('/schedule', { query: { cursor } }),
    PERIOD_MS,
  );
  const list = cursor === undefined ? first : later.data;
  const jobs = list?.items ?? [];
  const words = t().schedule;
  return (
    <Page title={words.title} lead={words.lead}>
      <Panel isFlush title={words.jobs}>
        {list !== undefined && jobs.length === 0 ? (
          <NoSchedule />
        ) : (
          <>
            <ScheduleTable jobs={jobs} isBusy={list === undefined} />
            {list !== undefined && <RunLegend />}
          </>
        )}
        {list !== undefined && (
          <Pager
            shown={jobs.length}
            firstHref={cursor === undefined ? undefined : href('/schedule')}
            nextHref={list?.next == null ? undefined : href('/schedule', { cursor: list.next })}
          />
        )}
      </Panel>
    </Page>
  );
}
