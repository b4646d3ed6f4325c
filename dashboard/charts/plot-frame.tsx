import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../language/language.ts';
import { lastPlace } from './chart-data.ts';
import { figureAt, timeAt } from './chart-legend.tsx';
import type { CursorPlace, Plot } from './plot.ts';
import type { PlotSpec } from './plot-options.ts';

interface Props extends PlotSpec {
  readonly title: string;
  readonly isHidden: boolean;
  readonly place: CursorPlace;
  readonly onPlace: (place: CursorPlace) => void;
}

/** Steps that a key moves the cursor by; infinite ones lead to the ends. */
const KEYS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/**
 * Where a plot is drawn, once what draws it is loaded. For the keyboard, and for who does not see it, it is a slider over the time,
 * which tells all figures of a step.
 */
export function PlotFrame({ title, isHidden, place, onPlace, ...spec }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>(undefined);
  const latest = useRef(spec);
  const [hasFailed, setHasFailed] = useState(false);
  latest.current = spec;

  useEffect(() => {
    let isGone = false;
    import('./plot.ts').then(
      (loaded) => {
        if (isGone || element.current === null) return;
        plot.current = new loaded.Plot(element.current, latest.current, onPlace);
      },
      () => setHasFailed(true),
    );
    return () => {
      isGone = true;
      plot.current?.destroy();
    };
  }, []);

  const { data, marks, isLogarithmic, locale, timeZone } = spec;
  useEffect(
    () => plot.current?.show({ data, marks, isLogarithmic, locale, timeZone }),
    [data, marks, isLogarithmic, locale, timeZone],
  );

  const last = lastPlace(data);
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = KEYS[event.key];
    if (event.key === 'Escape') plot.current?.moveCursor(undefined);
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    plot.current?.moveCursor(Math.max(0, Math.min((place ?? last) + by, last)));
  };
  if (hasFailed) return <p class="time-chart-note">{t().charts.notLoaded}</p>;
  return (
    <div
      ref={element}
      class="time-chart-plot"
      role="slider"
      tabIndex={0}
      hidden={isHidden}
      aria-label={t().charts.cursor(title)}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={place ?? last}
      aria-valuetext={valueTextOf(spec, place)}
      onKeyDown={onKeyDown}
      onBlur={() => plot.current?.moveCursor(undefined)}
    />
  );
}

/** Nothing that changes by itself: it would be read out each second. */
function valueTextOf({ data, locale, timeZone }: PlotSpec, place: CursorPlace): string {
  const time = timeAt(data, place, locale, timeZone);
  if (place === undefined) return time;
  const figures = data.columns.map((column) => `${column.series.label} ${figureAt(column, place, locale)}`);
  return `${time}: ${figures.join(', ')}`;
}
