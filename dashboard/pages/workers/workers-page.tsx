import './workers.css';
import { useLocation } from 'preact-iso';
import type { WorkerList } from '../../../server/http/schemas/server.ts';
import { href } from '../../api/base.ts';
import { pathOf } from '../../api/client.ts';
import { Page } from '../../components/page.tsx';
import { Pager } from '../../components/pager.tsx';
import { Panel } from '../../components/panel.tsx';
import { t } from '../../language/language.ts';
import { useTopic } from '../../live/live.ts';
import { usePolled } from '../../live/use-polled.ts';
import { NoWorkers } from './no-workers.tsx';
import { WorkerDetail } from './worker-detail.tsx';
import { WorkerTable } from './worker-table.tsx';

const PERIOD_MS = 3000;

/** The processes that run jobs: where they are, what they take, how busy they are; told to rest, or to stop. */
export function WorkersPage() {
  const { cursor, worker: chosen } = useLocation().query;
  const first = useTopic('workers');
  const later = usePolled<WorkerList>(
    cursor === undefined ? undefined : pathOf('/workers', { query: { cursor } }),
    PERIOD_MS,
  );
  const list = cursor === undefined ? first : later.data;
  const workers = list?.items ?? [];
  const words = t().workers;
  const here = workers.filter(({ connections }) => connections > 0);
  const slots = sum(here.map(({ concurrency }) => concurrency ?? 0));
  const busy = sum(here.map(({ busy }) => busy ?? 0));
  return (
    <Page
      title={words.title}
      lead={list && here.length > 0 ? words.lead(here.length, busy, slots) : '\u00A0'}
    >
      {chosen !== undefined && <WorkerDetail key={chosen} id={chosen} workers={list && workers} />}
      <Panel isFlush title={words.processes}>
        {list !== undefined && workers.length === 0 ? (
          <NoWorkers />
        ) : (
          <WorkerTable workers={workers} isBusy={list === undefined} chosen={chosen} />
        )}
        {list !== undefined && (
          <Pager
            shown={workers.length}
            firstHref={cursor === undefined ? undefined : href('/workers')}
            nextHref={list?.next == null ? undefined : href('/workers', { cursor: list.next })}
          />
        )}
      </Panel>
    </Page>
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
