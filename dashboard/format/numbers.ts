import { numberFormat } from './intl.ts';

/** What is shown, and what a pointer on it tells: the exact figure, or undefined where that is shown already. */
export interface Shown {
  readonly text: string;
  readonly title: string | undefined;
}

/** All digits, in groups: 14,203. */
export function exactCount(count: number, locale: string): string {
  return numberFormat(locale, { maximumFractionDigits: 0 }).format(count);
}

/** A count that needs little space: 14.2k, and 14,203 as its title. Chinese counts in ten thousands: 1.4万. */
export function compactCount(count: number, locale: string): Shown {
  if (Math.abs(count) < 10_000) return { text: exactCount(count, locale), title: undefined };
  return { text: compact(count, locale), title: exactCount(count, locale) };
}

/** How often a second: 12.4/s, 0.3/s, 14.2k/s; what is too seldom for that is < 0.01/s, never 0. */
export function rate(perSecond: number, locale: string): string {
  if (perSecond === 0) return '0/s';
  if (Math.abs(perSecond) < 0.01) return `< ${numberFormat(locale).format(0.01)}/s`;
  if (Math.abs(perSecond) >= 10_000) return `${compact(perSecond, locale)}/s`;
  const digits = Math.abs(perSecond) < 0.1 ? 2 : Math.abs(perSecond) < 99.95 ? 1 : 0;
  return `${numberFormat(locale, { maximumFractionDigits: digits }).format(perSecond)}/s`;
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** A size in units of 1,024 bytes: 1.4 MiB, and 1,468,006 B as its title. */
export function bytes(count: number, locale: string): Shown {
  const exact = `${exactCount(count, locale)} B`;
  let unit = 0;
  let size = count;
  // What would be rounded up to 1,024 is 1 of the next unit.
  while (unit < BYTE_UNITS.length - 1 && Math.abs(size) >= 1023.5) {
    size /= 1024;
    unit++;
  }
  if (unit === 0) return { text: exact, title: undefined };
  const digits = Math.abs(size) < 99.95 ? 1 : 0;
  const text = `${numberFormat(locale, { maximumFractionDigits: digits }).format(size)} ${BYTE_UNITS[unit]}`;
  return { text, title: exact };
}

/**
 * A part of a whole: 12.5%. Neither 0% nor 100% is shown of what only comes near to it: 0.01% is "< 0.1%", and 99.99% is
 * "> 99.9%".
 */
export function percent(part: number, locale: string): string {
  const format = numberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  if (part > 0 && part < 0.0005) return `< ${format.format(0.001)}`;
  if (part < 1 && part >= 0.9995) return `> ${format.format(0.999)}`;
  return format.format(part);
}

/** English writes k for thousands, as all tools for operators do, and not K. */
function compact(count: number, locale: string): string {
  const options = { notation: 'compact', maximumFractionDigits: 1 } as const;
  const parts = numberFormat(locale, options).formatToParts(count);
  return parts.map(({ type, value }) => (type === 'compact' && value === 'K' ? 'k' : value)).join('');
}
