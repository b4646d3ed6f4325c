/**
 * When cron lines come, reckoned as a cron daemon does it that looks at the clock every minute (every second, where the line
 * has seconds). It shares nothing with the code that it is held against.
 */

/** What the clocks of a zone show at an instant: second, minute, hour, day, month, weekday; and all of it in one number. */
interface Shown {
  readonly fields: readonly number[];
  readonly time: number;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

export class Clocks {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      weekday: 'short',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  shown(instant: number): Shown {
    const parts = new Map(this.#format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
    const [year, month, day] = [number('year'), number('month'), number('day')];
    const [hour, minute, second] = [number('hour'), number('minute'), number('second')];
    return {
      fields: [second, minute, hour, day, month, WEEKDAYS.indexOf(parts.get('weekday') ?? '')],
      time: Date.UTC(year, month - 1, day, hour, minute, second),
    };
  }

  /** The instants of a year at which the clocks are set otherwise, to the minute. */
  changes(year: number): number[] {
    const changes: number[] = [];
    const ahead = (instant: number): number => this.shown(instant).time - instant;
    const hour = 3_600_000;
    for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += hour) {
      if (ahead(at) === ahead(at + hour)) continue;
      let minute = at;
      while (ahead(minute) === ahead(at)) minute += 60_000;
      changes.push(minute);
    }
    return changes;
  }
}

/** First and last value of each field. */
const LIMITS = [
  [0, 59],
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;

/** A line of numbers, `*`, lists, ranges and steps, with or without seconds. */
class Line {
  readonly #values: ReadonlySet<number>[];
  readonly hasSeconds: boolean;
  readonly isByTheClock: boolean;
  readonly #eitherDay: boolean;

  constructor(pattern: string) {
    const words = pattern.split(' ');
    this.hasSeconds = words.length === 6;
    const fields = this.hasSeconds ? words : ['0', ...words];
    this.#values = fields.map((field, index) => {
      const [from, to] = LIMITS[index] as readonly [number, number];
      return valuesOf(field, from, to);
    });
    this.isByTheClock = words.slice(0, words.length - 3).some((field) => field.startsWith('*'));
    this.#eitherDay = fields[3] !== '*' && fields[5] !== '*';
  }

  names({ fields }: Shown): boolean {
    const fits = fields.map((value, index) => this.#values[index]?.has(value) === true);
    const [second, minute, hour, day, month, weekday] = fits;
    return Boolean(second && minute && hour && month && (this.#eitherDay ? day || weekday : day && weekday));
  }
}

function valuesOf(field: string, from: number, to: number): Set<number> {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [first, last] = range === '*' ? [from, to] : range.split('-').map(Number);
    for (let value = first as number; value <= (last ?? (first as number)); value += Number(step))
      values.add(value);
  }
  return values;
}

/** When a line comes from one instant on and before another one; both are whole minutes. */
export function reckon(pattern: string, clocks: Clocks, from: number, to: number): number[] {
  const line = new Line(pattern);
  const tick = line.hasSeconds ? 1000 : 60_000;
  const runs: number[] = [];
  let latest = -1;
  // What clocks that go back have shown before: they are set by an hour at most.
  for (let instant = from - 7_200_000; instant < to; instant += tick) {
    const shown = clocks.shown(instant);
    let comes = false;
    if (line.isByTheClock) {
      comes = line.names(shown);
    } else if (shown.time > latest) {
      // What the clock has left out since it was looked at last, and what it shows.
      const start = latest < 0 ? shown.time : latest + tick;
      for (let time = start; time <= shown.time; time += tick) comes ||= line.names(asShown(time));
    }
    latest = Math.max(latest, shown.time);
    if (comes && instant >= from) runs.push(instant);
  }
  return runs;
}

/** A time that no clock may show. */
function asShown(time: number): Shown {
  const at = new Date(time);
  return {
    fields: [
      at.getUTCSeconds(),
      at.getUTCMinutes(),
      at.getUTCHours(),
      at.getUTCDate(),
      at.getUTCMonth() + 1,
      at.getUTCDay(),
    ],
    time,
  };
}
