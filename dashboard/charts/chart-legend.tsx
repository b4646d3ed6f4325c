import { t } from '../language/language.ts';
import { type ChartData, type Column, latestOf } from './chart-data.ts';
import type { CursorPlace } from './plot.ts';
import { stepTimeText } from './time-ticks.ts';
import { valueText } from './value-text.ts';
import './chart-legend.css';

interface Props {
  readonly data: ChartData;
  readonly place: CursorPlace;
  readonly locale: string;
  readonly timeZone: string | undefined;
}

/** What each line is, and its figure where the cursor is, or the latest. Nothing in it moves when figures change. */
export function ChartLegend({ data, place, locale, timeZone }: Props) {
  return (
    <div class="chart-legend">
      <span class="chart-legend-time">{timeAt(data, place, locale, timeZone)}</span>
      <ul>
        {data.columns.map((column) => (
          <li key={column.series.key}>
            <Swatch column={column} />
            <span class="chart-legend-label">{column.series.label}</span>
            <span class="chart-legend-value">{figureAt(column, place, locale)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The figure of a column in a step, as text; the latest where there is no cursor. */
export function figureAt(column: Column, place: CursorPlace, locale: string): string {
  const value = place === undefined ? latestOf(column) : (column.values[place] ?? null);
  return value === null ? '–' : valueText(value, column.unit, locale);
}

/** When a step began, as text. */
export function timeAt(
  { times, stepMs }: ChartData,
  place: CursorPlace,
  locale: string,
  timeZone: string | undefined,
): string {
  const time = place === undefined ? undefined : times[place];
  return time === undefined ? t().charts.latest : stepTimeText(time, stepMs, locale, timeZone);
}

function Swatch({ column }: { readonly column: Column }) {
  const { kind, colour } = column.series;
  return (
    <svg
      class="chart-legend-swatch"
      viewBox="0 0 22 10"
      aria-hidden="true"
      style={{ color: `var(--${colour})` }}
    >
      {kind === 'line' ? null : (
        <rect
          x="0"
          y={kind === 'bars' ? 0 : 5}
          width="22"
          height={kind === 'bars' ? 10 : 5}
          opacity={kind === 'bars' ? 1 : 0.2}
        />
      )}
      {kind === 'bars' ? null : <path d="M0 5h22" stroke-dasharray={column.dash.join(' ')} />}
    </svg>
  );
}
