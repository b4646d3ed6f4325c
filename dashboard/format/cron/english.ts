import { type CronShape, type Dates, isRun, type Span, type Times } from './cron-shape.ts';

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const NTH = ['', 'first', 'second', 'third', 'fourth', 'fifth'];

/** A cron line in English: "every day at 09:00", "every 10 minutes from 09:00 to 17:59 on weekdays". */
export function englishCron({ times, dates, months }: CronShape): string {
  const time = timesText(times);
  const month = months.length === 0 ? undefined : list(months.map((each) => MONTHS[each - 1] as string));
  if (dates.length === 0) {
    const rhythm = times.kind === 'clock' ? `every day ${time}` : time;
    return month === undefined ? rhythm : `${rhythm} in ${month}`;
  }
  const day = dates.map((each) => datesText(each, month)).join(', and also ');
  return `${time} ${day}`;
}

function timesText(times: Times): string {
  if (times.kind === 'clock') return `at ${list(times.times)}`;
  const span = spanText(times.span);
  if (times.kind === 'every') {
    const { unit, count } = times;
    return `every ${count === 1 ? unit : `${count} ${unit}s`}${span}`;
  }
  const { unit, values, every } = times;
  const numbers = `${unit}${values.length === 1 ? '' : 's'} ${numberList(values)}`;
  const whole =
    unit === 'second' ? 'every minute' : every === 1 ? 'every hour' : `every ${ordinal(every)} hour`;
  return `at ${numbers} of ${whole}${span}`;
}

function spanText(span: Span | undefined): string {
  return span === undefined ? '' : ` from ${span.from} to ${span.to}`;
}

function datesText(dates: Dates, months: string | undefined): string {
  const month = months ?? 'every month';
  switch (dates.kind) {
    case 'weekdays':
      return weekdaysText(dates.days) + (months === undefined ? '' : ` in ${months}`);
    case 'days':
      return `on day${dates.days.length === 1 ? '' : 's'} ${numberList(dates.days)} of ${month}`;
    case 'last-day':
      return `on the last day of ${month}`;
    case 'last-workday':
      return `on the last weekday of ${month}`;
    case 'near-workday':
      return `on the weekday nearest to day ${dates.day} of ${month}`;
    case 'nth-weekday': {
      const nth = dates.nth === 'last' ? 'last' : NTH[dates.nth];
      return `on the ${nth} ${WEEKDAYS[dates.weekday]} of ${month}`;
    }
  }
}

function weekdaysText(days: readonly number[]): string {
  if (days.join() === '1,2,3,4,5') return 'on weekdays';
  if (days.join() === '6,0') return 'at weekends';
  const names = days.map((day) => WEEKDAYS[day] as string);
  if (isRun(days.map((day) => day || 7))) return `from ${names[0]} to ${names.at(-1)}`;
  return `on ${list(names.map((name) => `${name}s`))}`;
}

function ordinal(number: number): string {
  return `${number}${['th', 'st', 'nd', 'rd'][number] ?? 'th'}`;
}

function numberList(values: readonly number[]): string {
  return isRun(values) ? `${values[0]} to ${values.at(-1)}` : list(values.map(String));
}

function list(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
