import { describe, expect, it } from 'vitest';
import {
  clockTime,
  dateTime,
  relativeTime,
  shortDateTime,
  timeZoneOf,
  utcTitle,
} from '../../../dashboard/format/times.ts';

const TIME = Date.UTC(2026, 10, 29, 1, 13, 6, 120);
const HOUR = 3_600_000;

describe('a time', () => {
  it('has its date and its zone', () => {
    expect(dateTime(TIME, 'en', 'Europe/Berlin')).toBe('Nov 29, 2026, 02:13:06 GMT+1');
    expect(dateTime(TIME, 'en', timeZoneOf('utc'))).toBe('Nov 29, 2026, 01:13:06 UTC');
    expect(dateTime(TIME, 'zh-CN', 'UTC')).toMatch(/^2026年11月29日.*01:13:06/);
    expect(utcTitle(TIME)).toBe('2026-11-29 01:13:06.120 UTC');
  });

  it('is that of the browser where no zone is said', () => {
    expect(timeZoneOf('local')).toBeUndefined();
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    expect(clockTime(TIME, 'en')).toBe(clockTime(TIME, 'en', timeZone));
  });

  it('has midnight as 00, not 24', () => {
    expect(clockTime(Date.UTC(2026, 0, 1), 'en', 'UTC')).toBe('00:00:00');
    expect(clockTime(Date.UTC(2026, 0, 1), 'zh-CN', 'UTC')).toBe('00:00:00');
  });

  it('has its date where it is far away', () => {
    expect(shortDateTime(TIME, TIME + HOUR, 'en', 'UTC')).toBe('01:13:06');
    expect(shortDateTime(TIME, TIME + 20 * HOUR, 'en', 'UTC')).toBe('Nov 29, 01:13');
    expect(shortDateTime(TIME, TIME + 9000 * HOUR, 'en', 'UTC')).toBe('Nov 29, 2026, 01:13');
  });

  it.each([
    [0, 'now', '现在'],
    [59_400, 'in 59 s', '59秒后'],
    [59_600, 'in 1 min', '1分钟后'],
    [3 * 60_000, 'in 3 min', '3分钟后'],
    [-2 * HOUR, '2 h ago', '2小时前'],
    [-24 * HOUR, '1 d ago', '1天前'],
    [12 * 24 * HOUR, 'in 12 d', '12天后'],
  ])('%d ms away', (away, english, chinese) => {
    expect(relativeTime(TIME + away, TIME, 'en')).toBe(english);
    expect(relativeTime(TIME + away, TIME, 'zh-CN')).toBe(chinese);
  });
});
