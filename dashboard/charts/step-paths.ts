import uPlot from 'uplot';
import { runsOf } from './chart-data.ts';

/**
 * Draws what was counted in steps: level for as long as a step is, with no slope that nobody measured. A gap is a gap, and a step
 * between two gaps is as long as any other.
 */
export function stepPaths(stepMs: number, isFilled: boolean): uPlot.Series.PathBuilder {
  return (plot, place) => {
    const { x, y, values } = positions(plot, place);
    const stroke = new Path2D();
    const fill = isFilled ? new Path2D() : null;
    const base = y(0);
    for (const [from, to] of runsOf(values)) {
      for (let i = from; i < to; i++) {
        const height = y(values[i] as number);
        const left = x(i);
        if (i === from) stroke.moveTo(left, height);
        else stroke.lineTo(left, height);
        const right = x(i, stepMs);
        stroke.lineTo(right, height);
        fill?.rect(left, height, right - left, base - height);
      }
    }
    return { stroke, fill };
  };
}

/** Draws what was counted in steps as bars, with air between them where there is room. */
export function barPaths(stepMs: number): uPlot.Series.PathBuilder {
  return (plot, place) => {
    const { x, y, values } = positions(plot, place);
    const fill = new Path2D();
    const base = y(0);
    for (const [i, value] of values.entries()) {
      if (value === null || value === 0) continue;
      const left = x(i);
      const width = x(i, stepMs) - left;
      const air = width > 6 * uPlot.pxRatio ? Math.round(width / 5) : 0;
      const height = Math.max(base - y(value), uPlot.pxRatio);
      fill.rect(left + air / 2, base - height, width - air, height);
    }
    return { stroke: null, fill };
  };
}

function positions(plot: uPlot, place: number) {
  const times = plot.data[0] as number[];
  const values = plot.data[place] as (number | null)[];
  const scale = plot.series[place]?.scale as string;
  const x = (i: number, later = 0): number =>
    Math.round(plot.valToPos((times[i] as number) + later, 'x', true));
  const y = (value: number): number => plot.valToPos(value, scale, true);
  return { x, y, values };
}
