import { useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { History } from '../../../server/http/schemas/queues.ts';
import { href } from '../../api/base.ts';
import { serverInfo } from '../../api/server-info.ts';
import type { ChartSeries } from '../../charts/chart-data.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { useHistory } from '../../charts/use-history.ts';
import { HISTORY_WINDOWS, WindowPicker } from '../../charts/window-picker.tsx';
import { Panel } from '../../components/panel.tsx';
import { t } from '../../language/language.ts';

const COLUMNS = ['enqueued', 'done', 'failed'];
const FIRST = '2m';

/** What came in, was done and failed, over two minutes or up to a week. `recent`: the two minutes, which the page has anyhow. */
export function ThroughputPanel({ recent }: { readonly recent: History | undefined }) {
  const { query, route } = useLocation();
  const window = HISTORY_WINDOWS.find((each) => each === query.window) ?? FIRST;
  const longer = useHistory(undefined, window === FIRST ? undefined : window, COLUMNS);
  const history = window === FIRST ? recent : longer;
  const words = t().overview;
  const startedAt = serverInfo.value?.started_at;
  // A chart is drawn anew where these are others.
  const series = useMemo<readonly ChartSeries[]>(
    () => [
      { key: 'enqueued', label: words.in, colour: 'info', kind: 'line' },
      { key: 'done', label: words.out, colour: 'ok', kind: 'line' },
      { key: 'failed', label: words.failures, colour: 'bad', kind: 'line' },
    ],
    [words],
  );
  const marks = useMemo(
    () => (startedAt === undefined ? [] : [{ at: Date.parse(startedAt), label: words.started }]),
    [startedAt, words],
  );
  return (
    <Panel
      title={words.throughput}
      tools={
        <WindowPicker
          value={window}
          onChange={(chosen) => route(href('/', { window: chosen === FIRST ? undefined : chosen }), true)}
        />
      }
    >
      <TimeChart title={words.perSecond} history={history} unit="rate" series={series} marks={marks} />
    </Panel>
  );
}
