import { dateTimeFormat } from '../format/intl.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 4, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 3, 7, 14].map((count) => count * DAY),
];

export interface TimeTicks {
  readonly stepMs: number;
  readonly times: readonly number[];
}

/** How far the clock is ahead of UTC at a time, milliseconds: that of the browser, or UTC itself. */
export function clockOffset(timeZone: string | undefined): (time: number) => number {
  return timeZone === 'UTC' ? () => 0 : (time) => -new Date(time).getTimezoneOffset() * MINUTE;
}

/** At most `most` times between two, at which the clock shows something round. */
export function timeTicks(
  from: number,
  to: number,
  most: number,
  offset: (time: number) => number,
): TimeTicks {
  const stepMs =
    STEPS.find((step) => (to - from) / step <= most) ?? DAY * Math.ceil((to - from) / DAY / most);
  const times: number[] = [];
  const first = Math.ceil((from + offset(from)) / stepMs) * stepMs;
  for (let shown = first; ; shown += stepMs) {
    // Which offset counts is only known by the time itself; it is that of a moment before, but for the hour of a change.
    const time = shown - offset(shown - offset(shown));
    if (time > to) return { stepMs, times };
    if (time >= from && time !== times.at(-1)) times.push(time);
  }
}

/** When a step began: with the date where a window is days long. */
export function stepTimeText(
  time: number,
  stepMs: number,
  locale: string,
  timeZone: string | undefined,
): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const rest =
    stepMs < HOUR ? ({ second: '2-digit' } as const) : ({ month: 'short', day: 'numeric' } as const);
  const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...rest, ...zone } as const;
  return dateTimeFormat(locale, options).format(time);
}

/** What stands at a tick: as much of the time as the step needs. */
export function timeTickText(
  time: number,
  stepMs: number,
  locale: string,
  timeZone: string | undefined,
): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  if (stepMs >= DAY) return dateTimeFormat(locale, { month: 'short', day: 'numeric', ...zone }).format(time);
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...zone } as const;
  const options = stepMs < MINUTE ? { ...clock, second: '2-digit' as const } : clock;
  return dateTimeFormat(locale, options).format(time);
}
