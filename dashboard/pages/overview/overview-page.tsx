import './overview.css';
import { useHistory } from '../../charts/use-history.ts';
import { later } from '../../components/later.tsx';
import { Page } from '../../components/page.tsx';
import { t } from '../../language/language.ts';
import { useTopic } from '../../live/live.ts';
import { ErrorsPanel } from './errors-panel.tsx';
import { FigureTiles } from './figure-tiles.tsx';
import { LongestPanel } from './longest-panel.tsx';
import { ThroughputPanel } from './throughput-panel.tsx';
import { Totals } from './totals.tsx';
import { UnreadPanel } from './unread-panel.tsx';

/** Of the last two minutes: what the tiles show, and the chart. */
const COLUMNS = ['enqueued', 'done', 'failed', 'depth', 'oldest_age'];

/** Most servers have queues. */
const FirstJobPanel = later(async () => (await import('./first-job-panel.tsx')).FirstJobPanel);

/** How all is: what is done, what fails, what waits, and what needs somebody. */
export function OverviewPage() {
  const overview = useTopic('overview');
  const recent = useHistory(undefined, '2m', COLUMNS);
  return (
    <Page title={t().overview.title}>
      <FigureTiles overview={overview} history={recent} />
      <Totals overview={overview} />
      {overview?.queues === 0 ? (
        <FirstJobPanel />
      ) : (
        <>
          <ThroughputPanel recent={recent} />
          <div class="needs-you">
            <ErrorsPanel overview={overview} />
            <UnreadPanel overview={overview} />
            <LongestPanel overview={overview} />
          </div>
        </>
      )}
    </Page>
  );
}
