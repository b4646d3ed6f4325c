import { describe, expect, it } from 'vitest';
import {
  type ChartSeries,
  chartData,
  isEmpty,
  isolatedPoints,
  latestOf,
  runsOf,
} from '../../../dashboard/charts/chart-data.ts';
import type { History } from '../../../server/http/schemas/queues.ts';

const DONE: ChartSeries = { key: 'done', label: 'Done', colour: 'ok', kind: 'line' };
const DEPTH: ChartSeries = { key: 'depth', label: 'Waiting', colour: 'accent', kind: 'area', unit: 'count' };

function historyOf(step_ms: number, series: History['series']): History {
  const count = Math.max(...Object.values(series).map((values) => values.length));
  const times = Array.from({ length: count }, (_, i) => 1_000_000 + i * step_ms);
  return { window: '1h', step_ms, from: null, times, series };
}

describe('the data of a chart', () => {
  const history = historyOf(60_000, { done: [120, null, 0, 30], depth: [7, 8, null, 9] });
  const data = chartData(history, [DONE, DEPTH], 'rate');

  it('has flows as a second, without the step that is being filled', () => {
    expect(data.columns[0]).toMatchObject({ unit: 'rate', isOfStep: true, values: [2, null, 0, null] });
    expect(data.columns.map(latestOf)).toEqual([0, 9]);
  });

  it('has levels as they are, up to now', () => {
    expect(data.columns[1]).toMatchObject({ unit: 'count', isOfStep: false, values: [7, 8, null, 9] });
  });

  it('has bars as they were counted', () => {
    const { columns } = chartData(history, [{ ...DONE, kind: 'bars' }], 'count');
    expect(columns[0]?.values).toEqual([120, null, 0, null]);
  });

  it('has a gap where the history has no such column', () => {
    const other = chartData(history, [{ ...DONE, key: 'none' }], 'rate');
    expect(other.columns[0]?.values).toEqual([null, null, null, null]);
    expect(isEmpty(other)).toBe(true);
    expect(isEmpty(data)).toBe(false);
  });

  it('breaks no two lines of a kind in the same way', () => {
    const { columns } = chartData(history, [DONE, DEPTH, DONE, DONE, DONE], 'rate');
    const lines = columns.filter(({ series }) => series.kind === 'line').map(({ dash }) => dash.join());
    expect(new Set(lines).size).toBe(4);
  });
});

describe('gaps', () => {
  it('part what is between them', () => {
    expect(runsOf([null, 1, 2, null, null, 0, null, 3])).toEqual([
      [1, 3],
      [5, 6],
      [7, 8],
    ]);
    expect(runsOf([])).toEqual([]);
    expect(runsOf([1, 2])).toEqual([[0, 2]]);
  });

  it('leave points that no line leads to', () => {
    expect(isolatedPoints([null, 1, 2, null, null, 0, null, 3])).toEqual([5, 7]);
    expect(isolatedPoints([4])).toEqual([0]);
  });
});
