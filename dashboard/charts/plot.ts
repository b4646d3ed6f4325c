import uPlot from 'uplot';
import { lastPlace } from './chart-data.ts';
import { type PlotSpec, plotOptions } from './plot-options.ts';
import { onThemeChange, readTheme } from './theme.ts';
import './plot.css';

/** The place of the step that the cursor is in; undefined where there is no cursor. */
export type CursorPlace = number | undefined;

/** A plot in an element: as wide as that, in the colours of the page, whatever becomes of both. */
export class Plot {
  readonly #element: HTMLElement;
  readonly #onCursor: (place: CursorPlace) => void;
  readonly #resizes = new ResizeObserver(() => this.#fit());
  readonly #endTheme: () => void;
  #spec: PlotSpec;
  #plot: uPlot | undefined;
  /** What cannot be changed in a plot that is there. */
  #frame = '';

  constructor(element: HTMLElement, spec: PlotSpec, onCursor: (place: CursorPlace) => void) {
    this.#element = element;
    this.#spec = spec;
    this.#onCursor = onCursor;
    this.#endTheme = onThemeChange(() => this.#build());
    this.#resizes.observe(element);
    this.#build();
  }

  /** Shows other data. A plot that differs in nothing else stays, so that nothing flickers. */
  show(spec: PlotSpec): void {
    this.#spec = spec;
    if (this.#plot === undefined || frameOf(spec) !== this.#frame) this.#build();
    else this.#plot.setData(dataOf(spec));
  }

  /** Puts the cursor into a step. */
  moveCursor(place: CursorPlace): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    const { times, stepMs } = this.#spec.data;
    const time = place === undefined ? undefined : times[place];
    if (time === undefined) plot.setCursor({ left: -10, top: -10 });
    else {
      const end = times.at(-1) as number;
      plot.setCursor({ left: plot.valToPos(Math.min(time + stepMs / 2, end), 'x'), top: 0 });
    }
  }

  destroy(): void {
    this.#endTheme();
    this.#resizes.disconnect();
    this.#plot?.destroy();
  }

  #build(): void {
    const { clientWidth: width, clientHeight: height } = this.#element;
    this.#plot?.destroy();
    this.#plot = undefined;
    // Not shown now, or nothing to show: it is built when that has changed.
    if (width === 0 || height === 0 || this.#spec.data.times.length === 0) return;
    const options = plotOptions(() => this.#spec, readTheme(), { width, height });
    this.#frame = frameOf(this.#spec);
    options.hooks = { ...options.hooks, setCursor: [(plot) => this.#onCursor(placeOf(plot, this.#spec))] };
    this.#plot = new uPlot(options, dataOf(this.#spec), this.#element);
  }

  #fit(): void {
    const { clientWidth: width, clientHeight: height } = this.#element;
    if (this.#plot === undefined) return this.#build();
    const isOther = width !== this.#plot.width || height !== this.#plot.height;
    if (width > 0 && height > 0 && isOther) this.#plot.setSize({ width, height });
  }
}

function dataOf({ data }: PlotSpec): uPlot.AlignedData {
  return [[...data.times], ...data.columns.map(({ values }) => [...values])];
}

function frameOf({ data, isLogarithmic, locale, timeZone }: PlotSpec): string {
  const series = data.columns.map((column) => [column.series, column.unit]);
  return JSON.stringify([series, data.stepMs, isLogarithmic, locale, timeZone]);
}

/** The step that a pointer is in: it begins to the left of it. */
function placeOf(plot: uPlot, { data }: PlotSpec): CursorPlace {
  const { left } = plot.cursor;
  const [first] = data.times;
  if (left === undefined || left < 0 || first === undefined) return undefined;
  const place = Math.floor((plot.posToVal(left, 'x') - first) / data.stepMs);
  return Math.max(0, Math.min(place, lastPlace(data)));
}
