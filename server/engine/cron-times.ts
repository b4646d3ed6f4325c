import { Cron } from 'croner';
import type { CronLine } from './state/attributes.ts';
import { TimeZone } from './time-zone.ts';

const DAY = 24 * 3600 * 1000;

/**
 * Tells the first time after an instant at which a cron line comes, milliseconds since the epoch; Infinity when it never comes
 * again. What becomes of the hours that are left out or come twice when clocks are changed is as in Vixie's cron:
 * - a line of which a field of the time of day begins with `*` comes whenever the clock shows one of its times;
 * - a line that names all of its times comes once for each of them: at the first if the clock shows it twice, and at the
 *   moment of the change if it shows it never.
 *
 * @throws what the library says of a line that is none
 */
export function cronTimes({ pattern, timezone }: CronLine): (instant: number) => number {
  // What clocks show, as if they stood in UTC, where none is ever set otherwise.
  const line = new Cron(pattern, { paused: true, utcOffset: 0 });
  const following = (shown: number): number =>
    line.nextRun(new Date(shown))?.getTime() ?? Number.POSITIVE_INFINITY;
  const zone = TimeZone.named(timezone);
  if (goesByTheClock(pattern)) return (instant) => nextShown(following, zone, instant);
  return (instant) => {
    const time = following(zone.latestShown(instant));
    return time === Number.POSITIVE_INFINITY ? time : zone.firstAt(time);
  };
}

/** Whether a field of the time of day is one that Vixie's cron takes for a wildcard: one that begins with `*`. */
function goesByTheClock(pattern: string): boolean {
  const fields = pattern.split(' ');
  if (fields.length === 1) return pattern.toLowerCase() === '@hourly';
  // Behind them come the day, the month and the weekday.
  return fields.slice(0, -3).some((field) => /^[*?]/.test(field));
}

/** The next instant at which the clock shows one of the times. */
function nextShown(following: (shown: number) => number, zone: TimeZone, instant: number): number {
  let from = instant;
  let shown = zone.shown(instant);
  for (;;) {
    const time = following(shown);
    if (time === Number.POSITIVE_INFINITY) return time;
    const next = time - zone.offset(from);
    const change = zone.change(from, Math.min(next, from + DAY));
    if (change !== undefined) {
      // Nothing comes before it. What the clock shows from then on may have come before, or lie ahead of some times.
      from = change;
      shown = zone.shown(change) - 1;
    } else if (next <= from + DAY) {
      return next;
    } else {
      // Far ahead the clocks may have been set otherwise, by less than half a day.
      from = next - DAY / 2;
      shown = zone.shown(from);
    }
  }
}
