import { Cron } from 'croner';
import { ConfigError } from '../../shared/errors.ts';
import type { CronLine, Recurrence } from './state/attributes.ts';

export type { CronLine, Recurrence };

/** The first time after `now`, milliseconds since the epoch; Infinity when there is none any more. */
export function nextTime(recurrence: Recurrence, now: number): number {
  if (recurrence.kind === 'every') {
    const { everyMs, firstAt } = recurrence;
    const periods = Math.floor(Math.max(0, now - firstAt) / everyMs) + 1;
    const next = firstAt + periods * everyMs;
    // A quotient that should be whole may come out a little less.
    return next > now ? next : firstAt + (periods + 1) * everyMs;
  }
  const { pattern, timezone } = recurrence.cron;
  const next = compiled(pattern, timezone).nextRun(new Date(now));
  return next === null ? Number.POSITIVE_INFINITY : next.getTime();
}

/** Throws a ConfigError that says what is wrong with the line. */
export function checkCronLine({ pattern, timezone }: CronLine): void {
  let next: Date | null;
  try {
    next = compiled(pattern, timezone).nextRun();
  } catch (error) {
    throw new ConfigError(`"${pattern}" is not a cron line: ${(error as Error).message}`);
  }
  if (next === null) throw new ConfigError(`"${pattern}" never comes`);
}

function compiled(pattern: string, timezone: string | undefined): Cron {
  return new Cron(pattern, { paused: true, ...(timezone === undefined ? {} : { timezone }) });
}
