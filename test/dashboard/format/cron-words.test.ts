import { Cron } from 'croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DayField, readCron } from '../../../dashboard/format/cron/cron-fields.ts';
import { cronWords } from '../../../dashboard/format/cron/cron-words.ts';

const TABLE: readonly (readonly [pattern: string, english: string, chinese: string])[] = [
  ['0 9 * * *', 'every day at 09:00', '每天 09:00'],
  ['15 30 9 * * *', 'every day at 09:30:15', '每天 09:30:15'],
  ['0 6,18 * * *', 'every day at 06:00 and 18:00', '每天 06:00、18:00'],
  ['@daily', 'every day at 00:00', '每天 00:00'],
  ['@hourly', 'every hour', '每小时'],
  ['@weekly', 'at 00:00 on Sundays', '每周日 00:00'],
  ['@monthly', 'at 00:00 on day 1 of every month', '每月 1 日 00:00'],
  ['@yearly', 'at 00:00 on day 1 of January', '1 月的 1 日 00:00'],
  ['* * * * *', 'every minute', '每分钟'],
  ['*/10 * * * *', 'every 10 minutes', '每 10 分钟'],
  ['*/10 * * * * *', 'every 10 seconds', '每 10 秒'],
  ['30 * * * * *', 'at second 30 of every minute', '每分钟的第 30 秒'],
  [
    '0,15,30,45 * * * 1-5',
    'at minutes 0, 15, 30 and 45 of every hour on weekdays',
    '工作日 每小时的第 0、15、30、45 分',
  ],
  ['30 */2 * * *', 'at minute 30 of every 2nd hour', '每 2 小时的第 30 分'],
  ['0 */6 * * *', 'every 6 hours', '每 6 小时'],
  [
    '*/5 9-17 * * MON-THU',
    'every 5 minutes from 09:00 to 17:59 from Monday to Thursday',
    '周一至周四 09:00 至 17:59 每 5 分钟',
  ],
  ['0 9-17 * * *', 'every hour from 09:00 to 17:00', '09:00 至 17:00 每小时'],
  ['0 9 * * 1,5', 'at 09:00 on Mondays and Fridays', '每周一、周五 09:00'],
  ['0 9 * * sat-sun', 'at 09:00 at weekends', '周末 09:00'],
  ['0 9 1-7 * *', 'at 09:00 on days 1 to 7 of every month', '每月 1 至 7 日 09:00'],
  ['0 9 * 1 *', 'every day at 09:00 in January', '1 月每天 09:00'],
  ['0 9 13 * FRI', 'at 09:00 on day 13 of every month, and also on Fridays', '每月 13 日，以及每周五 09:00'],
  [
    '0 9 13 1 FRI',
    'at 09:00 on day 13 of January, and also on Fridays in January',
    '1 月的 13 日，以及1 月的每周五 09:00',
  ],
  ['0 9 1-31 * FRI', 'every day at 09:00', '每天 09:00'],
  ['0 3 L * *', 'at 03:00 on the last day of every month', '每月的最后一天 03:00'],
  ['0 3 LW * *', 'at 03:00 on the last weekday of every month', '每月的最后一个工作日 03:00'],
  [
    '0 3 15W * *',
    'at 03:00 on the weekday nearest to day 15 of every month',
    '离每月 15 日最近的工作日 03:00',
  ],
  ['0 3 * * FRI#2', 'at 03:00 on the second Friday of every month', '每月的第二个周五 03:00'],
  ['0 3 * * 5L', 'at 03:00 on the last Friday of every month', '每月的最后一个周五 03:00'],
];

/** What no short sentence says: as it stands. */
const TOO_MUCH = ['*/7 * * * *', '0 3 1-7 * +1', '*/5 8,9,20 * * *', '0 0 */2 * *', '0 0 L,15 * *'];
const NONE = [
  '',
  'constructor',
  'x',
  'a b c d e',
  '1 2 3',
  '5/15 * * * *',
  '0 25 * * *',
  '9-5 * * * *',
  '0 0 * * 8',
];

describe('a cron line in words', () => {
  it.each(TABLE)('%s', (pattern, english, chinese) => {
    expect(() => new Cron(pattern, { paused: true })).not.toThrow();
    expect(cronWords(pattern, 'en')).toBe(english);
    expect(cronWords(pattern, 'zh-CN')).toBe(chinese);
  });

  it('is the line itself where it says too much, or nothing', () => {
    for (const pattern of [...TOO_MUCH, ...NONE]) expect(cronWords(pattern, 'en')).toBe(pattern);
  });

  it('names the time zone', () => {
    expect(cronWords('0 9 * * *', 'en', 'Europe/Berlin')).toBe('every day at 09:00 (Europe/Berlin)');
    expect(cronWords('0 9 * * *', 'zh-CN', 'Europe/Berlin')).toBe('每天 09:00（Europe/Berlin）');
  });

  it('takes whatever it is given', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(typeof cronWords(text, 'en')).toBe('string');
      }),
    );
  });

  it('reads fields as the scheduler does', () => {
    fc.assert(
      fc.property(PATTERN, fc.integer({ min: 0, max: 4_000_000_000 }), (pattern, second) => {
        const time = new Date(second * 1000);
        const fields = readCron(pattern);
        if (fields === undefined) throw new Error(`${pattern} was not read`);
        const { month, hour, minute, day, weekday } = fields;
        const isDay = has(day, time.getUTCDate());
        const isWeekday = has(weekday, time.getUTCDay());
        const isEither = isStar(day) ? isWeekday : isStar(weekday) ? isDay : isDay || isWeekday;
        const isTime =
          fields.second.values.includes(time.getUTCSeconds()) && has(minute, time.getUTCMinutes());
        const isMatch =
          isTime && has(hour, time.getUTCHours()) && has(month, time.getUTCMonth() + 1) && isEither;
        expect(isMatch).toBe(new Cron(pattern, { paused: true, timezone: 'UTC' }).match(time));
      }),
      { numRuns: 500 },
    );
  });
});

/** Wide fields, so that many times fit. */
const PATTERN = fc
  .tuple(
    fieldOf(0, 59),
    fieldOf(0, 59),
    fieldOf(0, 23),
    fieldOf(1, 31),
    fieldOf(1, 12),
    fc.oneof(fieldOf(0, 6), fc.constantFrom('mon-fri', 'SAT-SUN', '5-7', '7', 'Sun,wed')),
  )
  .map((fields) => fields.join(' '));

function fieldOf(min: number, max: number): fc.Arbitrary<string> {
  const range = fc
    .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
    .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.integer({ min: 1, max: 7 });
  const stepped = fc.tuple(fc.oneof(fc.constant('*'), range), step).map(([of, by]) => `${of}/${by}`);
  const listed = fc.array(range, { minLength: 1, maxLength: 3 }).map((parts) => parts.join());
  return fc.oneof(fc.constantFrom('*', '?'), stepped, listed);
}

function has(field: DayField, value: number): boolean {
  return field.kind === 'values' && field.values.includes(value);
}

function isStar(field: DayField): boolean {
  return field.kind === 'values' && field.isStar;
}
