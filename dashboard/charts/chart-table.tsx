import { duration } from '../format/durations.ts';
import { t } from '../language/language.ts';
import type { ChartData } from './chart-data.ts';
import { type Aggregation, chartRows } from './table-rows.ts';
import { stepTimeText } from './time-ticks.ts';
import { valueText } from './value-text.ts';
import './chart-table.css';

interface Props {
  readonly data: ChartData;
  readonly title: string;
  readonly locale: string;
  readonly timeZone: string | undefined;
}

/** The figures of a chart as a table, the newest first. */
export function ChartTable({ data, title, locale, timeZone }: Props) {
  const { stepMs, rows, aggregations } = chartRows(data);
  return (
    <table class="chart-table">
      <caption class="visually-hidden">{t().charts.steps(title, duration(stepMs, locale, 'long'))}</caption>
      <thead>
        <tr>
          <th scope="col">{t().charts.time}</th>
          {data.columns.map(({ series }, i) => (
            <th key={series.key} scope="col">
              {headOf(series.label, aggregations[i])}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.toReversed().map((row) => (
          <tr key={row.time}>
            <th scope="row">{stepTimeText(row.time, stepMs, locale, timeZone)}</th>
            {row.values.map((value, i) => {
              const column = data.columns[i];
              const text = value === null || !column ? '–' : valueText(value, column.unit, locale);
              return <td key={column?.series.key}>{text}</td>;
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function headOf(label: string, aggregation: Aggregation): string {
  return aggregation === undefined ? label : t().charts[aggregation](label);
}
