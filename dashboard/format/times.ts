import { dateTimeFormat, numberFormat, relativeTimeFormat } from './intl.ts';

/** By whose clock times are shown. */
export type TimeZoneMode = 'local' | 'utc';

/** The zone for `Intl`: undefined is that of the browser. */
export function timeZoneOf(mode: TimeZoneMode): string | undefined {
  return mode === 'utc' ? 'UTC' : undefined;
}

const DATE = { year: 'numeric', month: 'short', day: 'numeric' } as const;
const TIME = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;

/** A time with its date and its zone: "Nov 29, 2026, 02:13:06 GMT+1". */
export function dateTime(ms: number, locale: string, timeZone?: string): string {
  return shown(ms, locale, { ...DATE, ...TIME, timeZoneName: 'short' }, timeZone);
}

/** Hours, minutes and seconds: "02:13:06". */
export function clockTime(ms: number, locale: string, timeZone?: string): string {
  return shown(ms, locale, TIME, timeZone);
}

/** The shortest that says which day and when: the clock's time within the last 12 hours, the date besides otherwise. */
export function shortDateTime(ms: number, now: number, locale: string, timeZone?: string): string {
  if (Math.abs(now - ms) < 12 * 3_600_000) return clockTime(ms, locale, timeZone);
  const minutes = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const year = Math.abs(now - ms) < 180 * 86_400_000 ? {} : ({ year: 'numeric' } as const);
  return shown(ms, locale, { month: 'short', day: 'numeric', ...year, ...minutes }, timeZone);
}

/** The same time in UTC, for the pointer: "2026-11-29 01:13:06.120 UTC". It can be searched for in a log. */
export function utcTitle(ms: number): string {
  return `${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')} UTC`;
}

const STEPS = [
  { unit: 'second', ms: 1000, below: 60 },
  { unit: 'minute', ms: 60_000, below: 60 },
  { unit: 'hour', ms: 3_600_000, below: 24 },
  { unit: 'day', ms: 86_400_000, below: Number.POSITIVE_INFINITY },
] as const;

/** How far away a time is: "in 3 min", "2 h ago", "now". */
export function relativeTime(ms: number, now: number, locale: string): string {
  const away = ms - now;
  for (const { unit, ms: length, below } of STEPS) {
    const count = Math.round(Math.abs(away) / length);
    if (count >= below) continue;
    if (count === 0) return relativeTimeFormat(locale, { numeric: 'auto' }).format(0, 'second');
    const options = { numeric: 'always', style: 'short' } as const;
    const parts = relativeTimeFormat(locale, options).formatToParts(Math.sign(away) * count, unit);
    return parts.map((part) => shortUnit(part, locale)).join('');
  }
  return numberFormat(locale).format(away);
}

/** English: the units that durations have ("2 h ago"), not "2 hr. ago". */
function shortUnit({ value }: Intl.RelativeTimeFormatPart, locale: string): string {
  if (!locale.startsWith('en')) return value;
  return value.replace(/\b(sec|min|hr)\.|\b(day)s?\b/, (_, word: string | undefined) =>
    word === 'sec' ? 's' : word === 'hr' ? 'h' : (word ?? 'd'),
  );
}

function shown(
  ms: number,
  locale: string,
  options: Intl.DateTimeFormatOptions,
  timeZone: string | undefined,
): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  return dateTimeFormat(locale, { ...options, ...zone }).format(ms);
}
