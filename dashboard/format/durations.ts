import { numberFormat } from './intl.ts';

export type DurationForm = 'short' | 'long';

const UNITS = [
  { name: 'day', short: 'd', ms: 86_400_000 },
  { name: 'hour', short: 'h', ms: 3_600_000 },
  { name: 'minute', short: 'min', ms: 60_000 },
  { name: 'second', short: 's', ms: 1000 },
  { name: 'millisecond', short: 'ms', ms: 1 },
] as const;
type Unit = (typeof UNITS)[number];
const [, , , SECOND, MILLISECOND] = UNITS;

/**
 * How long something takes: "3 min 20 s", "1.2 ms"; long: "3 minutes 20 seconds", "3分钟20秒". Two units at most, and no
 * fraction from a minute on. The units are SI's in English; `Intl.DurationFormat` has other ones, and is not everywhere.
 */
export function duration(ms: number, locale: string, form: DurationForm = 'short'): string {
  if (ms < 0) return `-${duration(-ms, locale, form)}`;
  if (ms < 999.5) return amount(rounded(ms), MILLISECOND, locale, form);
  if (ms < 59_950) return amount(rounded(ms / 1000), SECOND, locale, form);
  const place = UNITS.findIndex((unit) => wholeIn(ms, unit) >= unit.ms);
  const first = UNITS[place] as Unit;
  const second = UNITS[place + 1] as Unit;
  const whole = wholeIn(ms, first);
  const rest = Math.floor((whole % first.ms) / second.ms);
  const parts = [amount(Math.floor(whole / first.ms), first, locale, form)];
  if (rest > 0) parts.push(amount(rest, second, locale, form));
  return parts.join(isChinese(locale) ? '' : ' ');
}

/** The same of a number of seconds, as ages are told. */
export function durationOfSeconds(seconds: number, locale: string, form?: DurationForm): string {
  return seconds === 0 ? amount(0, SECOND, locale, form ?? 'short') : duration(seconds * 1000, locale, form);
}

/** Rounded to the unit behind the one that comes first, so that 59 min 59.9 s are 1 h, and never 59 min 60 s. */
function wholeIn(ms: number, unit: Unit): number {
  const next = UNITS[UNITS.indexOf(unit) + 1] ?? MILLISECOND;
  return Math.round(ms / next.ms) * next.ms;
}

/** Two digits where there are fewer than three in front of the point. */
function rounded(value: number): number {
  const digits = value < 1 ? 2 : value < 99.95 ? 1 : 0;
  return Number(value.toFixed(digits));
}

function amount(value: number, unit: Unit, locale: string, form: DurationForm): string {
  const number = numberFormat(locale, { maximumFractionDigits: 2 });
  if (form === 'short' && !isChinese(locale)) return `${number.format(value)} ${unit.short}`;
  const options = { style: 'unit', unit: unit.name, unitDisplay: form, maximumFractionDigits: 2 } as const;
  return numberFormat(locale, options).format(value);
}

function isChinese(locale: string): boolean {
  return locale.startsWith('zh');
}
