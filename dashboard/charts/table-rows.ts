import { type ChartData, type Column, lastPlace, type Values } from './chart-data.ts';

/** More rows than that nobody reads. */
const MOST_ROWS = 60;

/** How several steps became one figure; undefined where each has its own. */
export type Aggregation = 'mean' | 'sum' | 'highest' | undefined;

export interface TableRow {
  /** When its first step began. */
  readonly time: number;
  readonly values: Values;
}

/** A chart as a table. */
export interface ChartRows {
  readonly stepMs: number;
  readonly rows: readonly TableRow[];
  /** Of each column. */
  readonly aggregations: readonly Aggregation[];
}

/**
 * A row for each step, or for so many of them that there are not too many rows. Rows begin at the same times whenever they are made,
 * and only whole ones are told: where a step is one of several, a row of fewer would be too low. What has no figure counts for nothing.
 */
export function chartRows(data: ChartData): ChartRows {
  const { times, columns } = data;
  const size = Math.max(1, Math.ceil(times.length / MOST_ROWS));
  const stepMs = data.stepMs * size;
  const aggregations = columns.map((column) => (size === 1 ? undefined : aggregationOf(column)));
  const rows: TableRow[] = [];
  const first = times.findIndex((time) => time % stepMs === 0);
  for (let from = first; from >= 0 && from + size - 1 <= lastPlace(data); from += size) {
    const values = columns.map(({ values }, i) =>
      aggregate(values.slice(from, from + size), aggregations[i]),
    );
    rows.push({ time: times[from] as number, values });
  }
  return { stepMs, rows, aggregations };
}

function aggregationOf({ unit, series }: Column): Aggregation {
  if (unit === 'rate') return 'mean';
  return series.kind === 'bars' ? 'sum' : 'highest';
}

function aggregate(values: Values, aggregation: Aggregation): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  if (aggregation === 'highest') return Math.max(...known);
  const sum = known.reduce((a, b) => a + b, 0);
  return aggregation === 'mean' ? sum / known.length : sum;
}
