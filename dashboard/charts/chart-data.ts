import type { History } from '../../server/http/schemas/queues.ts';

/** `rate`: a second. `count`: how many at a time; of bars: how many in a step. */
export type Unit = 'rate' | 'count' | 'seconds' | 'ms';

/** A colour by its name among the custom properties of the pages. */
export type Colour = 'accent' | 'ok' | 'warn' | 'bad' | 'info' | 'violet' | 'muted';

export interface ChartSeries {
  /** As the history has it. */
  readonly key: string;
  readonly label: string;
  readonly colour: Colour;
  readonly kind: 'line' | 'area' | 'bars';
  /** Where it is not that of the chart. */
  readonly unit?: Unit;
}

/** A figure at every time. Null: there is none. */
export type Values = readonly (number | null)[];

export interface Column {
  readonly series: ChartSeries;
  readonly unit: Unit;
  /** What happened in a step, and not how it was at a time. */
  readonly isOfStep: boolean;
  /** How its line is broken: colour is not all that tells lines apart. */
  readonly dash: readonly number[];
  readonly values: Values;
}

/** Of the first line, the second one and so on; areas and bars have their own row. */
const DASHES: readonly (readonly number[])[] = [[], [6, 4], [2, 3], [9, 3, 2, 3]];

/** What a chart shows. */
export interface ChartData {
  readonly stepMs: number;
  /** When each step began, milliseconds since the epoch. */
  readonly times: readonly number[];
  readonly columns: readonly Column[];
}

/**
 * The figures of a history in the units of a chart. The last step is the one that is being filled: what happened in it so far is
 * left out, since it would look like a fall. How it is now stays.
 */
export function chartData(history: History, series: readonly ChartSeries[], unit: Unit): ChartData {
  const { step_ms: stepMs, times } = history;
  const columns = series.map((each, place) => {
    const own = each.unit ?? unit;
    const isOfStep = each.kind === 'bars' || own === 'rate' || own === 'ms';
    const divisor = own === 'rate' ? stepMs / 1000 : 1;
    const given = history.series[each.key] ?? [];
    const values = times.map((_, i) => {
      const value = given[i] ?? null;
      return value === null || (isOfStep && i === times.length - 1) ? null : value / divisor;
    });
    const alike = series.slice(0, place).filter(({ kind }) => kind === each.kind).length;
    return { series: each, unit: own, isOfStep, dash: DASHES[alike % DASHES.length] ?? [], values };
  });
  return { stepMs, times, columns };
}

/** The last step of which a column has a whole figure. */
export function latestOf({ isOfStep, values }: Column): number | null {
  return values.at(isOfStep ? -2 : -1) ?? null;
}

/** The place of the last step that a figure can be asked for: the one that is being filled only has levels. */
export function lastPlace({ times, columns }: ChartData): number {
  const isWhole = columns.every(({ isOfStep }) => isOfStep);
  return Math.max(0, times.length - (isWhole ? 2 : 1));
}

export function isEmpty({ columns }: ChartData): boolean {
  return columns.every(({ values }) => values.every((value) => value === null));
}

/** Stretches of values without a gap, each by its first place and the one behind its last. */
export function runsOf(values: Values): [from: number, to: number][] {
  const runs: [from: number, to: number][] = [];
  let from = -1;
  for (let i = 0; i <= values.length; i++) {
    const isThere = (values[i] ?? null) !== null;
    if (isThere && from < 0) from = i;
    if (!isThere && from >= 0) {
      runs.push([from, i]);
      from = -1;
    }
  }
  return runs;
}

/** The places of values that have a gap on both sides: no line leads to them. */
export function isolatedPoints(values: Values): number[] {
  return runsOf(values)
    .filter(([from, to]) => to - from === 1)
    .map(([from]) => from);
}
