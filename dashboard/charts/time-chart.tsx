import { useId, useMemo, useRef, useState } from 'preact/hooks';
import type { History } from '../../server/http/schemas/queues.ts';
import { timeZoneOf } from '../format/times.ts';
import { locale as pageLocale, t } from '../language/language.ts';
import { timeZone as pageTimeZone } from '../preferences/preferences.ts';
import { type ChartData, type ChartSeries, chartData, isEmpty, type Unit } from './chart-data.ts';
import { ChartLegend } from './chart-legend.tsx';
import { ChartTable } from './chart-table.tsx';
import type { CursorPlace } from './plot.ts';
import { PlotFrame } from './plot-frame.tsx';
import type { Mark } from './plot-options.ts';
import './time-chart.css';

interface Props {
  /** Undefined until it is there. */
  readonly history: History | undefined;
  readonly series: readonly ChartSeries[];
  readonly unit: Unit;
  readonly title: string;
  readonly marks?: readonly Mark[];
  /** Milliseconds in powers of ten. */
  readonly isLogarithmic?: boolean;
  /** Of the plot, pixels. */
  readonly height?: number;
}

const NO_MARKS: readonly Mark[] = [];

/**
 * Figures over time: a chart, which also is a table. It takes its space before there is anything to show. A table that is open
 * stays as it is, so that it can be read, until another period is chosen.
 */
export function TimeChart({
  history,
  series,
  unit,
  title,
  marks = NO_MARKS,
  isLogarithmic = false,
  height = 220,
}: Props) {
  const [isTable, setIsTable] = useState(false);
  const [place, setPlace] = useState<CursorPlace>(undefined);
  const tableId = useId();
  const read = useRef(history);
  if (!isTable || read.current?.window !== history?.window) read.current = history;
  const data = useMemo(() => dataOf(history, series, unit), [history, series, unit]);
  const tableData = useMemo(() => dataOf(read.current, series, unit), [read.current, series, unit]);
  const locale = pageLocale.value;
  const timeZone = timeZoneOf(pageTimeZone.value);
  const told = { data, locale, timeZone };
  const { asTable, asChart, noData } = t().charts;
  return (
    <figure class="time-chart">
      <figcaption class="time-chart-head">
        <span class="time-chart-title">{title}</span>
        <button
          type="button"
          class="time-chart-toggle"
          aria-expanded={isTable}
          aria-controls={tableId}
          onClick={() => setIsTable(!isTable)}
        >
          {isTable ? asChart : asTable}
        </button>
      </figcaption>
      <ChartLegend {...told} place={isTable ? undefined : place} />
      <div class="time-chart-body" style={{ height: `${height}px` }}>
        <PlotFrame
          {...told}
          title={title}
          marks={marks}
          isLogarithmic={isLogarithmic}
          isHidden={isTable}
          place={place}
          onPlace={setPlace}
        />
        {history !== undefined && isEmpty(data) && !isTable ? <p class="time-chart-note">{noData}</p> : null}
        <div
          id={tableId}
          class={isTable ? 'time-chart-table' : 'visually-hidden'}
          tabIndex={isTable ? 0 : undefined}
        >
          <ChartTable {...told} data={tableData} title={title} />
        </div>
      </div>
    </figure>
  );
}

const NOTHING: History = { window: '2m', step_ms: 1000, from: null, times: [], series: {} };

function dataOf(history: History | undefined, series: readonly ChartSeries[], unit: Unit): ChartData {
  return chartData(history ?? NOTHING, series, unit);
}
