import { describe, expect, it } from 'vitest';
import { type ChartSeries, chartData, lastPlace } from '../../../dashboard/charts/chart-data.ts';
import { chartRows } from '../../../dashboard/charts/table-rows.ts';
import type { History } from '../../../server/http/schemas/queues.ts';

const SERIES: readonly ChartSeries[] = [
  { key: 'done', label: 'Done', colour: 'ok', kind: 'line' },
  { key: 'failed', label: 'Failed', colour: 'bad', kind: 'bars', unit: 'count' },
  { key: 'depth', label: 'Waiting', colour: 'accent', kind: 'area', unit: 'count' },
];

function rowsOf(count: number, value: (i: number) => number | null, from = 0) {
  const values = Array.from({ length: count }, (_, i) => value(i));
  const times = values.map((_, i) => (from + i) * 1000);
  const series = { done: values, failed: values, depth: values };
  return chartRows(chartData({ window: '2m', step_ms: 1000, from: null, times, series }, SERIES, 'rate'));
}

describe('a chart as a table', () => {
  it('has a row a step where they are few', () => {
    const { rows, stepMs, aggregations } = rowsOf(3, (i) => i + 1);
    expect(stepMs).toBe(1000);
    expect(aggregations).toEqual([undefined, undefined, undefined]);
    expect(rows).toEqual([
      { time: 0, values: [1, 1, 1] },
      { time: 1000, values: [2, 2, 2] },
      { time: 2000, values: [null, null, 3] },
    ]);
  });

  it('has several steps in a row where they are many: the mean, the sum, the highest, and says which', () => {
    const { rows, stepMs, aggregations } = rowsOf(120, (i) => (i % 4 === 3 ? null : i));
    expect(stepMs).toBe(2000);
    expect(aggregations).toEqual(['mean', 'sum', 'highest']);
    expect(rows.length).toBe(60);
    expect(rows[0]).toEqual({ time: 0, values: [0.5, 1, 1] });
    // A step without a figure is not one with 0.
    expect(rows[1]).toEqual({ time: 2000, values: [2, 2, 2] });
  });

  it('has the same rows a step later, but for the first and the last, and only whole ones', () => {
    const rowsAt = (from: number) => rowsOf(120, (i) => from + i, from).rows;
    const [now, later] = [rowsAt(0), rowsAt(1)];
    expect(later.map(({ time }) => time)).toEqual(now.slice(1).map(({ time }) => time));
    expect(later.slice(0, -1)).toEqual(now.slice(1, -1));
  });

  it('has no row for a step that is being filled, where all is counted in steps', () => {
    const times = [0, 1000, 2000];
    const history: History = { window: '2m', step_ms: 1000, from: null, times, series: { done: [1, 2, 3] } };
    const data = chartData(history, SERIES.slice(0, 1), 'rate');
    expect(chartRows(data).rows.map(({ values }) => values)).toEqual([[1], [2]]);
    expect(lastPlace(data)).toBe(1);
  });

  it('has a gap where no step has a figure', () => {
    const { rows } = rowsOf(168, (i) => (i < 6 ? null : 1));
    expect(rows.length).toBe(56);
    expect(rows[1]).toEqual({ time: 3000, values: [null, null, null] });
    expect(rows[2]).toEqual({ time: 6000, values: [1, 3, 1] });
  });
});
