import { compactCount } from '../format/numbers.ts';
import { locale, t } from '../language/language.ts';
import type { Colour, Values } from './chart-data.ts';
import { HEIGHT, sparklinePaths, WIDTH } from './sparkline-path.ts';
import './sparkline.css';

interface Props {
  readonly values: Values;
  /** What the values are. */
  readonly label: string;
  readonly colour?: Colour;
  /** Where its top is at least, as of others that it is compared with. */
  readonly top?: number;
  /** How a value is told; without it as a count. */
  readonly format?: (value: number) => string;
}

/** A line as large as a word: how a figure came to be what it is. Its size is the style sheet's. */
export function Sparkline({ values, label, colour = 'accent', top, format }: Props) {
  const { line, area, dots } = sparklinePaths(values, top);
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={labelOf(values, label, format ?? ((value) => compactCount(value, locale.value).text))}
      style={{ color: `var(--${colour})` }}
    >
      <path class="sparkline-area" d={area} />
      <path class="sparkline-line" d={line} />
      <path class="sparkline-dots" d={dots} />
    </svg>
  );
}

function labelOf(values: Values, label: string, format: (value: number) => string): string {
  const known = values.filter((value) => value !== null);
  const last = known.at(-1);
  if (last === undefined) return t().charts.sparklineEmpty(label);
  const [min, max] = [Math.min(...known), Math.max(...known)];
  return t().charts.sparkline({ label, min: format(min), max: format(max), last: format(last) });
}
