import { duration, durationOfSeconds } from '../format/durations.ts';
import { compactCount, rate } from '../format/numbers.ts';
import type { Unit } from './chart-data.ts';

/** A figure with its unit. */
export function valueText(value: number, unit: Unit, locale: string): string {
  switch (unit) {
    case 'rate':
      return rate(value, locale);
    case 'count':
      return compactCount(value, locale).text;
    case 'seconds':
      return durationOfSeconds(value, locale);
    case 'ms':
      return duration(value, locale);
  }
}
