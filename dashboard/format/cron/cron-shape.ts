import { type CronFields, type DayField, readCron, type SpecialDay, type ValueField } from './cron-fields.ts';

/** More than so many numbers are no words. */
const MOST_LISTED = 8;
const MOST_TIMES = 6;

export type TimeUnit = 'second' | 'minute' | 'hour';

/** The hours of a day in which something comes: the first minute and the last one. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/** The times of a day. */
export type Times =
  | { readonly kind: 'clock'; readonly times: readonly string[] }
  | {
      readonly kind: 'every';
      readonly unit: TimeUnit;
      readonly count: number;
      readonly span: Span | undefined;
    }
  | {
      readonly kind: 'within';
      readonly unit: 'second' | 'minute';
      readonly values: readonly number[];
      /** Of every hour, or of every so many hours. */
      readonly every: number;
      readonly span: Span | undefined;
    };

/** Sunday is 0. */
export type Dates =
  | { readonly kind: 'weekdays'; readonly days: readonly number[] }
  | { readonly kind: 'days'; readonly days: readonly number[] }
  | SpecialDay;

/** What a cron line says, before it is put into words. */
export interface CronShape {
  readonly times: Times;
  /** None: every day. With two, either will do. */
  readonly dates: readonly Dates[];
  /** None: every month. */
  readonly months: readonly number[];
}

/** What a cron line says; undefined where that is more than a sentence can hold. */
export function cronShape(pattern: string): CronShape | undefined {
  const fields = readCron(pattern);
  const times = fields && timesOf(fields);
  const dates = fields && datesOf(fields);
  if (fields === undefined || times === undefined || dates === undefined) return undefined;
  return { times, dates, months: fields.month.isAll ? [] : fields.month.values };
}

/** Whether numbers follow each other without a gap, so that they can be told by the first and the last. */
export function isRun(values: readonly number[]): boolean {
  return values.length > 2 && values.every((value, i) => i === 0 || value === (values[i - 1] as number) + 1);
}

function timesOf({ second, minute, hour }: CronFields): Times | undefined {
  if (!isZero(second)) return withSeconds(second, minute, hour);
  if (minute.isAll || minute.step !== undefined) {
    const hours = spanOf(hour, 59);
    return hours && { kind: 'every', unit: 'minute', count: minute.step ?? 1, span: hours.span };
  }
  if (hour.values.length * minute.values.length <= MOST_TIMES && hour.step === undefined)
    return clock(hour, minute, 0);
  const every = hour.isAll ? 1 : hour.step;
  if (isZero(minute)) {
    if (every !== undefined) return { kind: 'every', unit: 'hour', count: every, span: undefined };
    const hours = spanOf(hour, 0);
    return hours && { kind: 'every', unit: 'hour', count: 1, span: hours.span };
  }
  return within('minute', minute.values, hour, every);
}

function withSeconds(second: ValueField, minute: ValueField, hour: ValueField): Times | undefined {
  const [only] = second.values;
  if (second.values.length === 1 && only !== undefined && !minute.isAll && minute.step === undefined)
    return hour.values.length * minute.values.length <= MOST_TIMES ? clock(hour, minute, only) : undefined;
  const hours = minute.isAll ? spanOf(hour, 59) : undefined;
  if (hours === undefined) return undefined;
  const { span } = hours;
  if (second.isAll || second.step !== undefined)
    return { kind: 'every', unit: 'second', count: second.step ?? 1, span };
  return within('second', second.values, hour, 1);
}

function within(
  unit: 'second' | 'minute',
  values: readonly number[],
  hour: ValueField,
  every: number | undefined,
): Times | undefined {
  const hours = every === undefined || unit === 'second' ? spanOf(hour, 59) : { span: undefined };
  if (hours === undefined || values.length > MOST_LISTED) return undefined;
  return { kind: 'within', unit, values, every: every ?? 1, span: hours.span };
}

/** The one stretch of hours that there is, up to a minute of the last one; undefined where there are several. */
function spanOf(hour: ValueField, lastMinute: number): { span: Span | undefined } | undefined {
  if (hour.isAll) return { span: undefined };
  const [first, last] = [hour.values[0] as number, hour.values.at(-1) as number];
  if (hour.values.length !== last - first + 1) return undefined;
  return { span: { from: clockText(first, 0), to: clockText(last, lastMinute) } };
}

function clock(hour: ValueField, minute: ValueField, second: number): Times {
  const times = hour.values.flatMap((h) => minute.values.map((m) => clockText(h, m, second)));
  return { kind: 'clock', times };
}

function clockText(...parts: number[]): string {
  const shown = parts.length === 3 && parts[2] === 0 ? parts.slice(0, 2) : parts;
  return shown.map((part) => String(part).padStart(2, '0')).join(':');
}

function isZero({ values }: ValueField): boolean {
  return values.length === 1 && values[0] === 0;
}

function datesOf({ day, weekday }: CronFields): Dates[] | undefined {
  if (isEvery(day) || isEvery(weekday)) return [];
  const dates: Dates[] = [];
  if (day.kind !== 'values') dates.push(day);
  else if (!day.isStar) dates.push({ kind: 'days', days: day.values });
  if (weekday.kind !== 'values') dates.push(weekday);
  else if (!weekday.isStar) dates.push({ kind: 'weekdays', days: mondayFirst(weekday.values) });
  const isShort = (each: Dates): boolean =>
    each.kind !== 'days' || each.days.length <= MOST_LISTED || isRun(each.days);
  return dates.every(isShort) ? dates : undefined;
}

/** Whether a field has every day, not because the other one says which: so either will do on any day. */
function isEvery(field: DayField): boolean {
  return field.kind === 'values' && field.isAll && !field.isStar;
}

function mondayFirst(days: readonly number[]): number[] {
  return [...days].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
}
