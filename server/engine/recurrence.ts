import { ConfigError } from '../../shared/errors.ts';
import { cronMistake } from './cron-mistake.ts';
import { cronTimes } from './cron-times.ts';
import type { CronLine, Recurrence } from './state/attributes.ts';

export type { CronLine, Recurrence };

/** The first time after `now`, milliseconds since the epoch; Infinity when there is none any more. */
export function nextTime(recurrence: Recurrence, now: number): number {
  if (recurrence.kind === 'cron') return cronTimes(recurrence.cron)(now);
  const { everyMs, firstAt } = recurrence;
  const periods = Math.floor(Math.max(0, now - firstAt) / everyMs) + 1;
  const next = firstAt + periods * everyMs;
  // A quotient that should be whole may come out a little less.
  return next > now ? next : firstAt + (periods + 1) * everyMs;
}

/** Throws a ConfigError that says what is wrong with the line. */
export function checkCronLine(cron: CronLine): void {
  const { pattern } = cron;
  let next: number;
  try {
    next = cronTimes(cron)(Date.now());
  } catch (error) {
    const mistake = cronMistake(pattern) ?? (error as Error).message.replace(/^CronPattern: /, '');
    throw new ConfigError(`"${pattern}" is not a cron line: ${mistake}`);
  }
  if (next === Number.POSITIVE_INFINITY) throw new ConfigError(`"${pattern}" never comes`);
}
