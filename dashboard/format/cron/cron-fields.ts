/**
 * The values of one field. `isAll`: there are no others. `isStar`: it is written as `*`, which leaves the date to the other field;
 * written as all days it does not. `step`: it is written as `*` and a step that goes evenly into the whole.
 */
export interface ValueField {
  readonly kind: 'values';
  readonly values: readonly number[];
  readonly isAll: boolean;
  readonly isStar: boolean;
  readonly step: number | undefined;
}

/** A day that is another date each month. */
export type SpecialDay =
  | { readonly kind: 'last-day' }
  | { readonly kind: 'last-workday' }
  | { readonly kind: 'near-workday'; readonly day: number }
  | { readonly kind: 'nth-weekday'; readonly weekday: number; readonly nth: number | 'last' };

export type DayField = ValueField | SpecialDay;

/** Sunday is 0. */
export interface CronFields {
  readonly second: ValueField;
  readonly minute: ValueField;
  readonly hour: ValueField;
  readonly day: DayField;
  readonly month: ValueField;
  readonly weekday: DayField;
}

const NICKNAMES = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

type SixWords = [string, string, string, string, string, string];

interface Range {
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
}
const SIXTY: Range = { from: 0, to: 59 };
const HOURS: Range = { from: 0, to: 23 };
const DAYS: Range = { from: 1, to: 31 };
const MONTH_RANGE: Range = { from: 1, to: 12, names: MONTHS };
// Sunday is 0 and 7.
const WEEKDAY_RANGE: Range = { from: 0, to: 7, names: WEEKDAYS };

/** Reads a cron line with five or six fields, or a nickname; undefined where it says more than can be told in few words. */
export function readCron(pattern: string): CronFields | undefined {
  const words = (NICKNAMES.get(pattern.trim().toLowerCase()) ?? pattern).trim().split(/\s+/);
  if (words.length === 5) words.unshift('0');
  if (words.length !== 6) return undefined;
  const [seconds, minutes, hours, days, months, weekdays] = words as SixWords;
  const second = readValues(seconds, SIXTY);
  const minute = readValues(minutes, SIXTY);
  const hour = readValues(hours, HOURS);
  const day = readDay(days);
  const month = readValues(months, MONTH_RANGE);
  const weekday = readWeekday(weekdays);
  if (!second || !minute || !hour || !day || !month || !weekday) return undefined;
  return { second, minute, hour, day, month, weekday };
}

function readDay(text: string): DayField | undefined {
  if (/^L$/i.test(text)) return { kind: 'last-day' };
  if (/^LW$/i.test(text)) return { kind: 'last-workday' };
  const near = /^(\d+)W$/i.exec(text);
  if (near === null) return readValues(text, DAYS);
  const day = Number(near[1]);
  return day >= 1 && day <= 31 ? { kind: 'near-workday', day } : undefined;
}

function readWeekday(text: string): DayField | undefined {
  const nth = /^(\w+?)(?:#([1-5]|L)|L)$/i.exec(text);
  if (nth === null) return withoutSeven(readValues(text, WEEKDAY_RANGE));
  const weekday = numberOf(nth[1] as string, WEEKDAY_RANGE);
  if (weekday === undefined) return undefined;
  const number = Number(nth[2]);
  return { kind: 'nth-weekday', weekday: weekday % 7, nth: number >= 1 ? number : 'last' };
}

function withoutSeven(field: ValueField | undefined): ValueField | undefined {
  if (field === undefined) return field;
  const values = [...new Set(field.values.map((value) => value % 7))].sort((a, b) => a - b);
  return { ...field, values, isAll: values.length === 7 };
}

function readValues(text: string, range: Range): ValueField | undefined {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const values = readPart(part, range);
    if (values === undefined) return undefined;
    for (const value of values) found.add(value);
  }
  const count = range.to - range.from + 1;
  const step = Number(/^[*?]\/(\d+)$/.exec(text)?.[1]);
  const isEven = step > 1 && count % step === 0;
  const values = [...found].sort((a, b) => a - b);
  return {
    kind: 'values',
    values,
    isAll: values.length === count,
    isStar: /^[*?]$/.test(text),
    step: isEven ? step : undefined,
  };
}

function readPart(part: string, range: Range): number[] | undefined {
  // A step is behind `*` or a range, as the server has it.
  const match = /^(?:(?:[*?]|(\w+)-(\w+))(?:\/(\d+))?|(\w+))$/.exec(part);
  if (match === null) return undefined;
  const [, from, last, by, only] = match;
  const first = only ?? from;
  const step = by === undefined ? 1 : Number(by);
  const start = first === undefined ? range.from : numberOf(first, range);
  let end = start;
  if (first === undefined) end = range.names === WEEKDAYS ? 6 : range.to;
  else if (last !== undefined) end = last.toLowerCase() === 'sun' ? 7 : numberOf(last, range);
  if (start === undefined || end === undefined || start > end || step < 1) return undefined;
  const values: number[] = [];
  for (let value = start; value <= end; value += step) values.push(value);
  return values;
}

function numberOf(text: string, { from, to, names }: Range): number | undefined {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  const value = /^\d+$/.test(text) ? Number(text) : named < 0 ? undefined : named + from;
  return value !== undefined && value >= from && value <= to ? value : undefined;
}
