import { useMemo } from 'preact/hooks';
import { serverInfo } from '../../api/server-info.ts';
import type { ChartSeries } from '../../charts/chart-data.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { useHistory } from '../../charts/use-history.ts';
import { type HistoryWindow, WindowPicker } from '../../charts/window-picker.tsx';
import { Panel } from '../../components/panel.tsx';
import { t } from '../../language/language.ts';

const COLUMNS = ['enqueued', 'done', 'failed', 'depth', 'oldest_age', 'wait_p95', 'run_p95'];
const HEIGHT = 150;

interface Props {
  readonly queueKey: string;
  readonly window: HistoryWindow;
  readonly onWindow: (window: HistoryWindow) => void;
}

/** How a queue was: what went through it, what waited in it, how long that took. */
export function QueueCharts({ queueKey, window, onWindow }: Props) {
  const history = useHistory(queueKey, window, COLUMNS);
  const words = t().queue.charts;
  const { throughput, backlog, latency } = useMemo(() => seriesOf(words), [words]);
  const startedAt = serverInfo.value?.started_at;
  const marks = useMemo(
    () => (startedAt === undefined ? [] : [{ at: Date.parse(startedAt), label: words.started }]),
    [startedAt, words],
  );
  const common = { history, marks, height: HEIGHT };
  return (
    <Panel title={words.title} tools={<WindowPicker value={window} onChange={onWindow} />}>
      <div class="queue-charts">
        <TimeChart {...common} title={words.throughput} series={throughput} unit="rate" />
        <TimeChart {...common} title={words.backlog} series={backlog} unit="count" />
        <TimeChart {...common} title={words.latency} series={latency} unit="ms" />
      </div>
    </Panel>
  );
}

type Words = ReturnType<typeof t>['queue']['charts'];

function seriesOf(
  words: Words,
): Readonly<Record<'throughput' | 'backlog' | 'latency', readonly ChartSeries[]>> {
  return {
    throughput: [
      { key: 'enqueued', label: words.in, colour: 'info', kind: 'line' },
      { key: 'done', label: words.done, colour: 'ok', kind: 'line' },
      { key: 'failed', label: words.failed, colour: 'bad', kind: 'line' },
    ],
    backlog: [
      { key: 'depth', label: words.depth, colour: 'info', kind: 'area' },
      { key: 'oldest_age', label: words.oldest, colour: 'warn', kind: 'line', unit: 'seconds' },
    ],
    latency: [
      { key: 'wait_p95', label: words.wait, colour: 'violet', kind: 'line' },
      { key: 'run_p95', label: words.run, colour: 'ok', kind: 'line' },
    ],
  };
}
