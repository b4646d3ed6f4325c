import type { Latency } from './load/spec.ts';

/** Measurements of the same that differ by more tell about the machine. See `spread`. */
export const MOST_SPREAD = 0.15;

/** The middle value, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * How far measurements of the same differ: the range of their middle half, as a share of the median. One bad moment of
 * the machine does not count, as it does not for the median.
 */
export function spread(values: readonly number[]): number {
  const range = quantile(values, 0.75) - quantile(values, 0.25);
  return range === 0 ? 0 : range / Math.abs(median(values));
}

/** Whether a median of these says something. */
export function isSteady(values: readonly number[]): boolean {
  return spread(values) <= MOST_SPREAD;
}

/** The value that the given share (0 to 1) of the values stays below; between two of them in proportion. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place % 1);
}

/** In the unit of the values. */
export function percentiles(values: Float64Array): Latency {
  const sorted = values.toSorted();
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), p999: percentile(sorted, 0.999) };
}

/** The value that the given share (0 to 1) of the sorted values stays below. */
function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
