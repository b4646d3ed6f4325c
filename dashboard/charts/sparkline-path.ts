import { runsOf, type Values } from './chart-data.ts';

export const WIDTH = 96;
export const HEIGHT = 24;
/** Room for the line's own width, and the last point's. */
const MARGIN = 3;

export interface SparklinePaths {
  readonly line: string;
  readonly area: string;
  /** Points that no line leads to, and the last one of all. */
  readonly dots: string;
}

/** A sparkline over 0, with gaps where there is no value; up to `highest`, else to the highest of its own. */
export function sparklinePaths(values: Values, highest = 0): SparklinePaths {
  const top = Math.max(highest, ...values.map((value) => value ?? 0)) || 1;
  const x = (place: number): number =>
    MARGIN + (values.length < 2 ? 1 : place / (values.length - 1)) * (WIDTH - 2 * MARGIN);
  const y = (place: number): number =>
    HEIGHT - MARGIN - (Math.max(0, values[place] ?? 0) / top) * (HEIGHT - 2 * MARGIN);
  const at = (place: number): string => `${round(x(place))} ${round(y(place))}`;
  let line = '';
  let area = '';
  let dots = '';
  const runs = runsOf(values);
  for (const [from, to] of runs) {
    if (to - from === 1) dots += `M${at(from)}h0`;
    else {
      const points = Array.from({ length: to - from }, (_, i) => at(from + i)).join('L');
      line += `M${points}`;
      area += `M${points}V${HEIGHT}H${round(x(from))}Z`;
    }
  }
  const last = runs.at(-1);
  if (last !== undefined && last[1] - last[0] > 1) dots += `M${at(last[1] - 1)}h0`;
  return { line, area, dots };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
