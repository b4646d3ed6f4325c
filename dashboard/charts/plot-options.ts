import uPlot from 'uplot';
import type { ChartData, Column, Unit } from './chart-data.ts';
import { isolatedPoints } from './chart-data.ts';
import { barPaths, stepPaths } from './step-paths.ts';
import type { Theme } from './theme.ts';
import { clockOffset, timeTicks, timeTickText } from './time-ticks.ts';
import { valueText } from './value-text.ts';
import { logTicks, valueTicks } from './value-ticks.ts';

/** Something that happened at a time, such as a restart. */
export interface Mark {
  readonly at: number;
  readonly label: string;
}

/** All that a plot is made by. */
export interface PlotSpec {
  readonly data: ChartData;
  readonly marks: readonly Mark[];
  /** Milliseconds in powers of ten. */
  readonly isLogarithmic: boolean;
  readonly locale: string;
  readonly timeZone: string | undefined;
}

/** A line at the uppermost tick is not cut in half. */
const HEADROOM = 1.02;
/** Least room of a label, so that there are few of them. */
const TIME_SPACE = 90;
const VALUE_SPACE = 44;
/** Its width is fixed: the plot must not move when figures get longer. */
const AXIS_WIDTH: Readonly<Record<Unit, number>> = { rate: 60, count: 56, seconds: 68, ms: 68 };

/** The options of a plot; those that change with its data are read from `spec` whenever it is drawn. */
export function plotOptions(
  spec: () => PlotSpec,
  theme: Theme,
  size: { readonly width: number; readonly height: number },
): uPlot.Options {
  const { data } = spec();
  const units = unitsOf(data);
  const scales = Object.fromEntries(units.map((unit) => [unit, valueScale(unit, isLog(unit, spec()))]));
  return {
    ...size,
    ms: 1,
    padding: [18, units.length > 1 ? 0 : 24, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
    scales: { x: { time: false, range: (_, min, max) => [min, max] }, ...scales },
    axes: [timeAxis(spec, theme), ...units.map((unit, i) => valueAxis(unit, i, spec, theme))],
    series: [{}, ...data.columns.map((column) => seriesOptions(column, data.stepMs, theme))],
    hooks: { draw: [(plot) => drawMarks(plot, spec().marks, theme)] },
  };
}

/** The units that there are, in the order in which they come: an axis each. */
function unitsOf({ columns }: ChartData): Unit[] {
  return [...new Set(columns.map(({ unit }) => unit))];
}

function isLog(unit: Unit, { isLogarithmic }: PlotSpec): boolean {
  return unit === 'ms' && isLogarithmic;
}

function valueScale(unit: Unit, isLogarithmic: boolean): uPlot.Scale {
  if (isLogarithmic) {
    const range = (plot: uPlot): uPlot.Range.MinMax => {
      const ticks = logTicks(...positiveExtent(plot, unit));
      return [ticks[0] as number, ticks.at(-1) as number];
    };
    return { distr: 3, log: 10, range };
  }
  return {
    range: (plot, _, max) => [0, HEADROOM * (valueTicks(max ?? 0, unit, tickCount(plot)).at(-1) as number)],
  };
}

/** What is 0 has no place on a logarithmic scale: it is drawn at the lower end. */
function positiveExtent(plot: uPlot, scale: string): [min: number, max: number] {
  const columns = plot.series.flatMap((series, i) => (series.scale === scale ? [plot.data[i] ?? []] : []));
  const values = columns.flatMap((column) => [...column]).filter((value) => (value ?? 0) > 0) as number[];
  return values.length === 0 ? [1, 10] : [Math.min(...values), Math.max(...values)];
}

function tickCount(plot: uPlot): number {
  // The time axis takes some of it.
  return Math.max(2, Math.floor((plot.height - 50) / VALUE_SPACE));
}

function valueAxis(unit: Unit, place: number, spec: () => PlotSpec, theme: Theme): uPlot.Axis {
  const isRight = place === 1;
  return {
    scale: unit,
    side: isRight ? 1 : 3,
    size: AXIS_WIDTH[unit],
    gap: 6,
    font: theme.font,
    stroke: theme.text,
    ticks: { show: false },
    grid: { show: !isRight, stroke: theme.grid, width: 1 },
    splits: (plot, _, min, max) =>
      isLog(unit, spec()) ? logTicks(min, max) : valueTicks(max / HEADROOM, unit, tickCount(plot)),
    values: (_, splits) => splits.map((value) => valueText(value, unit, spec().locale)),
  };
}

function timeAxis(spec: () => PlotSpec, theme: Theme): uPlot.Axis {
  const ticksOf = (plot: uPlot, min: number, max: number) =>
    timeTicks(min, max, Math.max(2, Math.floor(plot.width / TIME_SPACE)), clockOffset(spec().timeZone));
  return {
    size: 28,
    gap: 4,
    font: theme.font,
    stroke: theme.text,
    ticks: { stroke: theme.grid, width: 1, size: 4 },
    grid: { show: false },
    splits: (plot, _, min, max) => [...ticksOf(plot, min, max).times],
    values: (plot, splits) => {
      const { min, max } = plot.scales.x as { min: number; max: number };
      const { stepMs } = ticksOf(plot, min, max);
      const { locale, timeZone } = spec();
      return splits.map((time) => timeTickText(time, stepMs, locale, timeZone));
    },
  };
}

function seriesOptions(column: Column, stepMs: number, theme: Theme): uPlot.Series {
  const { series, unit, isOfStep, dash } = column;
  const colour = theme.colour(series.colour);
  const isFilled = series.kind === 'area';
  const common: uPlot.Series = { scale: unit, label: series.label, stroke: colour, dash: [...dash] };
  if (series.kind === 'bars') {
    return { ...common, width: 0, fill: colour, paths: barPaths(stepMs), points: { show: false } };
  }
  const fill = isFilled ? { fill: `color-mix(in srgb, ${colour} 14%, transparent)` } : {};
  const line = { ...common, ...fill, width: 1.75 };
  if (isOfStep) return { ...line, paths: stepPaths(stepMs, isFilled), points: { show: false } };
  const filter = (plot: uPlot, i: number): number[] => isolatedPoints(plot.data[i] as (number | null)[]);
  return { ...line, points: { show: false, filter, size: 5, fill: colour, stroke: colour, dash: [] } };
}

/** Dashed lines from top to bottom, each with its label above the plot, where it does not hide the one before. */
function drawMarks(plot: uPlot, marks: readonly Mark[], theme: Theme): void {
  const { ctx, bbox } = plot;
  const { min, max } = plot.scales.x as { min: number; max: number };
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.font = theme.font.replace('12px', `${11 * ratio}px`);
  ctx.strokeStyle = theme.text;
  ctx.fillStyle = theme.text;
  ctx.lineWidth = ratio;
  ctx.setLineDash([4 * ratio, 3 * ratio]);
  ctx.textBaseline = 'bottom';
  let free = Number.NEGATIVE_INFINITY;
  for (const { at, label } of [...marks].sort((a, b) => a.at - b.at)) {
    if (at < min || at > max) continue;
    const x = Math.round(plot.valToPos(at, 'x', true));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const { width } = ctx.measureText(label);
    const left = Math.max(bbox.left, Math.min(x - width / 2, bbox.left + bbox.width - width));
    if (left < free) continue;
    ctx.fillText(label, left, bbox.top - 3 * ratio);
    free = left + width + 6 * ratio;
  }
  ctx.restore();
}
